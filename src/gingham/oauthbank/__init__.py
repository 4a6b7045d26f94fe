"""The sandbox's OAuth bank: an authorization server and a data API, under an origin of its own.

    app.py        the ASGI application: routes, headers, what is answered to whom
    issuer.py     an institution as an issuer: its addresses, its scopes, its discovery document
    client.py     the one registered client: the platform
    authority.py  the rules of OAuth 2 and OpenID Connect (Authlib), deciding without I/O
    endpoints.py  authorize, token, revoke, userinfo, jwks: the store around those rules
    keys.py       the keys that sign ID tokens
    sessions.py   an authorisation between its first page and its end
    pages.py      what a person sees: sign in, code, accounts, consent
    connections.py  what a person has shared, and ending it
    data.py       accounts, numbers, owners and transactions behind a bearer token

Every OAuth institution of the catalogue is an issuer here: `<origin>/<institution_id>`. It is a real server:
the platform's connector (`gingham.banks.oauth`) reaches it over HTTP only, and any other client may do so too.

Promises: nothing a person types is kept readable, a password not at all; codes work once and for a minute;
codes, tokens and handles are kept as digests; ending a consent ends every token that came of it at once. All
state lies in the platform's store, so any worker answers any request.

Nothing here is imported before the first request for it: Authlib, Starlette and Jinja2 cost more than a start.
"""
