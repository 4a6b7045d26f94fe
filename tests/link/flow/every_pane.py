"""The panes that Link can show, found once and shared by the tests of the flow, the texts and the browser."""

from functools import cache

import msgspec
from tests.link.flow.exploration import reachable
from tests.link.flow.world import CHECKING, CREDENTIALS, ENTER, NUMBERS, SAVING, Walk, card, error

from gingham.link.flow import pane
from gingham.link.flow.failures import ADVICE
from gingham.link.flow.login_panes import CREDENTIAL_LABELS
from gingham.link.flow.model import (
    AccountChoice,
    AuthFlows,
    Challenge,
    Challenged,
    Continue,
    Created,
    CredentialInput,
    Device,
    EnterNumbers,
    Failed,
    LoggedIn,
    NumbersChecked,
    Open,
    OpenOauth,
    Pane,
    Redirected,
    Selected,
    SubmitAccounts,
    SubmitDepositCode,
    SubmitNumbers,
)
from gingham.link.messages.messages import render_pane

PIGEON = Challenge(kind="device", state=b"", devices=(Device("pigeon", "grey, left foot"),))
VOUCHER = AccountChoice(key="0", name="Voucher", mask="7", type="other", subtype="other")


@cache
def every_pane() -> tuple[Pane, ...]:
    """The panes of all reachable sessions, and those that take a rarer bank."""
    labels = tuple(
        CredentialInput(name=label, label=label.replace("_", " ").title()) for label in CREDENTIAL_LABELS
    )
    fields = (*labels, CredentialInput(name="iban", label="Last six of your IBAN"))
    slow = card("ins_1", "Bank", health="DEGRADED")
    walks = [
        *(Walk(*ENTER, CREDENTIALS, Failed(error=error(code))) for code in ADVICE),
        Walk(*ENTER[:4], Selected(institution=card("ins_1", "Bank", fields=fields))),
        Walk(*ENTER[:2], Selected(institution=slow), institution_id="ins_1", update_mode=True),
        Walk(*ENTER, CREDENTIALS, Challenged(challenge=PIGEON)),
        Walk(*ENTER, CREDENTIALS, LoggedIn(accounts=(VOUCHER,))),
        *number_walks(),
        *bank_walks(),
    ]
    shown = [pane(session) for session in (*reachable(), *(walk.session for walk in walks))]
    return tuple({msgspec.json.encode(each): each for each in shown}.values())


def bank_walks() -> list[Walk]:
    """Banks that have an app, or a code for the phone."""
    there = (*ENTER[:4], Selected(institution=card("ins_1", "Bank", oauth=True)))
    scan = Redirected(url="https://bank.test/", phone_url="https://link.test/link/oauth/phone/1")
    return [
        Walk(*there, Redirected(url="https://bank.test/", app_url="https://bank.test/app")),
        Walk(*there, scan),
        Walk(*there, scan, OpenOauth(mode="phone")),
    ]


def number_walks() -> list[Walk]:
    """Account numbers that cannot be right, and where the right ones lead."""
    by_hand: dict[str, object] = {
        "products": ("auth",),
        "auth": AuthFlows(type_select=True, same_day_microdeposits=True),
    }
    asked = (Open(), Continue(), EnterNumbers())
    wrong = (
        {"account_number": "12", "account_number_again": "12"},
        {"account_number_again": "12"},
        {"name": "A" * 200},
        {"type": "gold"},
    )
    chosen = (
        *ENTER,
        CREDENTIALS,
        LoggedIn(accounts=(CHECKING, SAVING), numbers_told=False),
        SubmitAccounts(accounts=["1"]),
    )
    matching = SubmitNumbers(
        values={**NUMBERS.values, "account_number": "12341111", "account_number_again": "12341111"}
    )
    forced = AuthFlows(type_select=True, same_day_microdeposits=True, reroute="FORCED")
    deposits: dict[str, object] = {"products": ("auth",), "auth": AuthFlows(automated_microdeposits=True)}
    match: dict[str, object] = {"products": ("auth",), "auth": AuthFlows(instant_match=True)}
    return [
        *(Walk(*asked, SubmitNumbers(values={**NUMBERS.values, **each}), **by_hand) for each in wrong),
        Walk(
            *asked,
            NUMBERS,
            NumbersChecked(account=CHECKING, institutions=(card("ins_1", "Bank"),)),
            products=("auth",),
            auth=forced,
        ),
        Walk(*asked, NUMBERS, NumbersChecked(account=CHECKING), Created(), **by_hand),
        Walk(*chosen, NUMBERS, **match),
        Walk(*chosen, matching, NumbersChecked(matched=False), **match),
        Walk(*chosen, matching, NumbersChecked(), Created(), **deposits),
        Walk(
            Open(),
            SubmitDepositCode(values={"code": "ABC"}),
            Failed(error=error("INCORRECT_DEPOSIT_VERIFICATION")),
            update_mode=True,
            pending=CHECKING,
        ),
    ]


@cache
def every_text() -> tuple[Pane, ...]:
    """As few of these panes as show every text that there is."""
    seen: set[str] = set()
    chosen = []
    for each in every_pane():
        keys = {text["key"] for text in texts(render_pane(each))}
        if keys - seen:
            seen |= keys
            chosen.append(each)
    return tuple(chosen)


def texts(value: object) -> list[dict[str, str]]:
    """All rendered texts of a rendered pane."""
    if isinstance(value, dict):
        here = [value] if set(value) == {"key", "text"} else []
        return here + [text for each in value.values() for text in texts(each)]
    return [text for each in value for text in texts(each)] if isinstance(value, list) else []
