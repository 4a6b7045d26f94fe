"""The connector to banks with pages of their own, against the sandbox's, over real HTTP."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.oauthbank.house import House, house
from tests.oauthbank.person import Person
from tests.world import CLIENT_ID, SANDBOX_SECRET

from gingham.banks.oauth import OAuthBank
from gingham.banks.oauth.bank import Away
from gingham.banks.oauth.grant import Grant
from gingham.banks.oauth.provider import Provider
from gingham.banks.oauth.registration import RETURN_PATH
from gingham.banks.protocol import (
    Bank,
    BankRefused,
    Granted,
    HasNumbers,
    HasOwners,
    HasTransactions,
    Login,
    Outcome,
    Redirect,
    Refused,
    SendsAway,
)
from gingham.banks.registry import Banks
from gingham.banks.sandbox import SandboxBank
from gingham.clock import DAY, MINUTE, SECOND
from gingham.ids import Ids
from gingham.items import create, pulls
from gingham.items.create import Terms
from gingham.store import oauth_bank


@pytest.fixture
async def there() -> AsyncIterator[House]:
    async with house() as made:
        yield made


@pytest.fixture
async def person(there: House) -> AsyncIterator[Person]:
    made = Person(there.bank)
    yield made
    await made.close()


@pytest.fixture
def bank(there: House) -> OAuthBank:
    assert there.platform.banks.oauth is not None
    return there.platform.banks.oauth


def login(there: House, institution_id: str = "ins_127287", *, comes_back: bool = True) -> Login:
    institution = there.platform.banks.institution(institution_id)
    assert institution is not None
    return Login(
        institution=institution,
        environment="sandbox",
        now=there.clock.now(),
        return_url=there.main + RETURN_PATH if comes_back else None,
        return_handle="the-handle" if comes_back else None,
    )


async def sent_away(bank: OAuthBank, there: House, institution_id: str = "ins_127287") -> Redirect:
    outcome = await bank.log_in(login(there, institution_id), {})
    assert isinstance(outcome, Redirect)
    return outcome


async def signed_in(bank: OAuthBank, there: House, person: Person, **choices: set[str]) -> Granted:
    away = await sent_away(bank, there)
    outcome = await bank.returned(login(there), away.state, await person.allow(away.url, **choices))
    assert isinstance(outcome, Granted)
    return outcome


def code_of(outcome: Outcome) -> str | None:
    return outcome.error_code if isinstance(outcome, Refused) else None


def test_it_is_a_bank_that_sends_people_away(bank: OAuthBank) -> None:
    assert isinstance(bank, Bank)
    assert isinstance(bank, SendsAway)


async def test_a_login_leads_to_the_banks_pages(there: House, bank: OAuthBank) -> None:
    away = await sent_away(bank, there)
    asked = dict(parse_qsl(urlsplit(away.url).query))

    assert away.url.startswith(f"{there.issuer()}/authorize?")
    assert (asked["state"], asked["redirect_uri"]) == ("the-handle", there.main + RETURN_PATH)
    assert asked["code_challenge_method"] == "S256"
    assert msgspec.json.decode(away.state, type=Away).verifier not in away.url


async def test_no_two_logins_have_the_same_secrets(there: House, bank: OAuthBank) -> None:
    first, second = [msgspec.json.decode((await sent_away(bank, there)).state, type=Away) for _ in range(2)]

    assert first.verifier != second.verifier
    assert first.nonce != second.nonce


async def test_nobody_is_sent_away_who_could_not_come_back(there: House, bank: OAuthBank) -> None:
    refused = await bank.log_in(login(there, comes_back=False), {})

    assert code_of(refused) == "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT"


async def test_a_person_comes_back_with_the_accounts_that_were_ticked(
    there: House, bank: OAuthBank, person: Person
) -> None:
    granted = await signed_in(bank, there, person, accounts={"0000", "3333"})

    assert [account.reference for account in granted.accounts] == ["0000", "3333"]
    assert granted.username == "user_good"
    assert granted.consent_expires_at == there.clock.now() + 365 * DAY


async def test_a_declined_login(there: House, bank: OAuthBank, person: Person) -> None:
    away = await sent_away(bank, there)
    page = await person.visit(away.url)
    assert page is not None
    await person.submit(page, button="decline")
    outcome = await bank.returned(login(there), away.state, person.brought())

    assert outcome == Refused(error_code="INSUFFICIENT_CREDENTIALS", error_type="ITEM_ERROR")


async def test_a_permission_that_was_withheld(there: House, bank: OAuthBank, person: Person) -> None:
    away = await sent_away(bank, there)
    narrower = away.url.replace("openid+accounts+", "openid+")
    outcome = await bank.returned(login(there), away.state, await person.allow(narrower))

    assert narrower != away.url
    assert outcome == Refused(error_code="ACCESS_NOT_GRANTED", error_type="ITEM_ERROR")


async def test_only_a_bank_that_has_an_app_names_its_address(there: House, bank: OAuthBank) -> None:
    with_app, without = [await sent_away(bank, there, each) for each in ("ins_132241", "ins_127287")]

    assert with_app.app_url == with_app.url.replace("/authorize?", "/app?")
    assert without.app_url is None


@pytest.mark.parametrize(
    "forged",
    [
        {"iss": "https://evil.example/ins_127287"},
        {"iss": None},
        {"state": "another"},
        {"state": None},
        {"code": None},
    ],
    ids=str,
)
async def test_an_answer_that_was_changed_on_the_way_is_not_believed(
    there: House, bank: OAuthBank, person: Person, forged: dict[str, str | None]
) -> None:
    away = await sent_away(bank, there)
    brought: dict[str, str | None] = {**await person.allow(away.url), **forged}
    answer = {name: value for name, value in brought.items() if value is not None}

    assert code_of(await bank.returned(login(there), away.state, answer)) == "UNSUPPORTED_RESPONSE"


async def test_a_code_of_another_login_is_worth_nothing(
    there: House, bank: OAuthBank, person: Person
) -> None:
    """PKCE: somebody else's code was slipped in."""
    mine, theirs = await sent_away(bank, there), await sent_away(bank, there)
    answer = await person.allow(theirs.url)

    assert code_of(await bank.returned(login(there), mine.state, answer)) == "USER_INPUT_TIMEOUT"


async def test_an_id_token_for_another_nonce_is_not_believed(
    there: House, bank: OAuthBank, person: Person
) -> None:
    away = await sent_away(bank, there)
    state = msgspec.json.decode(away.state)
    answer = await person.allow(away.url)
    outcome = await bank.returned(login(there), json.dumps({**state, "nonce": "another"}).encode(), answer)

    assert code_of(outcome) == "UNSUPPORTED_RESPONSE"


async def test_who_stays_away_too_long_starts_again(there: House, bank: OAuthBank, person: Person) -> None:
    away = await sent_away(bank, there)
    answer = await person.allow(away.url)
    there.clock.advance(61 * SECOND)

    assert code_of(await bank.returned(login(there), away.state, answer)) == "USER_INPUT_TIMEOUT"


async def test_a_return_counts_once(there: House, bank: OAuthBank, person: Person) -> None:
    away = await sent_away(bank, there)
    answer = await person.allow(away.url)

    assert isinstance(await bank.returned(login(there), away.state, answer), Granted)
    assert code_of(await bank.returned(login(there), away.state, answer)) == "USER_INPUT_TIMEOUT"


# --- reading ---


async def test_everything_is_read_through_the_consent(there: House, bank: OAuthBank, person: Person) -> None:
    granted = await signed_in(bank, there, person, accounts={"0000"})
    connection = bank.connect(login(there, comes_back=False), granted.grant)
    direct = SandboxBank().open_directly(login(there), "user_good", "pass_good")

    assert isinstance(connection, HasNumbers)
    assert isinstance(connection, HasOwners)
    assert isinstance(connection, HasTransactions)
    assert isinstance(direct, Granted)
    assert await connection.accounts() == direct.accounts[:1]
    assert [number.account for number in (await connection.numbers()).ach] == ["1111222233330000"]
    assert list(await connection.owners()) == ["0000"]
    rows = await connection.transactions(date(2026, 4, 1), date(2026, 5, 4))
    assert {row.account_reference for row in rows} == {"0000"}


async def test_transactions_are_those_the_sandbox_tells(
    there: House, bank: OAuthBank, person: Person
) -> None:
    everything = {account.reference for account in _sandbox_accounts(there)}
    granted = await signed_in(bank, there, person, accounts=everything)
    span = (date(2025, 5, 4), date(2026, 5, 4))
    direct = SandboxBank().open_directly(login(there), "user_good", "pass_good")
    assert isinstance(direct, Granted)

    told = await bank.connect(login(there), granted.grant).transactions(*span)

    assert told == await SandboxBank().connect(login(there), direct.grant).transactions(*span)


async def test_a_new_access_token_is_fetched_when_one_has_run_out(
    there: House, bank: OAuthBank, person: Person
) -> None:
    granted = await signed_in(bank, there, person)
    there.clock.advance(3 * 60 * MINUTE)

    assert len(await bank.connect(login(there), granted.grant).accounts()) == 2


async def test_another_process_reads_with_the_grant_alone(
    there: House, bank: OAuthBank, person: Person
) -> None:
    granted = await signed_in(bank, there, person)
    provider = Provider(there.bank, "gingham", lambda: _secret(there))
    elsewhere = OAuthBank(provider, Ids())

    assert len(await elsewhere.connect(login(there), granted.grant).accounts()) == 2
    await elsewhere.close()


async def test_an_ended_consent_asks_for_a_new_login(there: House, bank: OAuthBank, person: Person) -> None:
    granted = await signed_in(bank, there, person)
    connection = bank.connect(login(there), granted.grant)
    await connection.accounts()
    async with there.platform.store.writing() as writer:
        await oauth_bank.end_consent(writer, Grant.decode(granted.grant).consent_id, there.clock.now())

    with pytest.raises(BankRefused) as refused:
        await connection.accounts()
    assert refused.value.refused == Refused(error_code="ITEM_LOGIN_REQUIRED", error_type="ITEM_ERROR")


async def test_so_does_one_that_ran_out(there: House, bank: OAuthBank, person: Person) -> None:
    granted = await signed_in(bank, there, person)
    there.clock.advance(365 * DAY)

    with pytest.raises(BankRefused, match="ITEM_LOGIN_REQUIRED"):
        await bank.connect(login(there), granted.grant).numbers()


# --- a bank that fails ---


def failing(answer: Callable[[httpx.Request], httpx.Response]) -> OAuthBank:
    """A bank whose answers the test makes up."""
    provider = Provider(
        "https://bank.example",
        "gingham",
        lambda: "secret",
        client=lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)),
    )
    return OAuthBank(provider, Ids())


def _unplugged(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route")


def _slow(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too slow")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_unplugged, "INSTITUTION_NOT_RESPONDING"),
        (_slow, "INSTITUTION_NOT_RESPONDING"),
        (lambda _: httpx.Response(503), "INSTITUTION_NOT_RESPONDING"),
        (lambda _: httpx.Response(302, headers={"location": "/"}), "INSTITUTION_NOT_RESPONDING"),
        (lambda _: httpx.Response(200, text="<html>"), "UNSUPPORTED_RESPONSE"),
        (
            lambda _: httpx.Response(200, json={"issuer": "https://bank.example/ins_56"}),
            "UNSUPPORTED_RESPONSE",
        ),
        (lambda _: httpx.Response(404), "UNSUPPORTED_RESPONSE"),
    ],
)
async def test_a_bank_that_fails_is_told_apart(
    there: House, answer: Callable[[httpx.Request], httpx.Response], code: str
) -> None:
    bank = failing(answer)
    away = msgspec.json.encode(Away(verifier="v", nonce="n", return_url="https://a/", handle="h"))
    back = {"code": "c", "state": "h", "iss": "https://bank.example/ins_127287"}

    assert code_of(await bank.log_in(login(there), {})) == code
    assert code_of(await bank.returned(login(there), away, back)) == code
    await bank.close()


@pytest.mark.parametrize("answer", [_unplugged, lambda _: httpx.Response(500)])
async def test_a_read_from_a_bank_that_is_away(
    there: House, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    connection = failing(answer).connect(login(there), Grant(consent_id="c", refresh_token="r").encode())

    for read in (connection.accounts, connection.numbers, connection.owners):
        with pytest.raises(BankRefused, match="INSTITUTION_NOT_RESPONDING"):
            await read()


FALSE = {
    "right": {},
    "issuer": {"iss": "https://evil.example"},
    "audience": {"aud": "another"},
    "expiry": {"exp": 1},
    "no expiry": {"exp": None},
    "nonce": {"nonce": "another"},
    "no subject": {"sub": None},
    "access token": {"at_hash": "AAAA"},
}


@pytest.mark.parametrize(("what", "signed_by"), [*((what, "bank") for what in FALSE), ("right", "stranger")])
async def test_an_id_token_is_believed_only_if_everything_about_it_is_right(
    there: House, what: str, signed_by: str
) -> None:
    ours, strangers = (ECKey.generate_key("P-256", {"kid": "k"}, private=True) for _ in range(2))
    issuer = "https://bank.example/ins_127287"
    seconds = there.clock.now() // SECOND
    claims = {
        "iss": issuer,
        "aud": "gingham",
        "sub": "s",
        "nonce": "n",
        "iat": seconds,
        "exp": seconds + 60,
    } | FALSE[what]
    token = jwt.encode(
        {"alg": "ES256", "kid": "k"},
        {name: value for name, value in claims.items() if value is not None},
        ours if signed_by == "bank" else strangers,
    )
    answers = {
        "openid-configuration": {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
        },
        "jwks": {"keys": [ours.as_dict(private=False)]},
        "token": {"access_token": "a", "expires_in": 60, "refresh_token": "r", "id_token": token},
        "consent": {"consent_id": "c", "expires_at": seconds + 1000},
        "accounts": [msgspec.to_builtins(account) for account in _sandbox_accounts(there)],
    }
    bank = failing(
        lambda request: httpx.Response(
            200, content=msgspec.json.encode(answers[request.url.path.rpartition("/")[2]])
        )
    )
    away = msgspec.json.encode(Away(verifier="v", nonce="n", return_url="https://a/", handle="h"))
    outcome = await bank.returned(login(there), away, {"code": "c", "state": "h", "iss": issuer})

    if (what, signed_by) == ("right", "bank"):
        assert isinstance(outcome, Granted)
    else:
        assert code_of(outcome) == "UNSUPPORTED_RESPONSE"


# --- which bank ---


async def test_an_oauth_institution_is_served_by_the_bank_with_pages(there: House, bank: OAuthBank) -> None:
    banks = there.platform.banks

    assert banks.bank_for(login(there).institution) is bank
    assert banks.bank_for(login(there, "ins_109508").institution) is banks.sandbox


async def test_an_item_made_without_pages_stays_with_the_sandbox(
    there: House, bank: OAuthBank, person: Person
) -> None:
    banks, institution = there.platform.banks, login(there).institution
    direct = banks.sandbox.open_directly(login(there), "user_good", "pass_good")
    assert isinstance(direct, Granted)
    granted = await signed_in(bank, there, person)

    assert banks.bank_of_grant(institution, direct.grant) is banks.sandbox
    assert banks.bank_of_grant(institution, granted.grant) is bank


async def test_a_server_without_the_bank_says_that_it_does_not_respond(
    there: House, bank: OAuthBank, person: Person
) -> None:
    granted = await signed_in(bank, there, person)
    banks, institution = Banks(there.platform.banks.catalogue), login(there).institution

    with pytest.raises(BankRefused, match="INSTITUTION_NOT_RESPONDING"):
        await banks.bank_of_grant(institution, granted.grant).connect(login(there), granted.grant).accounts()


async def test_an_item_of_an_oauth_login_is_read_through_the_api(
    there: House, bank: OAuthBank, person: Person
) -> None:
    platform = there.platform
    granted = await signed_in(bank, there, person, accounts={"0000", "1111"})
    terms = Terms(client_id=CLIENT_ID, environment="sandbox", products=("auth", "transactions"))
    async with platform.store.writing() as writer:
        made = await create.create(
            platform, writer, terms, login(there).institution, granted, granted.accounts
        )
    async with httpx.AsyncClient(base_url=there.main, trust_env=False) as http:

        async def post(path: str, **body: str) -> dict[str, object]:
            keys = {"client_id": CLIENT_ID, "secret": SANDBOX_SECRET}
            return dict((await http.post(path, json=keys | body)).json())

        token = str(
            (await post("/item/public_token/exchange", public_token=made.public_token))["access_token"]
        )
        there.clock.advance(MINUTE)
        await pulls.run_due(platform)
        balances = await post("/accounts/balance/get", access_token=token)
        auth = await post("/auth/get", access_token=token)
        synced = await post("/transactions/sync", access_token=token)
        item = await post("/item/get", access_token=token)
        async with platform.store.writing() as writer:
            await oauth_bank.end_consent(writer, Grant.decode(granted.grant).consent_id, there.clock.now())
        after = await post("/accounts/balance/get", access_token=token)

    assert len(balances["accounts"]) == 2  # type: ignore[arg-type]
    assert len(auth["numbers"]["ach"]) == 2  # type: ignore[index, call-overload]
    assert synced["added"]
    assert str(item["item"]["consent_expiration_time"]).startswith("2027-05-04")  # type: ignore[index, call-overload]
    assert after["error_code"] == "ITEM_LOGIN_REQUIRED"


def _secret(there: House) -> str:
    return there.platform.vault.keyed_digest("gingham", "oauth bank client").hex()


def _sandbox_accounts(there: House) -> tuple[object, ...]:
    direct = SandboxBank().open_directly(login(there), "user_good", "pass_good")
    assert isinstance(direct, Granted)
    return direct.accounts
