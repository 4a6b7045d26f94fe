"""One scenario's hands: banks that are linked, webhooks that are handed over, and what the app has stored."""

import json
import time
from collections.abc import Callable
from typing import Any

from gingham.examine.app import App, Fell, Item
from gingham.examine.between import Between, Caught
from gingham.testing.kit import Gingham

BANK = "ins_109508"
WEBHOOK_LIMIT_SECONDS = 10.0
"""What Plaid waits for an answer (Plaid docs: Webhooks)."""
LOOKS_EVERY_SECONDS = 0.02
Json = dict[str, Any]


class Bank:
    """An Item of the platform. The examiner's own access_token of it comes from the app's exchange."""

    def __init__(self, public_token: str) -> None:
        self.public_token = public_token
        self.item_id = ""
        self.access_token = ""


class Trial:
    def __init__(self, gingham: Gingham, between: Between, app: App, limit: float, patience: float) -> None:
        self.gingham = gingham
        self.between = between
        self._app = app
        self._until = time.monotonic() + limit
        self.patience = patience

    def make(self, **options: Any) -> Bank:
        """A bank whose public_token nobody has exchanged."""
        told = self.gingham.post(
            "/sandbox/public_token/create",
            institution_id=BANK,
            initial_products=["transactions"],
            options={"webhook": self.between.hook, **options},
        )
        return Bank(told["public_token"])

    def give(self, bank: Bank) -> None:
        """The app gets the public_token, and must exchange it and keep the Item."""
        self._app.link(bank.public_token, self._left())
        for seen in self.between.seen:
            asked = seen.path == "/item/public_token/exchange" and seen.status == 200
            if asked and seen.body.get("public_token") == bank.public_token:
                bank.item_id, bank.access_token = seen.answer["item_id"], seen.answer["access_token"]
        if not bank.item_id:
            raise Fell("it never exchanged the public_token it was given (/item/public_token/exchange)")
        self.eventually(lambda: self.item(bank) is not None, "it has not stored the Item that was linked")

    def linked(self, **options: Any) -> Bank:
        """A bank that the app has, with its history."""
        bank = self.make(**options)
        self.give(bank)
        self.gingham.clock.advance(minutes=1)
        self.hand_over(self.catch(bank, "TRANSACTIONS", "HISTORICAL_UPDATE"))
        self.has_all(bank)
        return bank

    def catch(self, bank: Bank, webhook_type: str, code: str) -> Caught:
        """The newest such webhook of a bank, once it is there."""
        self.gingham.webhooks.wait_for(webhook_type, code, item_id=bank.item_id)
        for caught in reversed(self.between.caught):
            told = caught.told
            if (told["webhook_type"], told["webhook_code"], told.get("item_id")) == (
                webhook_type,
                code,
                bank.item_id,
            ):
                return caught
        raise AssertionError(f"{webhook_type} {code} was delivered and not caught")

    def fire(self, bank: Bank, webhook_type: str, code: str) -> Caught:
        """One that the sandbox sends on demand."""
        before = len(self.between.caught)
        self.gingham.post(
            "/sandbox/item/fire_webhook",
            access_token=bank.access_token,
            webhook_type=webhook_type,
            webhook_code=code,
        )
        until = time.monotonic() + self._left()
        while time.monotonic() < until:
            for caught in self.between.caught[before:]:
                if caught.told.get("item_id") == bank.item_id and caught.told["webhook_code"] == code:
                    return caught
            time.sleep(LOOKS_EVERY_SECONDS)
        raise AssertionError(f"{webhook_type} {code} was fired and not caught")

    def offer(self, body: bytes, signature: str | None, *, within: float = WEBHOOK_LIMIT_SECONDS) -> int:
        """The status of the app's answer to a webhook; 0 for none within the time that Plaid waits."""
        return self._app.webhook(body, signature, min(self._left(), within))

    def hand_over(self, webhook: Caught) -> None:
        """Delivers it, and once more if it was refused, as Plaid does."""
        for _ in range(2):
            if self.offer(webhook.body, webhook.signature) // 100 == 2:
                return
        name = f"{webhook.told['webhook_type']} {webhook.told['webhook_code']}"
        raise Fell(f"it refused the genuine webhook {name}, and again when it was tried once more")

    def item(self, bank: Bank) -> Item | None:
        """What the app has stored of it."""
        return next((item for item in self.items() if item.item_id == bank.item_id), None)

    def items(self) -> list[Item]:
        return self._app.state(self._left()).items

    def eventually(self, holds: Callable[[], bool], otherwise: str) -> None:
        until = min(time.monotonic() + self.patience, self._until)
        while not holds():
            if time.monotonic() >= until:
                raise Fell(otherwise)
            time.sleep(LOOKS_EVERY_SECONDS)

    def needs_login(self, bank: Bank, *, is_so: bool, otherwise: str) -> None:
        def holds() -> bool:
            item = self.item(bank)
            return item is not None and item.needs_login == is_so

        self.eventually(holds, otherwise)

    def has_all(self, bank: Bank) -> None:
        """The app holds just the transactions that the platform has: each once, none that is gone."""
        right = self.truth(bank)
        wrong = ""

        def holds() -> bool:
            nonlocal wrong
            item = self.item(bank)
            wrong = "it lost the Item" if item is None else _difference(item, right)
            return not wrong

        try:
            self.eventually(holds, "")
        except Fell as fall:
            raise Fell(str(fall) or wrong) from None

    def truth(self, bank: Bank) -> dict[str, tuple[float, bool]]:
        """Every transaction as the platform has it: amount, and whether it is pending."""
        found: dict[str, tuple[float, bool]] = {}
        cursor, more = "", True
        while more:
            page = self.gingham.post(
                "/transactions/sync", access_token=bank.access_token, cursor=cursor, count=500
            )
            found |= {each["transaction_id"]: (each["amount"], each["pending"]) for each in page["added"]}
            cursor, more = page["next_cursor"], page["has_more"]
        return found

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise Fell("it took too long")
        return left


def script(*rows: Json) -> Json:
    """Options of a custom user with one account and these transactions."""
    account = {"type": "depository", "subtype": "checking", "transactions": list(rows)}
    return {
        "override_username": "user_custom",
        "override_password": json.dumps({"override_accounts": [account]}),
    }


def _difference(item: Item, right: dict[str, tuple[float, bool]]) -> str:
    """In words; empty when there is none."""
    held = {each.transaction_id: (each.amount, each.pending) for each in item.transactions}
    for count, words in (
        (len(item.transactions) - len(held), "it stored {} transactions twice"),
        (len(right.keys() - held.keys()), "it lacks {} of the Item's transactions"),
        (len(held.keys() - right.keys()), "it holds {} transactions that the bank has taken back"),
        (
            sum(held[each] != right[each] for each in held.keys() & right.keys()),
            "{} of its transactions have another amount, or are not pending as the bank's are",
        ),
    ):
        if count:
            return words.format(count)
    return ""
