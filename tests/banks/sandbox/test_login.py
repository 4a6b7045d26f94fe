"""Logging in to the sandbox: who gets in, who is refused and why."""

from collections.abc import Callable

import pytest

from gingham.banks.catalogue import Catalogue
from gingham.banks.protocol import (
    Bank,
    Challenge,
    Connection,
    Granted,
    HasNumbers,
    HasOwners,
    HasTransactions,
    Login,
    Numbers,
    Outcome,
    Refused,
)
from gingham.banks.registry import Banks
from gingham.banks.sandbox import SandboxBank
from gingham.banks.sandbox.passwords import ERRORS

LoginAt = Callable[..., Login]

DOCUMENTED_ERRORS = [
    "ACCESS_NOT_GRANTED",
    "COUNTRY_NOT_SUPPORTED",
    "INSTITUTION_DOWN",
    "INSTITUTION_NOT_RESPONDING",
    "INSTITUTION_NO_LONGER_SUPPORTED",
    "INSTITUTION_REGISTRATION_REQUIRED",
    "INSUFFICIENT_CREDENTIALS",
    "INTERNAL_SERVER_ERROR",
    "INVALID_CREDENTIALS",
    "INVALID_MFA",
    "INVALID_SEND_METHOD",
    "ITEM_LOCKED",
    "ITEM_LOGIN_REQUIRED",
    "ITEM_NOT_SUPPORTED",
    "MFA_NOT_SUPPORTED",
    "NO_ACCOUNTS",
    "PAYMENT_INSUFFICIENT_FUNDS",
    "PAYMENT_INVALID_RECIPIENT",
    "PAYMENT_INVALID_REFERENCE",
    "PAYMENT_INVALID_SCHEDULE",
    "PAYMENT_REJECTED",
    "PAYMENT_SCHEME_NOT_SUPPORTED",
    "UNAUTHORIZED_INSTITUTION",
    "USER_INPUT_TIMEOUT",
    "USER_SETUP_REQUIRED",
    "USER_SHOULD_VERIFY_DEPOSIT_ALLOCATIONS",
]


async def log_in(
    bank: SandboxBank, login: Login, password: str, username: str = "user_good", **more: str
) -> Outcome:
    return await bank.log_in(login, {"username": username, "password": password, **more})


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused)
    return outcome.error_code


async def test_user_good_and_pass_good_get_in(bank: SandboxBank, login_at: LoginAt) -> None:
    outcome = await log_in(bank, login_at(), "pass_good")
    assert isinstance(outcome, Granted)
    assert outcome.username == "user_good"
    assert len(outcome.accounts) == 14


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("user_good", "pass_bad"),
        ("user_good", ""),
        ("user_good", "PASS_GOOD"),
        ("user_bad", "pass_good"),
        ("", ""),
        ("user_good", "error_"),
        ("user_good", "error_NOT_A_CODE"),
        ("user_good", "mfa_questions_0_1"),
        ("user_good", "mfa_questions_1_10"),
        ("user_good", "mfa_selections_1_1_1"),
        ("user_good", '{"recaptcha":"maybe"}'),
    ],
)
async def test_anything_else_is_wrong(
    bank: SandboxBank, login_at: LoginAt, username: str, password: str
) -> None:
    assert code(await log_in(bank, login_at(), password, username)) == "INVALID_CREDENTIALS"


async def test_missing_fields_are_wrong_credentials(bank: SandboxBank, login_at: LoginAt) -> None:
    assert code(await bank.log_in(login_at(), {})) == "INVALID_CREDENTIALS"


async def test_space_around_the_username_is_forgiven(bank: SandboxBank, login_at: LoginAt) -> None:
    assert isinstance(await log_in(bank, login_at(), "pass_good", " user_good "), Granted)


@pytest.mark.parametrize("error_code", DOCUMENTED_ERRORS)
async def test_an_error_password_refuses_with_its_code(
    bank: SandboxBank, login_at: LoginAt, error_code: str
) -> None:
    outcome = await log_in(bank, login_at(), f"error_{error_code}")
    assert outcome == Refused(error_code=error_code, error_type=ERRORS[error_code])


def test_the_error_passwords_are_the_documented_ones() -> None:
    assert sorted(ERRORS) == sorted(DOCUMENTED_ERRORS)


@pytest.mark.parametrize("end", ["good", "bad"])
async def test_recaptcha_passwords(bank: SandboxBank, login_at: LoginAt, end: str) -> None:
    asked = await log_in(bank, login_at(), f'{{"recaptcha": "{end}"}}')
    assert isinstance(asked, Challenge)
    assert asked.kind == "recaptcha"
    answered = await bank.answer(login_at(), asked.state, [])
    assert isinstance(answered, Granted) if end == "good" else code(answered) == "RECAPTCHA_BAD"


async def test_a_bank_with_a_pin_wants_it_right(bank: SandboxBank, login_at: LoginAt) -> None:
    herringbone = login_at("ins_900001")
    assert code(await log_in(bank, herringbone, "pass_good")) == "INVALID_CREDENTIALS"
    assert code(await log_in(bank, herringbone, "pass_good", pin="1234")) == "INVALID_CREDENTIALS"
    assert isinstance(await log_in(bank, herringbone, "pass_good", pin="credential_good"), Granted)


async def test_micro_deposits_are_for_houndstooth_only(bank: SandboxBank, login_at: LoginAt) -> None:
    assert isinstance(await log_in(bank, login_at("ins_109512"), "microdeposits_good"), Granted)
    assert code(await log_in(bank, login_at("ins_109508"), "microdeposits_good")) == "INVALID_CREDENTIALS"


async def test_a_micro_deposit_login_tells_no_account_numbers(bank: SandboxBank, login_at: LoginAt) -> None:
    outcome = await log_in(bank, login_at("ins_109512"), "microdeposits_good")
    assert isinstance(outcome, Granted)
    assert await bank.connect(login_at("ins_109512"), outcome.grant).numbers() == Numbers()


async def test_bank_of_america_always_asks(bank: SandboxBank, login_at: LoginAt) -> None:
    for password in ("pass_good", "mfa_selections"):
        outcome = await log_in(bank, login_at("ins_1"), password)
        assert isinstance(outcome, Challenge)
        assert outcome.kind == "device"
    assert code(await log_in(bank, login_at("ins_1"), "wrong")) == "INVALID_CREDENTIALS"


@pytest.mark.parametrize(
    ("institution_id", "error_code"),
    [
        pytest.param("ins_127287", "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT", id="oauth"),
        pytest.param("ins_132361", "INSTITUTION_DOWN", id="down"),
        pytest.param("ins_133402", "INSTITUTION_NO_LONGER_SUPPORTED", id="unsupported"),
    ],
)
async def test_some_institutions_let_nobody_in(
    bank: SandboxBank, login_at: LoginAt, institution_id: str, error_code: str
) -> None:
    assert code(await log_in(bank, login_at(institution_id), "pass_good")) == error_code


async def test_a_degraded_bank_still_works(bank: SandboxBank, login_at: LoginAt) -> None:
    assert isinstance(await log_in(bank, login_at("ins_132363"), "pass_good"), Granted)


@pytest.mark.parametrize(
    ("institution_id", "password"),
    [
        ("ins_109508", "pass_good"),
        ("ins_109508", "mfa_device"),
        ("ins_109508", "mfa_questions_2_2"),
        ("ins_1", "pass_good"),
        ("ins_127287", "pass_good"),
        ("ins_117650", "pass_good"),
        ("ins_900001", "pass_good"),
        ("ins_132361", "pass_good"),
    ],
)
def test_opening_directly_asks_nothing(
    bank: SandboxBank, login_at: LoginAt, institution_id: str, password: str
) -> None:
    assert isinstance(bank.open_directly(login_at(institution_id), "user_good", password), Granted)


@pytest.mark.parametrize("error_code", DOCUMENTED_ERRORS)
def test_opening_directly_refuses_with_an_error_password(
    bank: SandboxBank, login_at: LoginAt, error_code: str
) -> None:
    assert code(bank.open_directly(login_at(), "user_good", f"error_{error_code}")) == error_code


@pytest.mark.parametrize(("username", "password"), [("user_good", "nope"), ("nobody", "pass_good")])
def test_opening_directly_needs_someone_the_sandbox_knows(
    bank: SandboxBank, login_at: LoginAt, username: str, password: str
) -> None:
    assert code(bank.open_directly(login_at(), username, password)) == "INVALID_CREDENTIALS"


async def test_no_password_is_kept_in_state_or_grant(bank: SandboxBank, login_at: LoginAt) -> None:
    asked = await log_in(bank, login_at(), "mfa_questions_2_2")
    assert isinstance(asked, Challenge)
    assert b"mfa_questions" not in asked.state
    granted = await log_in(bank, login_at(), "pass_good")
    assert isinstance(granted, Granted)
    assert granted.grant == b'{"username":"user_good"}'


async def test_the_sandbox_keeps_the_contracts_of_the_room(bank: SandboxBank, login_at: LoginAt) -> None:
    connection: Connection = bank.connect(login_at(), b'{"username":"user_good"}')
    assert isinstance(bank, Bank)
    assert isinstance(connection, HasNumbers)
    assert isinstance(connection, HasOwners)
    assert isinstance(connection, HasTransactions)


def test_every_institution_is_served_by_the_sandbox(login_at: LoginAt, bank: SandboxBank) -> None:
    banks = Banks(Catalogue.builtin(), bank)
    assert banks.bank_for(login_at("ins_3").institution) is bank
    assert banks.catalogue is Catalogue.builtin()
