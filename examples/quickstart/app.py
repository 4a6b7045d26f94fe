"""A sample app: connect a bank, see its balances and two years of transactions.

It is what any app of the field looks like. It knows the API only through the official `plaid-python` client
and Link only through the page's script tag; whose server answers is a matter of `PLAID_BASE_URL`.
"""

import json
import os
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

import plaid
from flask import Flask, Response, g, jsonify, render_template, request
from plaid.api.plaid_api import PlaidApi
from plaid.model.accounts_balance_get_request import AccountsBalanceGetRequest
from plaid.model.country_code import CountryCode
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.item_remove_request import ItemRemoveRequest
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.link_token_transactions import LinkTokenTransactions
from plaid.model.products import Products
from plaid.model.transactions_sync_request import TransactionsSyncRequest
from urllib3.exceptions import HTTPError

from rows import account_row, transaction_row

BASE_URL = os.environ.get("PLAID_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
HISTORY_DAYS = 730
COOKIE = "quickstart_session"

app = Flask(__name__)
configuration = plaid.Configuration(
    host=BASE_URL,
    api_key={
        "clientId": os.environ.get("PLAID_CLIENT_ID", ""),
        "secret": os.environ.get("PLAID_SECRET", ""),
    },
)
api = PlaidApi(plaid.ApiClient(configuration))


@dataclass
class Bank:
    """One visitor's connected bank. The access token never leaves this process."""

    access_token: str
    institution: str
    cursor: str = ""
    status: str = "NOT_READY"
    transactions: dict[str, dict[str, Any]] = field(default_factory=dict)
    syncing: threading.Lock = field(default_factory=threading.Lock)


# By session cookie, in memory: a sample forgets everything when it stops. A real app has a database for this.
banks: dict[str, Bank] = {}


class NotConnectedError(Exception):
    pass


def connected() -> Bank:
    if g.session not in banks:
        raise NotConnectedError
    return banks[g.session]


@app.before_request
def recognise_visitor() -> None:
    # A cookie that names no connected bank is not taken over: nobody can plant one and wait for its bank.
    cookie = request.cookies.get(COOKIE, "")
    g.session = cookie if cookie in banks else secrets.token_urlsafe(32)


@app.after_request
def remember_visitor(response: Response) -> Response:
    if g.session in banks:
        response.set_cookie(COOKIE, g.session, httponly=True, samesite="Lax")
    return response


@app.get("/")
def index() -> str:
    bank = banks.get(g.session)
    return render_template("index.html", base_url=BASE_URL, institution=bank.institution if bank else "")


@app.post("/api/link-token")
def link_token() -> Response:
    """A token to open Link with: for a new bank, or for the connected one when it asks for a new sign-in."""
    # An opaque id of the app's own user, never an e-mail address; here every visit is a user.
    user = LinkTokenCreateRequestUser(client_user_id=secrets.token_hex(8))
    purpose: dict[str, Any] = {
        "products": [Products("transactions")],
        "transactions": LinkTokenTransactions(days_requested=HISTORY_DAYS),
    }
    if g.session in banks:
        purpose = {"access_token": banks[g.session].access_token}
    answer = api.link_token_create(
        LinkTokenCreateRequest("Quickstart", "en", [CountryCode("US")], user=user, **purpose)
    )
    return jsonify(link_token=answer.link_token)


@app.post("/api/exchange")
def exchange() -> Response:
    """Trade the public token that Link gave the page for an access token, and keep that here."""
    public_token = (request.get_json(silent=True) or {}).get("public_token", "")
    token = api.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=public_token))
    item = api.item_get(ItemGetRequest(access_token=token.access_token)).item
    bank = banks[g.session] = Bank(token.access_token, item.get("institution_name") or "Your bank")
    return jsonify(institution=bank.institution)


@app.get("/api/accounts")
def accounts() -> Response:
    answer = api.accounts_balance_get(AccountsBalanceGetRequest(access_token=connected().access_token))
    return jsonify(accounts=[account_row(account) for account in answer.accounts])


@app.get("/api/transactions")
def transactions() -> Response:
    """Fetch what changed since the last call; the page asks again until the whole history is there."""
    bank = connected()
    with bank.syncing:
        sync(bank)
        rows = sorted(bank.transactions.values(), key=lambda row: (row["date"], row["id"]), reverse=True)
        return jsonify(status=bank.status, transactions=rows)


@app.post("/api/disconnect")
def disconnect() -> Response:
    api.item_remove(ItemRemoveRequest(access_token=connected().access_token))
    del banks[g.session]
    return jsonify(institution="")


def sync(bank: Bank) -> None:
    """Read every page since the stored cursor; keep the cursor only when the last page is in."""
    cursor, patch = bank.cursor, dict(bank.transactions)
    while True:
        ask = TransactionsSyncRequest(access_token=bank.access_token, cursor=cursor, count=500)
        page = api.transactions_sync(ask)
        for transaction in [*page.added, *page.modified]:
            patch[transaction.transaction_id] = transaction_row(transaction)
        for gone in page.removed:
            patch.pop(gone.transaction_id, None)
        cursor = page.next_cursor
        if not page.has_more:
            break
    bank.cursor, bank.transactions = cursor, patch
    bank.status = str(page.get("transactions_update_status") or "HISTORICAL_UPDATE_COMPLETE")


@app.errorhandler(plaid.ApiException)
def api_said_no(error: plaid.ApiException) -> tuple[Response, int]:
    try:
        said = json.loads(error.body)
    except (TypeError, ValueError):
        said = {}
    code = said.get("error_code") or f"HTTP_{error.status}"
    message = said.get("display_message") or said.get("error_message") or "The answer could not be read."
    app.logger.warning("%s: %s (request %s)", code, message, said.get("request_id"))
    if code in ("INVALID_ACCESS_TOKEN", "ITEM_NOT_FOUND"):  # removed elsewhere: offer to connect again
        banks.pop(g.session, None)
    return jsonify(code=code, message=message), 502


@app.errorhandler(HTTPError)
def api_out_of_reach(_: HTTPError) -> tuple[Response, int]:
    return jsonify(code="UNREACHABLE", message=f"No server answers at {BASE_URL}. Is it running?"), 502


@app.errorhandler(NotConnectedError)
def nothing_connected(_: NotConnectedError) -> tuple[Response, int]:
    return jsonify(code="NOT_CONNECTED", message="No bank is connected."), 409


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8080")), threaded=True)
