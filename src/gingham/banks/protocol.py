"""What a bank is to the platform.

A `Bank` knows how to log a person in and, later, to read that person's data with the `grant` the login left
behind. Logging in is a conversation: each turn ends in exactly one `Outcome`:

    Granted        the person is in: a grant to keep, and the accounts that may be shared
    Challenge      the bank asks something more (a device to send a code to, the code, questions, selections)
    Redirect       the person must go to the bank's own pages (OAuth)
    Refused        a typed failure, one of the error codes of `gingham/errors.csv`

Promises every bank keeps:

* `state` and `grant` are opaque bytes that belong to the bank. The platform seals them before they touch the
  disk, and hands them back unchanged. A bank never puts a password in `state`, and in `grant` only if it
  cannot refresh without one.
* No method raises for something the person did or the bank's side failed at: that is `Refused`. An exception
  is a defect.
* Reading the same grant at the same instant gives the same data. `reference` of an account is the bank's own
  stable key.
* Money is `Decimal` in major units. A positive transaction amount leaves the account, a negative one enters
  it.

Optional powers are separate small protocols (`HasNumbers`, `HasOwners`, `HasTransactions`): a bank without
one lacks the method.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol, runtime_checkable

from msgspec import Struct


class Institution(Struct, frozen=True, kw_only=True):
    """One entry of the catalogue. `products` are those the institution supports, sorted."""

    institution_id: str
    name: str
    country_codes: tuple[str, ...]
    products: tuple[str, ...]
    oauth: bool = False
    handoff: str | None = None
    """How an OAuth institution likes people to come: `app`, it has an app that opens on a phone; `code`, somebody at a
    desk is shown a code for the phone; None, on its pages wherever they are."""
    url: str | None = None
    brand: str | None = None
    """One name over several portals of one bank (personal, business), each an institution of its own."""
    primary_color: str | None = None
    """`#rrggbb`."""
    routing_numbers: tuple[str, ...] = ()
    dtc_numbers: tuple[str, ...] = ()
    health: str = "HEALTHY"
    """HEALTHY, DEGRADED or DOWN: the state of `item_logins`."""
    supported: bool = True
    """False: Link shows "connectivity not supported" whatever is asked for."""
    credentials: tuple["CredentialField", ...] = ()
    """What the login form asks for; empty for OAuth institutions."""
    popularity: int = 0
    """Higher is shown earlier in Link's first tiles and breaks ties in search."""


class CredentialField(Struct, frozen=True, kw_only=True):
    name: str
    """Key under which the value is submitted: `username`, `password`, `pin`."""
    label: str
    """English label, also a message key suffix in Link."""
    kind: str = "text"
    """`text`, `password` or `pin`."""


class BankAccount(Struct, frozen=True, kw_only=True):
    """An account as the bank shows it at login or refresh."""

    reference: str
    """The bank's own stable key of the account (never shown to clients)."""
    name: str
    official_name: str | None
    mask: str | None
    type: str
    subtype: str | None
    available: Decimal | None
    current: Decimal | None
    limit: Decimal | None = None
    iso_currency_code: str | None = "USD"
    unofficial_currency_code: str | None = None
    holder_category: str | None = None
    persistent_account_id: str | None = None


class Granted(Struct, frozen=True, kw_only=True):
    grant: bytes
    accounts: tuple[BankAccount, ...]
    username: str | None = None
    """Whose login it was: update mode compares it. Kept as a keyed hash, never readable."""
    consent_expires_at: int | None = None
    """When the bank will ask the person anew, microseconds since the epoch; None: it has not said."""
    numbers_told: bool = True
    """False: the bank shows account numbers only in part, so a person who wants to use them types them."""


class Device(Struct, frozen=True):
    """A destination a code can be sent to, masked by the bank: `Device("phone", "xxx-xxx-5309")`."""

    kind: str
    mask: str


class Prompt(Struct, frozen=True):
    """A question; with `options` it is a selection."""

    text: str
    options: tuple[str, ...] = ()


class Challenge(Struct, frozen=True, kw_only=True):
    """`kind`: `device` (choose one of `devices`), `code` (was sent to `sent_to`), `questions` or `selections`
    (`prompts`).
    """

    kind: str
    state: bytes
    devices: tuple[Device, ...] = ()
    sent_to: str | None = None
    prompts: tuple[Prompt, ...] = ()


class Redirect(Struct, frozen=True, kw_only=True):
    """The person must go to `url`, which leads back to `Login.return_url` in the end (see `SendsAway`). `app_url`: on
    a phone it opens the bank's app."""

    url: str
    state: bytes
    app_url: str | None = None


class Refused(Struct, frozen=True, kw_only=True):
    """`error_code` is a code of `gingham/errors.csv`, such as `INVALID_CREDENTIALS`."""

    error_code: str
    error_type: str | None = None
    """Only where the code alone is ambiguous."""


Outcome = Granted | Challenge | Redirect | Refused


class Login(Struct, frozen=True, kw_only=True):
    """What a bank may know about the login it serves."""

    institution: Institution
    environment: str
    now: int
    """The clock's instant, microseconds since the epoch."""
    return_url: str | None = None
    """Where a bank with pages of its own sends the person back to; None when nobody could follow."""
    return_handle: str | None = None
    """Opaque text that the bank gives back with the person, unchanged (OAuth 2: `state`)."""
    renews: bytes | None = None
    """The grant that this bank left at an earlier login of the same connection, which this one renews."""


@runtime_checkable
class Bank(Protocol):
    """Logs people in. One instance serves many institutions."""

    async def log_in(self, login: Login, credentials: Mapping[str, str]) -> Outcome:
        """Begins a login with the values of the institution's `credentials` fields."""
        ...

    async def answer(self, login: Login, state: bytes, answers: Sequence[str]) -> Outcome:
        """Continues with the answers: the index of a device as text, a code, or one text per prompt."""
        ...

    def connect(self, login: Login, grant: bytes) -> "Connection":
        """Opens the data behind a grant, as of `login.now`."""
        ...


@runtime_checkable
class SendsAway(Protocol):
    """A bank that logs people in on its own pages: `log_in` answers with `Redirect`."""

    async def returned(self, login: Login, state: bytes, answer: Mapping[str, str]) -> Outcome:
        """Goes on when the person has come back; `answer` is the query of the return address.

        Checks everything that could have been forged on the way. `Refused` INSUFFICIENT_CREDENTIALS when the
        person declined.
        """
        ...


@runtime_checkable
class KeepsWithGrants(Protocol):
    """A bank whose grants hold something that outlives a login."""

    def renewed(self, before: bytes, after: bytes) -> bytes:
        """The grant to keep where `after` takes the place of `before`."""
        ...


class Connection(Protocol):
    """The data of a grant at one instant. Raises `BankRefused` when the bank no longer honours the grant."""

    async def accounts(self) -> tuple[BankAccount, ...]: ...


class BankRefused(Exception):  # noqa: N818 - it carries a `Refused`
    """The bank answered a read with a typed failure."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.error_code)
        self.refused = refused


class AchNumbers(Struct, frozen=True, kw_only=True):
    reference: str
    account: str
    routing: str
    wire_routing: str | None
    is_tokenized_account_number: bool = False


class EftNumbers(Struct, frozen=True, kw_only=True):
    reference: str
    account: str
    institution: str
    branch: str


class InternationalNumbers(Struct, frozen=True, kw_only=True):
    reference: str
    iban: str
    bic: str


class BacsNumbers(Struct, frozen=True, kw_only=True):
    reference: str
    account: str
    sort_code: str


class Numbers(Struct, frozen=True, kw_only=True):
    ach: tuple[AchNumbers, ...] = ()
    eft: tuple[EftNumbers, ...] = ()
    international: tuple[InternationalNumbers, ...] = ()
    bacs: tuple[BacsNumbers, ...] = ()


@runtime_checkable
class HasNumbers(Protocol):
    async def numbers(self) -> Numbers: ...


class Contact(Struct, frozen=True):
    """An e-mail address or a phone number. `type`: primary, secondary, other / home, work, office, mobile,
    mobile1, other.
    """

    data: str
    primary: bool
    type: str


class Address(Struct, frozen=True, kw_only=True):
    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    primary: bool = False


class Owner(Struct, frozen=True, kw_only=True):
    names: tuple[str, ...]
    emails: tuple[Contact, ...] = ()
    phone_numbers: tuple[Contact, ...] = ()
    addresses: tuple[Address, ...] = ()


@runtime_checkable
class HasOwners(Protocol):
    async def owners(self) -> Mapping[str, tuple[Owner, ...]]:
        """Owners by account reference."""
        ...


class Counterparty(Struct, frozen=True, kw_only=True):
    name: str
    type: str
    """merchant, financial_institution, payment_app, marketplace, payment_terminal or income_source."""
    entity_id: str | None = None
    website: str | None = None
    confidence_level: str | None = None


class BankTransaction(Struct, frozen=True, kw_only=True):
    """One row of an account's history.

    `reference` is stable for the row's life; a posted row that replaces a pending one has a reference of its
    own and names the pending one in `pending_reference`.
    """

    reference: str
    account_reference: str
    date: dt.date
    amount: Decimal
    name: str
    authorized_date: dt.date | None = None
    pending: bool = False
    pending_reference: str | None = None
    iso_currency_code: str | None = "USD"
    original_description: str | None = None
    merchant_name: str | None = None
    merchant_entity_id: str | None = None
    website: str | None = None
    payment_channel: str = "other"
    """online, in store or other."""
    transaction_type: str = "unresolved"
    """digital, place, special or unresolved: deprecated in the API, still sent."""
    category_id: str | None = None
    """Legacy category, a key of `legacy_categories.csv`."""
    personal_finance: str | None = None
    """Detailed personal finance category of the v2 taxonomy."""
    personal_finance_v1: str | None = None
    """The same in the v1 taxonomy."""
    confidence_level: str = "UNKNOWN"
    """Of the personal finance category: VERY_HIGH, HIGH, MEDIUM, LOW or UNKNOWN."""
    counterparties: tuple[Counterparty, ...] = ()
    store_number: str | None = None


@runtime_checkable
class HasTransactions(Protocol):
    async def transactions(self, start: dt.date, end: dt.date) -> tuple[BankTransaction, ...]:
        """Rows dated `start` to `end`, both inclusive, newest first, in the bank's own order within a day."""
        ...
