"""Link: the flow that turns a link_token and a person's consent into a public_token.

`flow/` decides (pure), `sessions.py` remembers and acts (store, banks, items), `web/` shows.
"""
