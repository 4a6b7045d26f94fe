"""A Flask app as anybody would write it, with the official client and its default host. Prints its port."""

import os

import plaid
from flask import Flask
from plaid.api import plaid_api
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.country_code import CountryCode
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.products import Products
from plaid.model.sandbox_public_token_create_request import SandboxPublicTokenCreateRequest
from werkzeug.serving import make_server

app = Flask(__name__)
configuration = plaid.Configuration(
    host=plaid.Environment.Sandbox,
    api_key={"clientId": os.environ["PLAID_CLIENT_ID"], "secret": os.environ["PLAID_SECRET"]},
)
client = plaid_api.PlaidApi(plaid.ApiClient(configuration))


@app.get("/accounts")
def accounts():
    token = client.link_token_create(
        LinkTokenCreateRequest(
            client_name="Shop",
            language="en",
            country_codes=[CountryCode("US")],
            products=[Products("auth")],
            user=LinkTokenCreateRequestUser(client_user_id="user-1"),
        )
    )
    public = client.sandbox_public_token_create(
        SandboxPublicTokenCreateRequest(institution_id="ins_109508", initial_products=[Products("auth")])
    )
    exchanged = client.item_public_token_exchange(
        ItemPublicTokenExchangeRequest(public_token=public.public_token)
    )
    answer = client.accounts_get(AccountsGetRequest(access_token=exchanged.access_token))
    return {"link_token": token.link_token, "accounts": [account.name for account in answer.accounts]}


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.port, flush=True)
    server.serve_forever()
