"""The official Python client with nothing changed but its host.

Its models check the type of everything in an answer, so each call here is also a check of the whole answer's
shape; `models` then opens every object in it, however deep, as an app would.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import plaid
import pytest
from plaid.api.plaid_api import PlaidApi
from plaid.model.account_base import AccountBase
from plaid.model.accounts_balance_get_request import AccountsBalanceGetRequest
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.accounts_get_request_options import AccountsGetRequestOptions
from plaid.model.address import Address
from plaid.model.auth_get_request import AuthGetRequest
from plaid.model.country_code import CountryCode
from plaid.model.identity_get_request import IdentityGetRequest
from plaid.model.institutions_get_by_id_request import InstitutionsGetByIdRequest
from plaid.model.institutions_get_by_id_request_options import InstitutionsGetByIdRequestOptions
from plaid.model.institutions_get_request import InstitutionsGetRequest
from plaid.model.institutions_search_request import InstitutionsSearchRequest
from plaid.model.item_access_token_invalidate_request import ItemAccessTokenInvalidateRequest
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_public_token_create_request import ItemPublicTokenCreateRequest
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.item_remove_request import ItemRemoveRequest
from plaid.model.item_webhook_update_request import ItemWebhookUpdateRequest
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.link_token_get_request import LinkTokenGetRequest
from plaid.model.personal_finance_category import PersonalFinanceCategory
from plaid.model.products import Products
from plaid.model.sandbox_item_reset_login_request import SandboxItemResetLoginRequest
from plaid.model.sandbox_public_token_create_request import SandboxPublicTokenCreateRequest
from plaid.model.sandbox_public_token_create_request_options import SandboxPublicTokenCreateRequestOptions
from plaid.model.transaction import Transaction
from plaid.model.transactions_get_request import TransactionsGetRequest
from plaid.model.transactions_get_request_options import TransactionsGetRequestOptions
from plaid.model.transactions_refresh_request import TransactionsRefreshRequest
from plaid.model.transactions_sync_request import TransactionsSyncRequest
from plaid.model.transactions_sync_response import TransactionsSyncResponse
from plaid.model_utils import OpenApiModel
from tests.clients.headless import Person
from tests.server.process import Process
from tests.servers import until
from tests.world import BANK, CLIENT_ID, SANDBOX_SECRET

US = [CountryCode("US")]
UNKNOWN = "access-sandbox-00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="session")
def client(live: Process) -> Iterator[PlaidApi]:
    yield from _client(live, SANDBOX_SECRET)


@pytest.fixture(scope="session")
def stranger(live: Process) -> Iterator[PlaidApi]:
    """A client with a wrong secret."""
    yield from _client(live, "a-secret-of-somebody-else")


def _client(live: Process, secret: str) -> Iterator[PlaidApi]:
    keys = {"clientId": CLIENT_ID, "secret": secret}
    configuration = plaid.Configuration(host=f"http://127.0.0.1:{live.port}", api_key=keys)
    with plaid.ApiClient(configuration) as made:
        yield PlaidApi(made)
        made.rest_client.pool_manager.clear()


def public_token(client: PlaidApi, *products: str, **options: Any) -> str:
    request = SandboxPublicTokenCreateRequest(
        institution_id=BANK,
        initial_products=[Products(product) for product in products],
        options=SandboxPublicTokenCreateRequestOptions(**options),
    )
    return str(client.sandbox_public_token_create(request).public_token)


def item(client: PlaidApi, *products: str, **options: Any) -> str:
    """The access_token of a new Item."""
    token = public_token(client, *(products or ("auth", "transactions")), **options)
    return str(
        client.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=token)).access_token
    )


def pulled(client: PlaidApi) -> str:
    """The access_token of an Item whose whole history is there."""
    token = item(client, "transactions")
    until(
        lambda: client.transactions_sync(TransactionsSyncRequest(access_token=token)),
        lambda page: page.transactions_update_status.value == "HISTORICAL_UPDATE_COMPLETE",
    )
    return token


def models(answer: Any) -> list[OpenApiModel]:
    """Every object in an answer, found by reading each member that its model knows and the answer has."""
    if isinstance(answer, list):
        return [model for each in answer for model in models(each)]
    if not isinstance(answer, OpenApiModel):
        return []
    members = [answer[name] for name in answer.openapi_types if name in answer]
    return [answer, *(model for member in members for model in models(member))]


def kinds(answer: Any) -> set[str]:
    return {type(model).__name__ for model in models(answer)}


class TestLinkToken:
    def test_it_is_made_for_four_hours(self, client: PlaidApi) -> None:
        made = client.link_token_create(_link_request())

        assert made.link_token.startswith("link-sandbox-")
        assert made.expiration.tzinfo is not None
        assert len(made.request_id) == 15

    def test_what_it_asked_for_can_be_read_back(self, client: PlaidApi) -> None:
        token = client.link_token_create(_link_request(webhook="http://127.0.0.1:9/plaid")).link_token

        read = client.link_token_get(LinkTokenGetRequest(link_token=token))

        assert read.link_token == token
        assert read.expiration - read.created_at == timedelta(hours=4)
        assert [str(product.value) for product in read.metadata.initial_products] == ["transactions"]
        assert [country.value for country in read.metadata.country_codes] == ["US"]
        assert read.metadata.client_name == "Ledger"
        assert read.metadata.webhook == "http://127.0.0.1:9/plaid"
        assert read.metadata.redirect_uri is None

    def test_what_happened_in_link_can_be_read_back(self, client: PlaidApi, live: Process) -> None:
        token = client.link_token_create(_link_request()).link_token
        person = Person(live, token)
        person.chooses_bank()
        person.sign_in("wrong")
        person.sign_in("pass_good")
        public_token = person.shares("0")

        session = client.link_token_get(LinkTokenGetRequest(link_token=token)).link_sessions[0]

        added = session.results.item_add_results[0]
        assert added.public_token == session.on_success.public_token == public_token
        assert added.institution.institution_id == BANK
        assert [account.name for account in added.accounts] == ["Plaid Checking"]
        assert session.started_at <= session.finished_at
        assert {"HANDOFF", "ERROR", "SUBMIT_CREDENTIALS", "OPEN"} <= {
            event.event_name for event in session.events
        }
        assert {"LinkSessionSuccessMetadata", "LinkEvent", "LinkEventMetadata"} <= kinds(session)

    def test_how_somebody_left_link_can_be_read_back(self, client: PlaidApi, live: Process) -> None:
        token = client.link_token_create(_link_request()).link_token
        person = Person(live, token)
        person.chooses_bank()
        person.sign_in("error_ITEM_LOCKED")
        person.act("force_exit")

        session = client.link_token_get(LinkTokenGetRequest(link_token=token)).link_sessions[0]

        assert session.exit.error.error_code == "ITEM_LOCKED"
        assert session.exit.metadata.institution.institution_id == BANK
        assert session.exit.metadata.status

    def test_update_mode_takes_an_access_token_instead_of_products(self, client: PlaidApi) -> None:
        request = _link_request(access_token=item(client), products=None)

        assert client.link_token_create(request).link_token.startswith("link-sandbox-")


class TestItem:
    def test_a_public_token_gives_an_item(self, client: PlaidApi) -> None:
        token = public_token(client, "auth")

        made = client.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=token))

        assert token.startswith("public-sandbox-")
        assert made.access_token.startswith("access-sandbox-")
        assert len(made.item_id) == 37

    def test_it_tells_its_institution_and_products(self, client: PlaidApi) -> None:
        read = client.item_get(ItemGetRequest(access_token=item(client)))

        assert read.item.institution_id == BANK
        assert read.item.institution_name == "First Platypus Bank"
        assert [product.value for product in read.item.billed_products] == ["auth", "transactions"]
        assert "identity" in [product.value for product in read.item.available_products]
        assert read.item.update_type == "background"
        assert read.item.error is None
        assert read.status.last_webhook is None

    def test_a_broken_one_tells_its_error(self, client: PlaidApi) -> None:
        token = item(client)
        done = client.sandbox_item_reset_login(SandboxItemResetLoginRequest(access_token=token))

        read = client.item_get(ItemGetRequest(access_token=token))

        assert done.reset_login is True
        assert read.item.error.error_type.value == "ITEM_ERROR"
        assert read.item.error.error_code == "ITEM_LOGIN_REQUIRED"

    def test_its_webhook_is_set_and_cleared(self, client: PlaidApi) -> None:
        token = item(client)
        address = "http://127.0.0.1:9/other"

        answer = client.item_webhook_update(ItemWebhookUpdateRequest(access_token=token, webhook=address))
        cleared = client.item_webhook_update(ItemWebhookUpdateRequest(access_token=token, webhook=None))

        assert answer.item.webhook == address
        assert cleared.item.webhook is None

    def test_its_access_token_is_replaced(self, client: PlaidApi) -> None:
        old = item(client)

        new = client.item_access_token_invalidate(
            ItemAccessTokenInvalidateRequest(access_token=old)
        ).new_access_token

        assert client.item_get(ItemGetRequest(access_token=new)).item.institution_id == BANK
        assert _code(lambda: client.item_get(ItemGetRequest(access_token=old))) == "INVALID_ACCESS_TOKEN"

    def test_a_public_token_is_made_for_update_mode(self, client: PlaidApi) -> None:
        made = client.item_create_public_token(ItemPublicTokenCreateRequest(access_token=item(client)))

        assert made.public_token.startswith("public-sandbox-")

    def test_a_removed_one_is_gone(self, client: PlaidApi) -> None:
        token = item(client)

        client.item_remove(ItemRemoveRequest(access_token=token))

        assert _code(lambda: client.item_get(ItemGetRequest(access_token=token))) == "ITEM_NOT_FOUND"


class TestAccounts:
    def test_each_has_its_balances(self, client: PlaidApi) -> None:
        read = client.accounts_get(AccountsGetRequest(access_token=item(client)))

        checking = next(account for account in read.accounts if account.subtype.value == "checking")
        assert {type(account) for account in read.accounts} == {AccountBase}
        assert checking.type.value == "depository"
        assert checking.mask == "0000"
        assert checking.balances.available == 100
        assert checking.balances.current == 110
        assert checking.balances.iso_currency_code == "USD"
        assert checking.balances.unofficial_currency_code is None
        assert {"AccountBalance", "AccountType", "AccountSubtype"} <= kinds(read)

    def test_some_can_be_asked_for(self, client: PlaidApi) -> None:
        token = item(client)
        last = client.accounts_get(AccountsGetRequest(access_token=token)).accounts[-1]

        options = AccountsGetRequestOptions(account_ids=[last.account_id])
        read = client.accounts_get(AccountsGetRequest(access_token=token, options=options))

        assert [account.account_id for account in read.accounts] == [last.account_id]

    def test_balances_are_asked_of_the_bank(self, client: PlaidApi) -> None:
        token = item(client)
        known = client.accounts_get(AccountsGetRequest(access_token=token))

        asked = client.accounts_balance_get(AccountsBalanceGetRequest(access_token=token))

        assert [(each.account_id, each.balances.current) for each in asked.accounts] == [
            (each.account_id, each.balances.current) for each in known.accounts
        ]

    def test_auth_gives_the_numbers_of_an_account(self, client: PlaidApi) -> None:
        read = client.auth_get(AuthGetRequest(access_token=item(client)))

        ach = read.numbers.ach[0]
        assert ach.account_id in [account.account_id for account in read.accounts]
        assert ach.account.isdigit()
        assert len(ach.routing) == 9
        assert (read.numbers.eft, read.numbers.international, read.numbers.bacs) == ([], [], [])
        assert {"AuthGetNumbers", "NumbersACH"} <= kinds(read)

    def test_identity_gives_the_owners(self, client: PlaidApi) -> None:
        read = client.identity_get(IdentityGetRequest(access_token=item(client, "identity")))

        owner = read.accounts[0].owners[0]
        home = next(address for address in owner.addresses if address.primary)
        assert owner.names
        assert [email.data for email in owner.emails if email.primary]
        assert [number.type for number in owner.phone_numbers] == ["home", "work", "mobile"]
        assert isinstance(home, Address)
        assert home.data.country == "US"
        assert {"Owner", "Email", "PhoneNumber", "AddressData"} <= kinds(read)


class TestTransactions:
    def test_sync_tells_the_whole_history_page_by_page(self, client: PlaidApi) -> None:
        token = pulled(client)

        pages = list(_pages(client, token, count=10))

        added = [transaction for page in pages for transaction in page.added]
        assert len(pages) > 1
        assert all(len(page.added) == 10 for page in pages[:-1])
        assert len({transaction.transaction_id for transaction in added}) == len(added)
        assert not [page for page in pages if page.modified or page.removed]

    def test_sync_has_nothing_to_tell_twice(self, client: PlaidApi) -> None:
        token = pulled(client)
        *_, last = _pages(client, token, count=500)

        again = client.transactions_sync(
            TransactionsSyncRequest(access_token=token, cursor=last.next_cursor, count=500)
        )

        assert (again.added, again.modified, again.removed, again.has_more) == ([], [], [], False)

    def test_every_member_of_a_transaction_can_be_read(self, client: PlaidApi) -> None:
        page = next(_pages(client, pulled(client), count=500))

        for transaction in page.added:
            assert isinstance(transaction, Transaction)
            assert isinstance(transaction.date, date)
            assert isinstance(transaction.personal_finance_category, PersonalFinanceCategory)
            assert transaction.iso_currency_code == "USD"
            assert transaction.payment_channel in ("online", "in store", "other")
        assert {"Location", "PaymentMeta", "PersonalFinanceCategory"} <= kinds(page)

    def test_get_takes_a_range_of_days(self, client: PlaidApi) -> None:
        token = pulled(client)
        end = max(transaction.date for page in _pages(client, token, 500) for transaction in page.added)
        start = end - timedelta(days=30)

        read = client.transactions_get(
            TransactionsGetRequest(
                access_token=token,
                start_date=start,
                end_date=end,
                options=TransactionsGetRequestOptions(count=5, offset=1),
            )
        )

        assert 0 < len(read.transactions) <= 5
        assert read.total_transactions > len(read.transactions)
        assert all(start <= transaction.date <= end for transaction in read.transactions)
        assert read.item.institution_id == BANK
        assert kinds(read) >= {"Transaction", "AccountBase", "Item"}

    def test_refresh_is_accepted(self, client: PlaidApi) -> None:
        done = client.transactions_refresh(TransactionsRefreshRequest(access_token=pulled(client)))

        assert len(done.request_id) == 15

    def test_categories_are_listed_without_keys(self, client: PlaidApi) -> None:
        read = client.categories_get({})

        assert len(read.categories) > 100
        assert all(category.hierarchy and category.category_id for category in read.categories)


class TestInstitutions:
    def test_a_page_of_them(self, client: PlaidApi) -> None:
        read = client.institutions_get(InstitutionsGetRequest(count=3, offset=1, country_codes=US))

        assert len(read.institutions) == 3
        assert read.total > 3
        assert "Institution" in kinds(read)

    def test_one_with_everything_about_it(self, client: PlaidApi) -> None:
        options = InstitutionsGetByIdRequestOptions(
            include_optional_metadata=True,
            include_status=True,
            include_auth_metadata=True,
            include_payment_initiation_metadata=True,
        )
        request = InstitutionsGetByIdRequest(institution_id=BANK, country_codes=US, options=options)

        read = client.institutions_get_by_id(request)

        assert read.institution.name == "First Platypus Bank"
        assert read.institution.oauth is False
        assert read.institution.connection_availability.value == "SUPPORTED"
        assert read.institution.logo
        assert read.institution.status.item_logins.status == "HEALTHY"
        assert read.institution.status.item_logins.breakdown.success > 0.5
        assert {"InstitutionStatus", "ProductStatus", "ProductStatusBreakdown"} <= kinds(read)

    def test_some_by_name(self, client: PlaidApi) -> None:
        request = InstitutionsSearchRequest(
            query="platypus", country_codes=US, products=[Products("transactions")]
        )

        names = [found.name for found in client.institutions_search(request).institutions]

        assert "First Platypus Bank" in names


Call = Callable[[PlaidApi], Any]

REFUSALS: dict[str, tuple[Call, str, str]] = {
    "an access_token that is none": (
        lambda client: client.item_get(ItemGetRequest(access_token="notreal")),
        "INVALID_INPUT",
        "INVALID_ACCESS_TOKEN",
    ),
    "an access_token that nobody has": (
        lambda client: client.accounts_get(AccountsGetRequest(access_token=UNKNOWN)),
        "INVALID_INPUT",
        "INVALID_ACCESS_TOKEN",
    ),
    "an access_token of the other environment": (
        lambda client: client.auth_get(AuthGetRequest(access_token=UNKNOWN.replace("sandbox", "production"))),
        "INVALID_INPUT",
        "INVALID_ACCESS_TOKEN",
    ),
    "an empty access_token": (
        lambda client: client.identity_get(IdentityGetRequest(access_token="")),
        "INVALID_REQUEST",
        "INVALID_FIELD",
    ),
    "a public_token that is none": (
        lambda client: client.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token="bad")),
        "INVALID_INPUT",
        "INVALID_PUBLIC_TOKEN",
    ),
    "a link_token that is none": (
        lambda client: client.link_token_get(LinkTokenGetRequest(link_token="junk")),
        "INVALID_REQUEST",
        "INVALID_FIELD",
    ),
    "a product that a link_token cannot have": (
        lambda client: client.link_token_create(_link_request(products=[Products("balance")])),
        "INVALID_INPUT",
        "INVALID_PRODUCT",
    ),
    "an institution that does not exist": (
        lambda client: client.institutions_get_by_id(
            InstitutionsGetByIdRequest(institution_id="ins_0", country_codes=US)
        ),
        "INVALID_INPUT",
        "INVALID_INSTITUTION",
    ),
    "an institution that an Item cannot have": (
        lambda client: client.sandbox_public_token_create(
            SandboxPublicTokenCreateRequest(institution_id="ins_0", initial_products=[Products("auth")])
        ),
        "INVALID_INPUT",
        "INVALID_INSTITUTION",
    ),
    "a search for what is no product": (
        lambda client: client.institutions_search(
            InstitutionsSearchRequest(query="x", country_codes=US, products=[Products("gold")])
        ),
        "INVALID_INPUT",
        "INVALID_PRODUCT",
    ),
    "an account that the Item does not have": (
        lambda client: client.accounts_get(
            AccountsGetRequest(
                access_token=item(client), options=AccountsGetRequestOptions(account_ids=["x" * 37])
            )
        ),
        "INVALID_INPUT",
        "INVALID_ACCOUNT_ID",
    ),
    "a webhook that is no address": (
        lambda client: client.item_webhook_update(
            ItemWebhookUpdateRequest(access_token=item(client), webhook="nowhere")
        ),
        "INVALID_REQUEST",
        "INVALID_FIELD",
    ),
    "a password that fails at the bank": (
        lambda client: public_token(client, "auth", override_password="error_ITEM_LOCKED"),
        "ITEM_ERROR",
        "ITEM_LOCKED",
    ),
    "transactions before the first pull": (
        # The call itself adds the product, so no clock can be faster.
        lambda client: client.transactions_get(
            TransactionsGetRequest(
                access_token=item(client, "auth"), start_date=date(2026, 1, 1), end_date=date(2026, 1, 31)
            )
        ),
        "ITEM_ERROR",
        "PRODUCT_NOT_READY",
    ),
    "a refresh of an Item without transactions": (
        lambda client: client.transactions_refresh(
            TransactionsRefreshRequest(access_token=item(client, "auth"))
        ),
        "ITEM_ERROR",
        "PRODUCT_NOT_ENABLED",
    ),
    "a cursor of nobody": (
        lambda client: client.transactions_sync(
            TransactionsSyncRequest(access_token=item(client), cursor="garbage")
        ),
        "INVALID_REQUEST",
        "INVALID_FIELD",
    ),
    "balances of a broken Item": (
        lambda client: client.accounts_balance_get(AccountsBalanceGetRequest(access_token=_broken(client))),
        "ITEM_ERROR",
        "ITEM_LOGIN_REQUIRED",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused(client: PlaidApi, name: str) -> None:
    call, error_type, error_code = REFUSALS[name]

    with pytest.raises(plaid.ApiException) as caught:
        call(client)

    body = json.loads(caught.value.body)
    assert (caught.value.status, body["error_type"], body["error_code"]) == (400, error_type, error_code)
    assert body["error_message"]
    assert body["documentation_url"].startswith("https://")
    assert len(body["request_id"]) == 15
    assert {"display_message", "suggested_action"} <= body.keys()


def test_a_wrong_secret_is_refused(stranger: PlaidApi) -> None:
    assert _code(lambda: public_token(stranger, "auth")) == "INVALID_API_KEYS"


def test_a_public_token_is_exchanged_once(client: PlaidApi) -> None:
    request = ItemPublicTokenExchangeRequest(public_token=public_token(client, "auth"))
    client.item_public_token_exchange(request)

    assert _code(lambda: client.item_public_token_exchange(request)) == "INVALID_PUBLIC_TOKEN"


def _link_request(**changed: Any) -> LinkTokenCreateRequest:
    """A request as most apps send it; None leaves a member out."""
    asked = {
        "client_name": "Ledger",
        "language": "en",
        "country_codes": US,
        "products": [Products("transactions")],
        "user": LinkTokenCreateRequestUser(client_user_id="user-1"),
    }
    given = {name: value for name, value in (asked | changed).items() if value is not None}
    return LinkTokenCreateRequest(**given)


def _pages(client: PlaidApi, access_token: str, count: int) -> Iterator[TransactionsSyncResponse]:
    cursor, more = "", True
    while more:
        page = client.transactions_sync(
            TransactionsSyncRequest(access_token=access_token, cursor=cursor, count=count)
        )
        yield page
        cursor, more = page.next_cursor, page.has_more


def _broken(client: PlaidApi) -> str:
    token = item(client)
    client.sandbox_item_reset_login(SandboxItemResetLoginRequest(access_token=token))
    return token


def _code(call: Callable[[], Any]) -> str:
    """The error_code of a call that is refused."""
    with pytest.raises(plaid.ApiException) as caught:
        call()
    return str(json.loads(caught.value.body)["error_code"])
