"""The whole conversation over real HTTP, with a client that is not ours."""

import pytest
from authlib.integrations.base_client.errors import OAuthError
from tests.oauthbank.client import App
from tests.oauthbank.house import House
from tests.oauthbank.person import Person

from gingham.clock import MINUTE, SECOND

CHECKING, SAVINGS, CREDIT_CARD = "0000", "1111", "3333"


async def test_a_person_signs_in_and_the_app_reads_what_was_ticked(person: Person, app: App) -> None:
    brought = await person.allow(app.start())
    issued = await app.tokens(brought["code"])
    accounts = await app.read("accounts", issued["access_token"])

    assert brought == {"code": brought["code"], "state": "the-state", "iss": app.issuer}
    assert [account["name"] for account in accounts.json()] == ["Plaid Checking", "Plaid Saving"]


async def test_only_ticked_accounts_are_there_in_every_part_of_the_api(person: Person, app: App) -> None:
    brought = await person.allow(app.start(), accounts={CHECKING, CREDIT_CARD})
    token = (await app.tokens(brought["code"]))["access_token"]
    numbers = (await app.read("numbers", token)).json()
    owners = (await app.read("owners", token)).json()
    rows = (await app.read("transactions", token, **{"from": "2026-01-01", "to": "2026-05-04"})).json()

    assert [row["reference"] for row in numbers["ach"]] == [CHECKING]
    assert set(owners) == {CHECKING, CREDIT_CARD}
    assert {row["account_reference"] for row in rows} <= {CHECKING, CREDIT_CARD}
    assert rows


async def test_the_id_token_says_who_signed_in_for_whom_and_when(
    bank: House, person: Person, app: App
) -> None:
    brought = await person.allow(app.start(), username="ada")
    issued = await app.tokens(brought["code"])
    token = await app.id_token(issued["id_token"])
    seconds = bank.clock.now() // SECOND

    assert token.header["alg"] == "ES256"
    assert token.claims["iss"] == app.issuer
    assert token.claims["aud"] == "gingham"
    assert token.claims["nonce"] == app.nonce
    assert token.claims["preferred_username"] == "ada"
    assert (token.claims["iat"], token.claims["auth_time"]) == (seconds, seconds)
    assert token.claims["exp"] == seconds + 15 * 60


async def test_a_subject_is_one_person_at_one_institution(person: Person, app: App, app_at: type) -> None:
    elsewhere: App = app_at("ins_56")

    async def subject(at: App, username: str) -> str:
        issued = await at.tokens((await person.allow(at.start(), username=username))["code"])
        return str((await at.id_token(issued["id_token"])).claims["sub"])

    assert await subject(app, "ada") == await subject(app, "ada")
    assert await subject(app, "ada") != await subject(app, "grace")
    assert await subject(app, "ada") != await subject(elsewhere, "ada")


async def test_userinfo_says_the_same(person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start(), username="ada"))["code"])
    headers = {"authorization": f"Bearer {issued['access_token']}"}
    told = (await app.http.get(f"{app.issuer}/userinfo", headers=headers)).json()

    assert told == {
        "sub": (await app.id_token(issued["id_token"])).claims["sub"],
        "preferred_username": "ada",
    }


# --- the authorization request ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "somebody-else"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/link/oauth/return"},
        {"redirect_uri": None},
        {"redirect_uri": 'http://127.0.0.1/"\\'},
        {"redirect_uri": "http://[::1/"},
    ],
    ids=str,
)
async def test_nobody_is_sent_to_an_address_that_is_not_the_clients(
    person: Person, app: App, wrong: dict[str, str | None]
) -> None:
    page = await person.visit(app.start(**wrong))

    assert page is not None
    assert page.status == 400
    assert "This link does not work" in page.text


@pytest.mark.parametrize("tail", ["?next=1", "#top", "/more", "/../../accounts/get"])
async def test_the_return_address_is_compared_whole(person: Person, app: App, tail: str) -> None:
    page = await person.visit(app.start(redirect_uri=app.return_url + tail))

    assert page is not None
    assert page.status == 400


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": 'co"de'}, "invalid_request"),
        ({"scope": "openid money"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"nonce": "\0"}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
        ({"more": "x" * 3000}, "invalid_request"),
    ],
    ids=str,
)
async def test_any_other_mistake_is_told_to_the_client(
    person: Person, app: App, wrong: dict[str, str | None], error: str
) -> None:
    page = await person.visit(app.start(**wrong))
    if page is not None:
        assert page.status == 400
        return
    brought = person.brought()

    assert (brought["error"], brought["state"], brought["iss"]) == (error, "the-state", app.issuer)


# --- the code ---


async def test_a_code_needs_its_verifier(person: Person, app: App) -> None:
    code = (await person.allow(app.start()))["code"]
    wrong = await app.exchange(code, code_verifier="x" * 43)

    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")


async def test_a_code_needs_the_return_address_it_was_given_for(person: Person, app: App) -> None:
    code = (await person.allow(app.start()))["code"]
    wrong = await app.exchange(code, redirect_uri=app.return_url + "/")

    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")


async def test_a_code_needs_the_clients_secret(person: Person, app: App) -> None:
    code = (await person.allow(app.start()))["code"]
    app.secret = "guessed"
    wrong = await app.exchange(code)

    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith("Basic")


async def test_a_code_runs_out_after_a_minute(bank: House, person: Person, app: App) -> None:
    code = (await person.allow(app.start()))["code"]
    bank.clock.advance(60 * SECOND)

    with pytest.raises(OAuthError, match="invalid_grant"):
        await app.tokens(code)


async def test_a_code_of_another_institution_is_worth_nothing(person: Person, app: App, app_at: type) -> None:
    elsewhere: App = app_at("ins_56")
    elsewhere.verifier = app.verifier
    code = (await person.allow(app.start()))["code"]

    assert (await elsewhere.exchange(code)).json()["error"] == "invalid_grant"
    assert (await app.exchange(code)).status_code == 200


async def test_a_code_that_comes_again_ends_what_it_gave(person: Person, app: App) -> None:
    code = (await person.allow(app.start()))["code"]
    issued = (await app.exchange(code)).json()
    again = await app.exchange(code)

    assert again.json()["error"] == "invalid_grant"
    assert (await app.read("accounts", issued["access_token"])).status_code == 401
    assert (await app.refresh(issued["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "unsupported_grant_type"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=authorization_code", "invalid_request"),
        ("grant_type=authorization_code&code=guessed", "invalid_grant"),
        ("grant_type=authorization_code&code=%00%ff", "invalid_grant"),
        ("grant_type=refresh_token", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=guessed", "invalid_grant"),
        ("&".join(f"a{n}=1" for n in range(300)), "invalid_request"),
    ],
)
async def test_a_wrong_token_request_is_told_by_name(app: App, body: str, error: str) -> None:
    answer = await app.http.post(
        f"{app.issuer}/token",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
        auth=("gingham", app.secret),
    )

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["cache-control"] == "no-store"


async def test_credentials_that_are_no_text_are_refused(app: App) -> None:
    for header in ("Basic /w==", "Basic !", "Basic", "Bearer x", "Basic Z2luZ2hhbQ=="):
        answer = await app.http.post(
            f"{app.issuer}/token", data={"grant_type": "refresh_token"}, headers={"authorization": header}
        )
        assert answer.status_code in (400, 401), header


# --- tokens ---


async def test_an_access_token_runs_out_and_is_refreshed(bank: House, person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start()))["code"])
    bank.clock.advance(15 * MINUTE)
    old = await app.read("accounts", issued["access_token"])
    fresh = (await app.refresh(issued["refresh_token"])).json()

    assert (old.status_code, old.json()["error"]) == (401, "invalid_token")
    assert (await app.read("accounts", fresh["access_token"])).status_code == 200
    assert "refresh_token" not in fresh
    assert (await app.refresh(issued["refresh_token"])).status_code == 200


async def test_a_scope_opens_its_part_and_no_other(person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start(scope="accounts")))["code"])
    refused = await app.read("numbers", issued["access_token"])

    assert "id_token" not in issued
    assert (await app.read("accounts", issued["access_token"])).status_code == 200
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert 'scope="numbers"' in refused.headers["www-authenticate"]


async def test_a_refresh_may_ask_for_less_but_never_for_more(person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start(scope="accounts numbers")))["code"])
    less = (await app.refresh(issued["refresh_token"], scope="accounts")).json()
    more = await app.refresh(issued["refresh_token"], scope="accounts owners")

    assert (await app.read("numbers", less["access_token"])).status_code == 403
    assert more.json()["error"] == "invalid_scope"


async def test_a_refresh_token_opens_no_data_and_an_access_token_refreshes_nothing(
    person: Person, app: App
) -> None:
    issued = await app.tokens((await person.allow(app.start()))["code"])

    assert (await app.read("accounts", issued["refresh_token"])).status_code == 401
    assert (await app.refresh(issued["access_token"])).json()["error"] == "invalid_grant"


async def test_a_revoked_refresh_token_ends_the_consent(person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start()))["code"])
    revoked = await app.post("revoke", token=issued["refresh_token"])

    assert revoked.status_code == 200
    assert (await app.read("accounts", issued["access_token"])).status_code == 401
    assert (await app.refresh(issued["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.post("revoke", token=issued["refresh_token"])).status_code == 200


async def test_a_revoked_access_token_ends_alone(person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start()))["code"])
    await app.post("revoke", token=issued["access_token"])

    assert (await app.read("accounts", issued["access_token"])).status_code == 401
    assert (await app.refresh(issued["refresh_token"])).status_code == 200


@pytest.mark.parametrize(("institution_id", "days"), [("ins_127287", 365), ("ins_117650", 180)])
async def test_a_consent_ends_with_the_calendar(
    bank: House, person: Person, app_at: type, institution_id: str, days: int
) -> None:
    app: App = app_at(institution_id)
    issued = await app.tokens((await person.allow(app.start()))["code"])
    told = (await app.read("consent", issued["access_token"])).json()
    bank.clock.advance(days * 24 * 60 * MINUTE - SECOND)
    before = await app.refresh(issued["refresh_token"])
    bank.clock.advance(SECOND)

    assert told["expires_at"] - told["created_at"] == days * 86_400
    assert before.status_code == 200
    assert (await app.read("accounts", before.json()["access_token"])).status_code == 401
    assert (await app.refresh(issued["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("query", [{}, {"from": "yesterday", "to": "2026-05-04"}, {"from": "2026-05-04"}])
async def test_a_date_that_is_none_is_named(person: Person, app: App, query: dict[str, str]) -> None:
    token = (await app.tokens((await person.allow(app.start()))["code"]))["access_token"]
    answer = await app.read("transactions", token, **query)

    assert answer.status_code == 400
    assert "must be a date" in answer.json()["error_description"]


async def test_nothing_that_opens_anything_can_be_read_in_the_database(
    bank: House, person: Person, app: App
) -> None:
    code = (await person.allow(app.start(), username="ada", password="hunter2"))["code"]
    issued = await app.tokens(code)
    secrets = [code, issued["access_token"], issued["refresh_token"], app.secret, "hunter2", "ada"]
    for table in ("sessions", "consents", "codes", "tokens", "keys"):
        for row in await bank.platform.store.all(f"SELECT * FROM oauth_bank_{table}"):
            for value in row:
                held = value if isinstance(value, bytes) else str(value).encode()
                assert not any(secret.encode() in held for secret in secrets), table


async def test_keys_change_every_ninety_days_and_old_signatures_stay_good(
    bank: House, person: Person, app: App
) -> None:
    first = await app.tokens((await person.allow(app.start()))["code"])
    bank.clock.advance(91 * 24 * 60 * MINUTE)
    second = await app.tokens((await person.allow(app.start()))["code"])
    kids = [(await app.id_token(issued["id_token"])).header["kid"] for issued in (first, second)]

    assert kids[0] != kids[1]
