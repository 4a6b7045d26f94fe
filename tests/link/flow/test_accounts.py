"""Which accounts may be shared, and how they are chosen."""

import pytest
from tests.link.flow.world import ACCOUNTS, CD, CHECKING, CREDENTIALS, CREDIT_CARD, ENTER, IRA, SAVING, Walk

from gingham.link.flow import pane
from gingham.link.flow.model import AccountChoice, Config, Created, CreateItem, LoggedIn, SubmitAccounts, View
from gingham.link.flow.offer import offered

IN = (*ENTER, CREDENTIALS)


def choosing(**config: object) -> Walk:
    return Walk(*IN, LoggedIn(accounts=ACCOUNTS), **config)


def error_keys(walk: Walk) -> list[str]:
    return [field.error.key for field in pane(walk.session).fields if field.error]


@pytest.mark.parametrize(
    ("products", "names"),
    [
        ((), "Checking Saving CD Card IRA Auto loan"),
        (("auth",), "Checking Saving"),
        (("auth", "transactions"), "Checking Saving"),
        (("transactions",), "Checking Saving CD Card"),
        (("transactions", "investments"), "Checking Saving CD Card IRA"),
        (("liabilities",), "Card"),
        (("investments",), "IRA"),
        (("identity",), "Checking Saving CD Card IRA Auto loan"),
    ],
)
def test_accounts_no_product_can_use_are_hidden(products: tuple[str, ...], names: str) -> None:
    shown = offered(Config(client_name="Wonderwallet", products=products), ACCOUNTS)
    assert " ".join(account.name for account in shown) == names


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (None, ACCOUNTS),
        ({"depository": ("checking", "cd")}, (CHECKING, CD)),
        ({"depository": ("all",), "credit": ("credit card",)}, (CHECKING, SAVING, CD, CREDIT_CARD)),
        ({"investment": ("all",)}, (IRA,)),
    ],
)
def test_account_filters_exclude_every_type_they_do_not_mention(
    filters: dict[str, tuple[str, ...]] | None, expected: tuple[AccountChoice, ...]
) -> None:
    assert offered(Config(client_name="Wonderwallet", account_filters=filters), ACCOUNTS) == expected


def test_an_account_without_a_subtype_needs_all() -> None:
    plain = AccountChoice(key="9", name="Account", mask=None, type="depository", subtype=None)
    some = Config(client_name="Wonderwallet", account_filters={"depository": ("checking",)})
    every = Config(client_name="Wonderwallet", account_filters={"depository": ("all",)})
    assert offered(some, (plain,)) == ()
    assert offered(every, (plain,)) == (plain,)


@pytest.mark.parametrize(
    ("products", "accounts", "code"),
    [
        (("transactions",), (), "NO_ACCOUNTS"),
        (("auth",), (CREDIT_CARD,), "NO_AUTH_ACCOUNTS"),
        (("transactions", "auth"), (CREDIT_CARD,), "NO_AUTH_ACCOUNTS"),
        (("liabilities",), (CHECKING,), "NO_LIABILITY_ACCOUNTS"),
        (("investments",), (CHECKING,), "NO_INVESTMENT_ACCOUNTS"),
        (("transactions",), (IRA,), "NO_ACCOUNTS"),
    ],
)
def test_nothing_left_is_an_error(
    products: tuple[str, ...], accounts: tuple[AccountChoice, ...], code: str
) -> None:
    walk = Walk(*IN, products=products)
    assert walk.news(LoggedIn(accounts=accounts)) == [f"ERROR({code})", "TV ERROR"]
    assert [button.action for button in pane(walk.session).buttons] == ["retry", "choose_another", "close"]


def test_filters_that_leave_nothing_are_an_error() -> None:
    walk = Walk(*IN, account_filters={"loan": ("mortgage",)})
    assert walk.news(LoggedIn(accounts=ACCOUNTS)) == ["ERROR(NO_ACCOUNTS)", "TV ERROR"]


@pytest.mark.parametrize(
    ("selection", "kind", "ticked"),
    [("single", "radio", 0), ("multiple", "checkbox", 0), ("all", "checkbox", 6)],
)
def test_the_pane_follows_the_account_selection(selection: str, kind: str, ticked: int) -> None:
    (field,) = pane(choosing(account_selection=selection).session).fields
    assert (field.kind, sum(option.checked for option in field.options)) == (kind, ticked)


def test_masks_are_shown_as_the_last_four() -> None:
    (field,) = pane(choosing().session).fields
    notes = {option.value: option.note for option in field.options}
    assert notes["0"] == "•••• 0000"
    assert notes["4"] is None


def test_accounts_of_one_type_stand_together() -> None:
    (field,) = pane(choosing().session).fields
    groups = [option.group.key for option in field.options if option.group]
    assert [
        group for group, before in zip(groups, [None, *groups], strict=False) if group != before
    ] == sorted(set(groups), key=groups.index)


def test_the_chosen_accounts_go_into_the_item_in_the_banks_order() -> None:
    walk = choosing().do(SubmitAccounts(accounts=["3", "0", "3"]))
    assert walk.effect == CreateItem(institution_id="ins_1", accounts=("0", "3"))
    assert walk.do(Created()).session.selected == ("0", "3")


@pytest.mark.parametrize(
    ("selection", "keys", "message"),
    [
        ("multiple", [], "select_accounts.error.none"),
        ("multiple", ["0", "17"], "select_accounts.error.unknown"),
        ("single", ["0", "1"], "select_accounts.error.single"),
    ],
)
def test_a_choice_that_cannot_be_shared(selection: str, keys: list[str], message: str) -> None:
    walk = choosing(account_selection=selection)
    assert walk.news(SubmitAccounts(accounts=keys)) == []
    assert walk.effect is None
    assert error_keys(walk) == [message]


def test_a_hidden_account_cannot_be_shared() -> None:
    walk = choosing(products=("auth",)).do(SubmitAccounts(accounts=["3"]))
    assert error_keys(walk) == ["select_accounts.error.unknown"]


def test_without_account_selection_the_item_keeps_its_accounts() -> None:
    walk = choosing(account_selection="none")
    assert walk.effect == CreateItem(institution_id="ins_1", accounts=())
    assert walk.do(Created(accounts=("1", "unknown"))).session.selected == ("1",)
    assert walk.session.view is View.CONNECTED
