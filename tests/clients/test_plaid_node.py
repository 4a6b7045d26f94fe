"""The official Node client with nothing changed but its host. One run of node/plaid.mjs does every call; here
stands what has to come of each.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.server.process import Process
from tests.world import BANK, CLIENT_ID, SANDBOX_SECRET

SCRIPT = Path(__file__).parent / "node" / "plaid.mjs"

Outcomes = dict[str, dict[str, Any]]

REFUSALS = {
    "an access_token that is none": ("INVALID_INPUT", "INVALID_ACCESS_TOKEN"),
    "an access_token that nobody has": ("INVALID_INPUT", "INVALID_ACCESS_TOKEN"),
    "an access_token that was replaced": ("INVALID_INPUT", "INVALID_ACCESS_TOKEN"),
    "an empty access_token": ("INVALID_REQUEST", "INVALID_FIELD"),
    "a public_token that is none": ("INVALID_INPUT", "INVALID_PUBLIC_TOKEN"),
    "a public_token for the second time": ("INVALID_INPUT", "INVALID_PUBLIC_TOKEN"),
    "a link_token that is none": ("INVALID_REQUEST", "INVALID_FIELD"),
    "a product that a link_token cannot have": ("INVALID_INPUT", "INVALID_PRODUCT"),
    "a request without its required fields": ("INVALID_REQUEST", "MISSING_FIELDS"),
    "a field that does not exist": ("INVALID_REQUEST", "UNKNOWN_FIELDS"),
    "an institution that does not exist": ("INVALID_INPUT", "INVALID_INSTITUTION"),
    "a search for nothing": ("INVALID_REQUEST", "INVALID_FIELD"),
    "an account that is no account": ("INVALID_REQUEST", "INVALID_FIELD"),
    "a webhook that is no address": ("INVALID_REQUEST", "INVALID_FIELD"),
    "a password that fails at the bank": ("ITEM_ERROR", "ITEM_LOCKED"),
    "transactions before the first pull": ("ITEM_ERROR", "PRODUCT_NOT_READY"),
    "a removed Item": ("ITEM_ERROR", "ITEM_NOT_FOUND"),
    "balances of a broken Item": ("ITEM_ERROR", "ITEM_LOGIN_REQUIRED"),
    "a wrong secret": ("INVALID_INPUT", "INVALID_API_KEYS"),
}


@pytest.fixture(scope="module")
def outcomes(live: Process) -> Outcomes:
    node = shutil.which("node")
    assert node is not None, "tests need Node.js: `make test` installs it"
    done = subprocess.run(
        [node, str(SCRIPT), f"http://127.0.0.1:{live.port}", CLIENT_ID, SANDBOX_SECRET],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def answer(outcomes: Outcomes, request: pytest.FixtureRequest) -> Any:
    """What the call that a test is named for was answered: test_itemGet -> itemGet."""
    outcome = outcomes[request.node.name.removeprefix("test_")]
    assert "answer" in outcome, outcome
    return outcome["answer"]


def test_linkTokenCreate(answer: Any) -> None:
    assert answer["link_token"].startswith("link-sandbox-")
    assert answer["expiration"].endswith("Z")


def test_linkTokenGet(answer: Any) -> None:
    assert answer["metadata"]["client_name"] == "Ledger"
    assert answer["metadata"]["initial_products"] == ["transactions"]


def test_sandboxPublicTokenCreate(answer: Any) -> None:
    assert answer["public_token"].startswith("public-sandbox-")


def test_itemPublicTokenExchange(answer: Any) -> None:
    assert answer["access_token"].startswith("access-sandbox-")
    assert len(answer["item_id"]) == 37


def test_itemGet(answer: Any) -> None:
    assert answer["item"]["institution_id"] == BANK
    assert answer["item"]["billed_products"] == ["auth", "transactions"]
    assert answer["item"]["error"] is None


def test_itemGetBroken(answer: Any) -> None:
    assert answer["item"]["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"


def test_itemWebhookUpdate(answer: Any) -> None:
    assert answer["item"]["webhook"] == "http://127.0.0.1:9/other"


def test_itemAccessTokenInvalidate(answer: Any) -> None:
    assert answer["new_access_token"].startswith("access-sandbox-")


def test_itemCreatePublicToken(answer: Any) -> None:
    assert answer["public_token"].startswith("public-sandbox-")


def test_itemRemove(answer: Any) -> None:
    assert answer.keys() == {"request_id"}


def test_accountsGet(answer: Any) -> None:
    checking = next(account for account in answer["accounts"] if account["subtype"] == "checking")
    assert checking["mask"] == "0000"
    assert (checking["balances"]["available"], checking["balances"]["current"]) == (100, 110)
    assert answer["item"]["institution_id"] == BANK


def test_accountsGetSome(answer: Any) -> None:
    assert len(answer["accounts"]) == 1


def test_accountsBalanceGet(answer: Any) -> None:
    assert all(account["balances"]["iso_currency_code"] == "USD" for account in answer["accounts"])


def test_authGet(answer: Any) -> None:
    numbers = answer["numbers"]
    assert {ach["account_id"] for ach in numbers["ach"]} <= {
        account["account_id"] for account in answer["accounts"]
    }
    assert (numbers["eft"], numbers["international"], numbers["bacs"]) == ([], [], [])


def test_identityGet(answer: Any) -> None:
    owner = answer["accounts"][0]["owners"][0]
    assert owner["names"]
    assert owner["addresses"][0]["data"]["country"] == "US"


def test_transactionsSync(answer: Any) -> None:
    ids = [transaction["transaction_id"] for page in answer for transaction in page["added"]]
    assert len(answer) > 1
    assert len(set(ids)) == len(ids) > 10
    assert answer[-1]["has_more"] is False
    assert {page["transactions_update_status"] for page in answer} == {"HISTORICAL_UPDATE_COMPLETE"}


def test_transactionsGet(answer: Any) -> None:
    dates = [transaction["date"] for transaction in answer["transactions"]]
    assert len(dates) == 5
    assert dates == sorted(dates, reverse=True)
    assert answer["total_transactions"] > 5


def test_transactionsRefresh(answer: Any) -> None:
    assert answer.keys() == {"request_id"}


def test_categoriesGet(answer: Any) -> None:
    assert len(answer["categories"]) > 100


def test_institutionsGet(answer: Any) -> None:
    assert len(answer["institutions"]) == 3
    assert answer["total"] > 3


def test_institutionsGetById(answer: Any) -> None:
    assert answer["institution"]["name"] == "First Platypus Bank"
    assert answer["institution"]["status"]["item_logins"]["status"] == "HEALTHY"
    assert answer["institution"]["logo"]


def test_institutionsSearch(answer: Any) -> None:
    assert "First Platypus Bank" in [found["name"] for found in answer["institutions"]]


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused(outcomes: Outcomes, name: str) -> None:
    refusal = outcomes[name]["refusal"]

    body = refusal["body"]
    assert (refusal["status"], body["error_type"], body["error_code"]) == (400, *REFUSALS[name])
    assert len(body["request_id"]) == 15
    assert {"display_message", "documentation_url", "error_message", "suggested_action"} <= body.keys()


def test_no_case_is_forgotten(outcomes: Outcomes) -> None:
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}

    assert outcomes.keys() - REFUSALS.keys() <= tested


def test_every_answer_has_a_request_id(outcomes: Outcomes) -> None:
    answers = [outcome["answer"] for outcome in outcomes.values() if "answer" in outcome]
    objects = [page for answer in answers for page in (answer if isinstance(answer, list) else [answer])]

    assert [each for each in objects if len(each.get("request_id", "")) != 15] == []
