"""What a person sees, and what nobody can do in a person's place."""

import re
from collections.abc import Callable

import pytest
from tests.oauthbank.client import App
from tests.oauthbank.house import House
from tests.oauthbank.person import Page, Person

from gingham.clock import MINUTE
from gingham.oauthbank.issuer import issuer_of

STEPS = ("sign-in", "code", "accounts", "consent")


async def at_step(person: Person, app: App, step: str) -> Page:
    """A person who has come as far as the step."""
    page = await person.visit(app.start())
    typed = {"sign-in": {"password": "mfa_device"}, "code": {"code": "1234"}}
    for done in STEPS[: STEPS.index(step)]:
        assert page is not None
        assert page.step == done
        page = await person.submit(page, typed.get(done))
    assert page is not None
    return page


async def test_signing_in_leads_from_page_to_page(person: Person, app: App) -> None:
    page = await at_step(person, app, "consent")

    assert page.step == "consent"
    assert await person.submit(page) is None
    assert "code" in person.brought()


async def test_without_asking_for_it_nobody_is_asked_for_a_code(person: Person, app: App) -> None:
    page = await person.visit(app.start())
    assert page is not None
    page = await person.submit(page, {"username": "", "password": ""})

    assert page is not None
    assert page.step == "accounts"


async def test_checking_and_savings_are_ticked_at_first(person: Person, app: App) -> None:
    page = await at_step(person, app, "accounts")
    ticked = [value for name, value in page.fields() if name == "account"]

    assert ticked == ["0000", "1111"]
    assert len([c for c in page.forms[0].controls if c.name == "account"]) == 14


async def test_what_was_ticked_is_still_ticked_when_the_person_goes_back(person: Person, app: App) -> None:
    page = await person.submit(await at_step(person, app, "accounts"), ticks={"3333"})
    assert page is not None
    back = await person.visit(page.url.replace("/consent", "/accounts"))

    assert back is not None
    assert [value for name, value in back.fields() if name == "account"] == ["3333"]


async def test_somebody_has_to_share_something(person: Person, app: App) -> None:
    page = await person.submit(await at_step(person, app, "accounts"), ticks=set())

    assert page is not None
    assert (page.status, page.step) == (400, "accounts")
    assert "Choose at least one account" in page.text


async def test_the_ticks_of_the_consent_change_nothing(person: Person, app: App) -> None:
    assert await person.submit(await at_step(person, app, "consent"), ticks=set()) is None
    issued = await app.tokens(person.brought()["code"])

    assert issued["scope"] == "openid accounts numbers owners transactions"


async def test_a_wrong_code_is_told_at_its_field(person: Person, app: App) -> None:
    page = await person.submit(await at_step(person, app, "code"), {"code": "4321"})

    assert page is not None
    assert (page.status, page.step) == (400, "code")
    assert "That is not the code" in page.text
    page = await person.submit(page, {"code": " 1234 "})
    assert page is not None
    assert page.step == "accounts"


@pytest.mark.parametrize("step", STEPS)
async def test_every_page_lets_the_person_decline(person: Person, app: App, step: str) -> None:
    page = await at_step(person, app, step)

    assert await person.submit(page, button="decline") is None
    assert person.brought()["error"] == "access_denied"
    assert person.brought()["state"] == "the-state"


@pytest.mark.parametrize("step", STEPS)
async def test_every_field_has_a_label(person: Person, app: App, step: str) -> None:
    page = await at_step(person, app, step)

    assert page.forms[0].controls
    assert page.without_label() == []


@pytest.mark.parametrize("step", STEPS)
async def test_every_page_is_kept_by_nobody_framed_by_nobody_and_runs_nothing(
    person: Person, app: App, step: str
) -> None:
    headers = (await at_step(person, app, step)).headers
    policy = headers["content-security-policy"]

    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


async def test_a_page_names_only_files_that_are_there(person: Person, app: App, bank: House) -> None:
    await person.visit(app.start())
    text = (await person.browser.get(app.start(), follow_redirects=True)).text
    files = re.findall(r'(?:href|src)="(/[^"]+)"', text)

    assert len(files) >= 5
    for file in files:
        assert (await app.http.get(bank.bank + file)).status_code == 200, file
    assert "<script" not in text


async def test_a_page_that_is_not_due_leads_to_the_one_that_is(person: Person, app: App) -> None:
    page = await at_step(person, app, "sign-in")

    for step in STEPS:
        led = await person.visit(page.url.replace("/sign-in", f"/{step}"))
        assert led is not None
        assert led.step == "sign-in"


async def test_the_cookie_is_for_this_bank_and_no_script(app: App, person: Person) -> None:
    answer = await person.browser.get(app.start())
    cookie = answer.headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/ins_127287" in cookie


async def test_behind_tls_the_cookie_stays_there(bank: House) -> None:
    issuer = issuer_of(bank.platform.banks, "https://bank.example", "ins_127287")

    assert issuer is not None
    assert issuer.is_secure


# --- in a person's place ---


@pytest.mark.parametrize("step", STEPS)
async def test_a_form_of_another_site_does_nothing(person: Person, app: App, step: str) -> None:
    """It brings the cookie, and even the handle, but not the token of the form."""
    page = await at_step(person, app, step)
    at = dict(page.fields())["at"]
    answer = await person.browser.post(
        page.forms[0].action, data={"at": at, "account": "0000", "form": "0" * 32}
    )

    assert answer.status_code == 400
    assert "expired" in answer.text


async def test_the_token_of_one_form_is_not_that_of_the_next(person: Person, app: App) -> None:
    first = dict((await at_step(person, app, "sign-in")).fields())
    second = await at_step(person, app, "accounts")
    wrong = {"at": dict(second.fields())["at"], "form": first["form"], "account": "0000"}

    assert (await person.browser.post(second.forms[0].action, data=wrong)).status_code == 400


async def test_an_address_that_leaked_is_of_no_use_in_another_browser(
    bank: House, person: Person, app: App
) -> None:
    page = await at_step(person, app, "accounts")
    thief = Person(bank.bank)
    await thief.visit(app.start())
    seen = await thief.visit(page.url)

    assert seen is not None
    assert seen.status == 400
    assert "expired" in seen.text
    await thief.close()


async def test_two_windows_of_one_browser_do_not_mix(person: Person, app: App) -> None:
    first = await at_step(person, app, "accounts")
    second = await at_step(person, app, "accounts")

    for page, account in ((first, "0000"), (second, "3333")):
        led = await person.submit(page, ticks={account})
        assert led is not None
        assert await person.submit(led) is None
        token = (await app.tokens(person.brought()["code"]))["access_token"]
        assert [row["reference"] for row in (await app.read("accounts", token)).json()] == [account]


async def test_a_sign_in_lasts_a_quarter_of_an_hour(bank: House, person: Person, app: App) -> None:
    page = await at_step(person, app, "consent")
    bank.clock.advance(15 * MINUTE)
    led = await person.submit(page)

    assert led is not None
    assert led.status == 400
    assert "expired" in led.text


async def test_a_consent_is_given_once(person: Person, app: App) -> None:
    page = await at_step(person, app, "consent")
    assert await person.submit(page) is None
    again = await person.submit(page)

    assert again is not None
    assert again.status == 400


async def test_a_sign_in_at_one_bank_is_none_at_another(person: Person, app: App) -> None:
    page = await at_step(person, app, "accounts")
    led = await person.visit(page.url.replace("ins_127287", "ins_56"))

    assert led is not None
    assert led.status == 400


# --- whatever comes ---


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/ins_109508/authorize",
        "/ins_127287/nothing",
        "/ins_127287/sign-in/more",
        "/ins_127287/%00",
        "/%ff",
        "/assets/../app.py",
        "/assets/link.html",
    ],
)
async def test_an_address_that_is_nothing_says_so(bank: House, app: App, path: str) -> None:
    answer = await app.http.get(bank.bank + path)

    assert answer.status_code == 404
    assert "Nothing here" in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "", 415),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=1"] * 300), "application/x-www-form-urlencoded", 400),
        (b"at=%ff&form=%00", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded", 400),
    ],
)
async def test_a_body_that_is_no_form_is_refused(app: App, content: bytes, kind: str, status: int) -> None:
    for path in ("sign-in", "connections/list"):
        answer = await app.http.post(f"{app.issuer}/{path}", content=content, headers={"content-type": kind})
        assert answer.status_code == status


@pytest.mark.parametrize("username", ["<script>alert(1)</script>", "\0", "a" * 500, "  ", "ادا", "😀"])
async def test_any_login_name_will_do(person: Person, app: App, username: str) -> None:
    brought = await person.allow(app.start(), username=username)
    issued = await app.tokens(brought["code"])
    name = (await app.id_token(issued["id_token"])).claims["preferred_username"]

    assert name == (username.strip()[:64] or "user_good")


async def test_what_a_person_typed_is_shown_as_text(bank: House, person: Person) -> None:
    page = await person.visit(bank.issuer())
    assert page is not None
    page = await person.submit(page, {"username": "<b id=evil>"})

    assert page is not None
    assert "<b id=evil>" in page.text


# --- connected apps ---


async def connected(person: Person, bank: House, username: str) -> Page:
    page = await person.visit(bank.issuer())
    assert page is not None
    page = await person.submit(page, {"username": username})
    assert page is not None
    return page


async def test_a_person_sees_what_is_shared_and_ends_it(bank: House, person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start(), username="ada"))["code"])
    page = await connected(person, bank, "ada")
    before = page.text
    after = await person.submit(page, form=0)

    assert "Plaid Checking ••0000, Plaid Saving ••1111" in before
    assert "Until 4 May 2027" in before
    assert after is not None
    assert "No app can read your accounts" in after.text
    assert (await app.read("accounts", issued["access_token"])).status_code == 401
    assert (await app.refresh(issued["refresh_token"])).json()["error"] == "invalid_grant"


async def test_nobody_sees_or_ends_what_another_shared(bank: House, person: Person, app: App) -> None:
    issued = await app.tokens((await person.allow(app.start(), username="ada"))["code"])
    consent_id = (await app.read("consent", issued["access_token"])).json()["consent_id"]
    page = await connected(person, bank, "grace")
    fields = {**dict(page.fields(0)), "consent": consent_id}
    await person.browser.post(page.forms[0].action, data=fields)

    assert "No app can read your accounts" in page.text
    assert (await app.read("accounts", issued["access_token"])).status_code == 200


async def test_signing_out_ends_the_session(bank: House, person: Person) -> None:
    page = await connected(person, bank, "ada")
    out = await person.submit(page, button="decline", form=len(page.forms) - 1)
    back = await person.visit(page.url)

    assert out is not None
    assert back is not None
    assert "You are signed out" in out.text
    assert back.status == 400


async def test_every_field_of_the_connections_has_a_label(
    bank: House, person: Person, app: App, app_at: Callable[..., App]
) -> None:
    await person.allow(app.start(), username="ada")
    page = await connected(person, bank, "ada")

    assert page.without_label() == []


APP_BANK = "ins_132241"


async def in_the_app(person: Person, app: App) -> Page:
    page = await person.visit(app.start().replace("/authorize?", "/app?"))
    assert page is not None
    return page


async def test_the_app_knows_its_owner_and_asks_for_approval_at_once(
    person: Person, app_at: Callable[..., App]
) -> None:
    app = app_at(APP_BANK)
    page = await in_the_app(person, app)
    assert (page.step, "Mobile app · user_good" in page.text, page.without_label()) == ("approve", True, [])
    assert await person.submit(page, ticks={"3333"}) is None
    issued = await app.tokens(person.brought()["code"])
    accounts = (await app.read("accounts", issued["access_token"])).json()
    assert [account["reference"] for account in accounts] == ["3333"]


async def test_in_the_app_one_may_decline_and_must_share_something(
    person: Person, app_at: Callable[..., App]
) -> None:
    page = await person.submit(await in_the_app(person, app_at(APP_BANK)), ticks=set())
    assert page is not None
    assert (page.status, "Choose at least one account" in page.text) == (400, True)
    assert await person.submit(page, button="decline") is None
    assert person.brought()["error"] == "access_denied"


async def test_other_banks_have_no_app(bank: House, person: Person, app: App) -> None:
    assert (await in_the_app(person, app)).status == 404
    for institution_id, there in (("ins_127287", False), (APP_BANK, True)):
        answer = await person.browser.get(f"{bank.issuer(institution_id)}/.well-known/openid-configuration")
        assert ("app_authorization_endpoint" in answer.json()) is there


async def test_the_app_looks_at_a_request_as_the_pages_do(person: Person, app_at: Callable[..., App]) -> None:
    page = await person.visit(app_at(APP_BANK).issuer + "/app?client_id=stranger")
    assert page is not None
    assert (page.status, "This link does not work" in page.text) == (400, True)


async def test_a_login_on_the_pages_does_not_get_round_the_password_by_way_of_the_app(
    person: Person, app_at: Callable[..., App]
) -> None:
    page = await person.visit(app_at(APP_BANK).start())
    assert page is not None
    skipped = await person.visit(page.url.replace("/sign-in", "/approve"))
    assert skipped is not None
    assert skipped.step == "sign-in"
