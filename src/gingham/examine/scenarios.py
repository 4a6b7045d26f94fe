"""What happens to an app that lives with banks. One function each; it raises `Fell` with the reason in plain words."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec import Struct

from gingham.examine.app import Fell
from gingham.examine.between import Seen
from gingham.examine.trial import WEBHOOK_LIMIT_SECONDS, Trial, script
from gingham.testing.session import LinkSession

SYNC = "/transactions/sync"
OAUTH_BANK = "ins_127287"
SMALL_PAGE = 10


class Scenario(Struct, frozen=True, kw_only=True):
    name: str
    asks: str
    """What a correct app does."""
    play: Callable[[Trial], None]


def login_expires(trial: Trial) -> None:
    bank = trial.linked()
    trial.gingham.post("/sandbox/item/reset_login", access_token=bank.access_token)
    trial.hand_over(trial.catch(bank, "ITEM", "ERROR"))
    trial.needs_login(bank, is_so=True, otherwise="it does not know that the Item needs a new login")
    trial.gingham.link(access_token=bank.access_token, webhook=trial.between.hook)
    trial.hand_over(trial.fire(bank, "ITEM", "LOGIN_REPAIRED"))
    trial.needs_login(bank, is_so=False, otherwise="it still asks for a login after LOGIN_REPAIRED")
    trial.gingham.clock.advance(days=1)
    trial.hand_over(trial.fire(bank, "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"))
    trial.has_all(bank)


def mutation_during_paging(trial: Trial) -> None:
    moved: list[Seen] = []

    def small(path: str, body: dict[str, Any]) -> None:
        if path == SYNC:
            body["count"] = SMALL_PAGE

    def move(seen: Seen) -> None:
        if seen.path == SYNC and seen.answer.get("has_more") and not moved:
            trial.gingham.clock.advance(days=1)
            moved.append(seen)

    soon = trial.gingham.clock.now().date() + timedelta(days=1)
    rows = [_row(trial, -day, -day, f"Shop {day}") for day in range(1, 3 * SMALL_PAGE)]
    rows.append({**rows[0], "date_transacted": f"{soon - timedelta(days=2)}", "date_posted": f"{soon}"})
    bank = trial.make(**script(*rows))
    trial.between.before = small
    trial.give(bank)
    trial.gingham.clock.advance(minutes=1)
    trial.between.after = move
    trial.hand_over(trial.catch(bank, "TRANSACTIONS", "HISTORICAL_UPDATE"))
    trial.eventually(lambda: bool(moved), "it never asked /transactions/sync for the Item's transactions")
    trial.has_all(bank)


def webhook_twice(trial: Trial) -> None:
    bank = trial.linked()
    webhook = trial.fire(bank, "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE")
    trial.hand_over(webhook)
    trial.hand_over(webhook)
    trial.has_all(bank)


def webhooks_out_of_order(trial: Trial) -> None:
    bank = trial.linked()
    trial.gingham.post("/sandbox/item/reset_login", access_token=bank.access_token)
    expired = trial.catch(bank, "ITEM", "ERROR")
    trial.gingham.link(access_token=bank.access_token, webhook=trial.between.hook)
    trial.hand_over(trial.fire(bank, "ITEM", "LOGIN_REPAIRED"))
    asked = len(trial.between.seen)
    trial.hand_over(expired)
    trial.eventually(
        lambda: any(seen.path == "/item/get" for seen in trial.between.seen[asked:]),
        "it believed an ITEM ERROR that came late, and did not ask /item/get how the Item is",
    )
    trial.needs_login(bank, is_so=False, otherwise="it asks for a login that the Item does not need")


def webhook_forged(trial: Trial) -> None:
    bank = trial.linked()
    genuine = trial.fire(bank, "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE")
    told = {"environment": "sandbox", "error": None, "item_id": bank.item_id}
    told |= {"webhook_type": "ITEM", "webhook_code": "USER_PERMISSION_REVOKED"}
    forged = json.dumps(told).encode()
    for signature, how in (
        (None, "without a signature"),
        (genuine.signature, "with the signature of another webhook"),
        ("e30.e30.e30", "with a signature that is none"),
    ):
        status = trial.offer(forged, signature)
        if status // 100 == 2:
            raise Fell(f"it took a webhook {how} (answer {status})")
    trial.needs_login(bank, is_so=False, otherwise="it did what a forged webhook said")
    trial.hand_over(genuine)


def webhook_early(trial: Trial) -> None:
    bank = trial.make()
    caught = trial.between.caught
    trial.gingham.clock.advance(minutes=1)
    trial.eventually(lambda: len(caught) >= 2, "the platform sent no webhooks")
    for webhook in list(caught):
        # Plaid comes again with what was refused; that is not what is asked here.
        trial.offer(webhook.body, webhook.signature)
    trial.give(bank)
    trial.has_all(bank)


def api_slow(trial: Trial) -> None:
    bank = trial.make()
    trial.give(bank)
    trial.gingham.clock.advance(minutes=1)
    answered = threading.Event()

    def hold(path: str, _: dict[str, Any]) -> None:
        if path == SYNC:
            answered.wait(2 * WEBHOOK_LIMIT_SECONDS)

    webhook = trial.catch(bank, "TRANSACTIONS", "HISTORICAL_UPDATE")
    trial.between.before = hold
    try:
        # One that waits for the answers of the API will not be quicker later.
        status = trial.offer(
            webhook.body, webhook.signature, within=min(trial.patience, WEBHOOK_LIMIT_SECONDS)
        )
    finally:
        answered.set()
    if status == 0:
        raise Fell("it let a webhook wait until the slow API had answered; Plaid gives up after 10 s")
    trial.has_all(bank)


def fails_with(error_code: str, what: str) -> Callable[[Trial], None]:
    """The calls for transactions fail, and work again when the next webhook comes."""

    def play(trial: Trial) -> None:
        bank = trial.make()
        trial.give(bank)
        fault = trial.gingham.faults.error(SYNC, error_code, times=None)
        trial.gingham.clock.advance(minutes=1)
        webhook = trial.catch(bank, "TRANSACTIONS", "HISTORICAL_UPDATE")
        asked = len(trial.between.seen)
        trial.offer(webhook.body, webhook.signature)
        trial.eventually(
            lambda: any(seen.path == SYNC for seen in trial.between.seen[asked:]),
            "it never asked /transactions/sync for the Item's transactions",
        )
        trial.needs_login(bank, is_so=False, otherwise=f"it asks for a login because {what}")
        trial.gingham.faults.clear(fault)
        trial.hand_over(trial.fire(bank, "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"))
        trial.has_all(bank)
        trial.needs_login(bank, is_so=False, otherwise=f"it asks for a login because {what}")

    return play


def oauth_abandoned(trial: Trial) -> None:
    before = {item.item_id for item in trial.items()}
    asked = len(trial.between.seen)
    token = trial.gingham.link_token(hosted_link={}, webhook=trial.between.hook)
    with LinkSession(trial.gingham.url, token) as link:
        link.do("continue")
        link.do("select_institution", institution_id=OAUTH_BANK)
        link.do("continue")
    trial.gingham.clock.advance(hours=5)
    told = [webhook for webhook in trial.between.caught if webhook.told["webhook_type"] == "LINK"]
    if not told:
        raise AssertionError("nothing was told of an abandoned session")
    for webhook in told:
        trial.hand_over(webhook)
    if {item.item_id for item in trial.items()} - before:
        raise Fell("it stored an Item although nobody came back from the bank")
    if any(seen.path == "/item/public_token/exchange" for seen in trial.between.seen[asked:]):
        raise Fell("it tried to exchange a public_token although there is none")


def pending_posts(trial: Trial) -> None:
    bank = trial.linked(**script(_row(trial, -1, 2, "Coffee"), _row(trial, -9, -8, "Books")))
    if not any(pending for _, pending in trial.truth(bank).values()):
        raise AssertionError("nothing is pending")
    trial.gingham.clock.advance(days=3)
    trial.hand_over(trial.fire(bank, "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"))
    trial.has_all(bank)


def consent_revoked(trial: Trial) -> None:
    bank = trial.linked()
    trial.hand_over(trial.fire(bank, "ITEM", "USER_PERMISSION_REVOKED"))

    def ended() -> bool:
        item = trial.item(bank)
        return item is None or item.needs_login

    trial.eventually(ended, "it goes on with an Item whose permission the person has taken back")


def _row(trial: Trial, transacted: int, posted: int, description: str) -> dict[str, Any]:
    today = trial.gingham.clock.now().date()
    return {
        "date_transacted": f"{today + timedelta(days=transacted)}",
        "date_posted": f"{today + timedelta(days=posted)}",
        "amount": 12.5,
        "description": description,
        "currency": "USD",
    }


SCENARIOS = tuple(
    Scenario(name=name, asks=asks, play=play)
    for name, asks, play in (
        ("login-expires", "asks for a new login, and goes on after it", login_expires),
        (
            "mutation-during-paging",
            "begins again from the first cursor when data moves between pages",
            mutation_during_paging,
        ),
        ("webhook-twice", "bears the same webhook twice", webhook_twice),
        (
            "webhooks-out-of-order",
            "asks how the Item is, and does not believe a late webhook",
            webhooks_out_of_order,
        ),
        ("webhook-forged", "refuses what is not signed by the platform", webhook_forged),
        (
            "webhook-early",
            "misses nothing when webhooks come before it has exchanged the public_token",
            webhook_early,
        ),
        ("api-slow", "answers a webhook before it asks the API", api_slow),
        (
            "api-fails",
            "tries again after INTERNAL_SERVER_ERROR",
            fails_with("INTERNAL_SERVER_ERROR", "the API failed"),
        ),
        (
            "rate-limited",
            "tries again after it was told to be slower",
            fails_with("TRANSACTIONS_LIMIT", "it was told to be slower"),
        ),
        (
            "bank-down",
            "waits for a bank that is down, and asks nobody to log in",
            fails_with("INSTITUTION_DOWN", "the bank was down"),
        ),
        ("oauth-abandoned", "stores nothing when nobody comes back from the bank", oauth_abandoned),
        ("pending-posts", "drops what is removed and keeps what took its place", pending_posts),
        ("consent-revoked", "stops using an Item whose permission was taken back", consent_revoked),
    )
)
