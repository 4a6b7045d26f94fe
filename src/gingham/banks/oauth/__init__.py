"""Banks that log people in on their own pages: OAuth 2 and OpenID Connect over HTTP.

    bank.py          `OAuthBank`: sends a person away, and takes them back
    connection.py    reads the data behind a grant
    provider.py      the bank's endpoints, as one sees them over HTTP
    id_token.py      is this ID token what it claims to be?
    grant.py         what a login leaves behind
    registration.py  how the platform is known there

The connector knows the bank by its addresses alone, even where it runs in the same process
(`gingham.oauthbank`).
"""

from gingham.banks.oauth.bank import OAuthBank

__all__ = ["OAuthBank"]
