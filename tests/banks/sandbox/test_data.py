"""The data of `user_good`: accounts, numbers and owners, in every country."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from gingham.banks.protocol import BacsNumbers, BankRefused, EftNumbers, Login
from gingham.banks.sandbox import SandboxBank
from gingham.banks.sandbox.connection import SandboxConnection

LoginAt = Callable[..., Login]

ACCOUNTS = """
  Plaid Checking                  |0000|depository|checking       |100  |110       |-    |personal
  Plaid Saving                    |1111|depository|savings        |200  |210       |-    |personal
  Plaid CD                        |2222|depository|cd             |-    |1000      |-    |-
  Plaid Credit Card               |3333|credit    |credit card    |-    |410       |2000 |-
  Plaid Money Market              |4444|depository|money market   |43200|43200     |-    |-
  Plaid IRA                       |5555|investment|ira            |-    |320.76    |-    |-
  Plaid 401k                      |6666|investment|401k           |-    |23631.9805|-    |-
  Plaid Student Loan              |7777|loan      |student        |-    |65262     |-    |personal
  Plaid Mortgage                  |8888|loan      |mortgage       |-    |56302.06  |-    |-
  Plaid HSA                       |9001|depository|hsa            |6009 |6009      |-    |-
  Plaid Cash Management           |9002|depository|cash management|12060|12060     |-    |-
  Plaid Auto Loan                 |9003|loan      |auto           |-    |23211.33  |-    |-
  Plaid Home Equity Line of Credit|9004|loan      |home equity    |-    |13500.5   |-    |-
  Plaid Business Credit Card      |9999|credit    |credit card    |4980 |5020      |10000|business
"""

OFFICIAL_NAMES = [
    "Plaid Gold Standard 0% Interest Checking",
    "Plaid Silver Standard 0.1% Interest Saving",
    "Plaid Bronze Standard 0.2% Interest CD",
    "Plaid Diamond 12.5% APR Interest Credit Card",
    "Plaid Platinum Standard 1.85% Interest Money Market",
    *[None] * 4,
    "Plaid Cares Health Savings Account",
    "Plaid Growth Cash Management",
    *[None] * 2,
    "Plaid Platinum Small Business Credit Card",
]


@pytest.fixture
def connect(bank: SandboxBank, login_at: LoginAt) -> Callable[..., SandboxConnection]:
    def open_at(institution_id: str = "ins_109508") -> SandboxConnection:
        return bank.connect(login_at(institution_id), b'{"username":"user_good"}')

    return open_at


Connect = Callable[..., SandboxConnection]


async def test_the_accounts_are_the_documented_ones_in_their_order(connect: Connect) -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in ACCOUNTS.strip().splitlines()]
    expected = [[None if cell == "-" else cell for cell in row] for row in rows]

    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else str(amount)

    assert expected == [
        [
            a.name,
            a.mask,
            a.type,
            a.subtype,
            text(a.available),
            text(a.current),
            text(a.limit),
            a.holder_category,
        ]
        for a in await connect().accounts()
    ]


async def test_official_names(connect: Connect) -> None:
    assert [account.official_name for account in await connect().accounts()] == OFFICIAL_NAMES


async def test_the_eighth_account_is_the_student_loan(connect: Connect) -> None:
    assert (await connect().accounts())[7].subtype == "student"


@pytest.mark.parametrize(
    ("institution_id", "currency"),
    [("ins_109508", "USD"), ("ins_43", "CAD"), ("ins_117650", "GBP"), ("ins_900031", "EUR")],
)
async def test_money_is_in_the_currency_of_the_country(
    connect: Connect, institution_id: str, currency: str
) -> None:
    assert {a.iso_currency_code for a in await connect(institution_id).accounts()} == {currency}


async def test_canada_has_canadian_retirement_accounts(connect: Connect) -> None:
    accounts = await connect("ins_43").accounts()
    assert [(a.name, a.subtype) for a in accounts[5:7]] == [("Plaid TFSA", "tfsa"), ("Plaid RRSP", "rrsp")]


async def test_accounts_persist_only_where_numbers_are_tokens(connect: Connect) -> None:
    plain = await connect("ins_109508").accounts()
    chase = await connect("ins_56").accounts()
    assert {a.persistent_account_id for a in plain} == {None}
    assert all((a.persistent_account_id is not None) == (a.type == "depository") for a in chase)
    assert len({a.persistent_account_id for a in chase if a.type == "depository"}) == 6
    assert [a.persistent_account_id for a in await connect("ins_56").accounts()] == [
        a.persistent_account_id for a in chase
    ]


async def test_login_and_refresh_show_the_same_accounts(
    bank: SandboxBank, login_at: LoginAt, connect: Connect
) -> None:
    granted = bank.open_directly(login_at(), "user_good", "pass_good")
    assert granted.accounts == await connect().accounts()  # type: ignore[union-attr]


async def test_three_accounts_have_ach_numbers(connect: Connect) -> None:
    numbers = await connect().numbers()
    assert [(n.reference, n.account) for n in numbers.ach] == [
        ("0000", "1111222233330000"),
        ("1111", "1111222233331111"),
        ("9002", "1111222233339002"),
    ]
    assert {(n.routing, n.wire_routing) for n in numbers.ach} == {("011401533", "021000021")}
    assert {n.is_tokenized_account_number for n in numbers.ach} == {False}
    assert (numbers.eft, numbers.international, numbers.bacs) == ((), (), ())


async def test_tokenizing_banks_say_so(connect: Connect) -> None:
    assert {n.is_tokenized_account_number for n in (await connect("ins_56").numbers()).ach} == {True}


async def test_canada_has_eft_numbers(connect: Connect) -> None:
    numbers = await connect("ins_43").numbers()
    assert numbers.eft[0] == EftNumbers(
        reference="0000", account="111122223333", institution="021", branch="01140"
    )
    assert (numbers.ach, numbers.international, numbers.bacs) == ((), (), ())


async def test_britain_has_bacs_numbers_and_ibans(connect: Connect) -> None:
    numbers = await connect("ins_117650").numbers()
    assert numbers.bacs[0] == BacsNumbers(reference="0000", account="31926819", sort_code="601613")
    assert numbers.international[0].iban == "GB29NWBK60161331926819"
    assert (numbers.ach, numbers.eft) == ((), ())


async def test_europe_has_ibans(connect: Connect) -> None:
    numbers = await connect("ins_900032").numbers()
    assert [n.bic for n in numbers.international] == ["NWBKGB21"] * 3
    assert (numbers.ach, numbers.eft, numbers.bacs) == ((), (), ())


async def test_ibans_have_right_check_digits_and_hold_the_bacs_number(connect: Connect) -> None:
    numbers = await connect("ins_117650").numbers()
    for iban, bacs in zip(numbers.international, numbers.bacs, strict=True):
        rearranged = iban.iban[4:] + iban.iban[:4]
        assert int("".join(str(int(c, 36)) for c in rearranged)) % 97 == 1  # ISO 13616
        assert iban.iban.endswith(bacs.sort_code + bacs.account)


async def test_every_account_has_the_same_complete_owner(connect: Connect) -> None:
    owners = await connect().owners()
    assert list(owners) == [a.reference for a in await connect().accounts()]
    assert len({repr(owner) for owner in owners.values()}) == 1
    (owner,) = owners["8888"]
    assert owner.names == ("Alberta Bobbeth Charleson",)
    assert [(e.data, e.primary, e.type) for e in owner.emails] == [
        ("accountholder0@example.com", True, "primary"),
        ("accountholder1@example.com", False, "secondary"),
        ("extraordinarily.long.email.username.123456@reallylonghostname.com", False, "other"),
    ]
    assert [(p.data, p.type) for p in owner.phone_numbers] == [
        ("1112223333", "home"),
        ("1112224444", "work"),
        ("1112225555", "mobile"),
    ]
    assert [(a.street, a.city, a.region, a.postal_code, a.country, a.primary) for a in owner.addresses] == [
        ("2992 Cameron Road", "Malakoff", "NY", "14236", "US", True),
        ("2493 Leisure Lane", "San Matias", "CA", "93405-2255", "US", False),
    ]


async def test_the_grant_of_someone_unknown_wants_a_new_login(bank: SandboxBank, login_at: LoginAt) -> None:
    connection = bank.connect(login_at(), b'{"username":"gone"}')
    with pytest.raises(BankRefused, match="ITEM_LOGIN_REQUIRED"):
        await connection.accounts()
