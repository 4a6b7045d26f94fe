"""Performing what the flow asks for: the catalogue, the bank, and in the end the Item.

Each effect gives the action that goes back into the flow. What a bank leaves behind (a challenge's state, a
grant) never enters the flow's session: it travels in a `Secret`, sealed by the driver.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gingham import network
from gingham.banks.metadata import INSTANT_MICRO_DEPOSITS
from gingham.banks.oauth.registration import RETURN_PATH
from gingham.banks.protocol import (
    BankAccount,
    BankRefused,
    Challenge,
    Granted,
    Institution,
    Login,
    Outcome,
    Redirect,
    Refused,
    SendsAway,
)
from gingham.errors import error
from gingham.items import create, new_accounts, repair
from gingham.items.consent import Consent
from gingham.items.create import Made, Terms
from gingham.items.verification import Proof, TypedNumbers
from gingham.link.flow.failures import INSTITUTION_DOWN, LOGIN_REQUIRED, link_error
from gingham.link.flow.model import (
    AccountChoice,
    Action,
    Answer,
    Challenged,
    Config,
    Created,
    CreateItem,
    CredentialInput,
    Failed,
    FindInstitutions,
    Found,
    InstitutionCard,
    LoggedIn,
    LogIn,
    LookUpInstitution,
    Redirected,
    Selected,
)
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import Writer, items
from gingham.store.items import ItemRow
from gingham.store.links import LinkTokenRow

PHONE_PATH = "/link/oauth/phone/"
"""Where the code on a desk's screen leads: our handle of the visit follows."""
TILES = 10
RESULTS = 20


class Secret(Struct, frozen=True, kw_only=True):
    """What the bank must get back: the state of an open challenge, or the grant once the person is in."""

    state: bytes | None = None
    handle: str | None = None
    """What the bank gives back with a person who is on its own pages."""
    granted: Granted | None = None
    kept: bool = False
    """The Item of update mode has the grant already: `granted` tells only of its accounts."""
    typed: TypedNumbers | None = None
    """Account numbers that the person typed."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a finished session leaves: the accounts that are shared, by key, and the public_token."""

    account_ids: dict[str, str]
    public_token: str
    item_id: str


def find(platform: Platform, config: Config, effect: FindInstitutions, limit: int = TILES) -> Found:
    catalogue = platform.banks.catalogue
    expected: list[Institution] = []
    if effect.query.strip():
        found = catalogue.search(effect.query, country_codes=config.country_codes, limit=RESULTS)
    elif own := [catalogue.get(institution_id) for institution_id in config.institutions]:
        found = [institution for institution in own if institution is not None]
    else:
        expected = _expected(platform, config)
        popular = catalogue.popular(country_codes=config.country_codes, products=config.products, limit=limit)
        found = [*expected, *(bank for bank in popular if bank not in expected)][:limit]
    return Found(
        query=effect.query,
        institutions=tuple(tile(institution) for institution in _by_brand(found)),
        matched=tuple(institution.institution_id for institution in expected),
    )


def _expected(platform: Platform, config: Config) -> list[Institution]:
    """The bank of the link_token's routing number; none where several share it (Plaid docs: /link/token/create)."""
    if config.routing_number is None:
        return []
    banks, total = platform.banks.catalogue.page(
        country_codes=config.country_codes, routing_numbers=(config.routing_number,), count=1
    )
    return banks if total == 1 and banks[0].supported else []


def _by_brand(found: Iterable[Institution]) -> list[Institution]:
    """A brand with several portals is one entry of the list: the best of them stands for all."""
    entries: dict[str, Institution] = {}
    for institution in found:
        entries.setdefault(institution.brand or institution.institution_id, institution)
    return list(entries.values())


async def look_up(platform: Platform, config: Config, effect: LookUpInstitution) -> Selected:
    institution = await network.institution(platform, effect.institution_id)
    if institution is None or not _served(institution, config):
        return Selected(institution=None)
    portals = platform.banks.catalogue.portals(institution.brand)
    return Selected(
        institution=card(institution),
        portals=tuple(card(portal) for portal in portals if _served(portal, config)),
    )


def _served(institution: Institution, config: Config) -> bool:
    return bool(set(institution.country_codes) & set(config.country_codes))


def tile(institution: Institution) -> InstitutionCard:
    """As much as a list shows; the one that is chosen is looked up. The session carries the list from turn to
    turn."""
    return InstitutionCard(
        institution_id=institution.institution_id,
        name=institution.name,
        logo=f"/link/institutions/{institution.institution_id}.svg",
        url=institution.url,
        brand=institution.brand,
    )


def card(institution: Institution) -> InstitutionCard:
    return replace(
        tile(institution),
        color=institution.primary_color,
        oauth=institution.oauth,
        health=institution.health,
        supported=institution.supported,
        products=institution.products,
        instant_deposits=institution.institution_id in INSTANT_MICRO_DEPOSITS,
        fields=tuple(
            CredentialInput(name=field.name, label=field.label, kind=field.kind)
            for field in institution.credentials
        ),
    )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a bank's turn depends on besides the person. `origin`: under which browsers reach this server."""

    environment: str
    origin: str | None
    updated: ItemRow | None
    """The Item of update mode, whose login name must stay the same."""
    shared: frozenset[str] = frozenset()
    """The bank's references of the accounts that it shares."""


async def ask_bank(
    platform: Platform, effect: LogIn | Answer, around: Circumstances, secret: Secret
) -> tuple[Action, Secret]:
    """One turn of the login."""
    institution = await network.institution(platform, effect.institution_id)
    if institution is None:
        return Failed(error=link_error(error("INSTITUTION_NO_LONGER_SUPPORTED"))), secret
    bank = platform.banks.bank_for(institution)
    if isinstance(effect, Answer):
        login = _login(platform, institution, around, None)
        return _result(
            platform, await bank.answer(login, secret.state or b"", effect.answers), secret, around
        )
    handle = platform.ids.secret(24)
    outcome = await bank.log_in(_login(platform, institution, around, handle), effect.values)
    action, kept = _result(platform, outcome, Secret(handle=handle), around)
    if isinstance(action, Redirected) and institution.handoff == "code" and around.origin is not None:
        action = replace(action, phone_url=f"{around.origin}{PHONE_PATH}{handle}")
    return action, kept


async def return_from_bank(
    platform: Platform, institution_id: str, answer: Mapping[str, str], around: Circumstances, secret: Secret
) -> tuple[Action, Secret]:
    """The bank's turn when it has sent the person back with `answer`."""
    institution = platform.banks.institution(institution_id)
    if institution is not None:
        bank: object = platform.banks.bank_for(institution)
        if isinstance(bank, SendsAway):
            login = _login(platform, institution, around, secret.handle)
            outcome = await bank.returned(login, secret.state or b"", answer)
            return _result(platform, outcome, Secret(), around)
    return Failed(error=link_error(error("INSTITUTION_NO_LONGER_SUPPORTED"))), Secret()


async def open_item(platform: Platform, around: Circumstances) -> tuple[Action, Secret]:
    """What the bank shows to the login that the Item of update mode has."""
    item = around.updated
    institution = await network.institution(platform, item.institution_id) if item is not None else None
    if institution is None:
        return Failed(error=link_error(error("INSTITUTION_NO_LONGER_SUPPORTED"))), Secret()
    if item is None or item.error_code is not None:  # since the session began
        return Failed(error=LOGIN_REQUIRED), Secret()
    if institution.health == "DOWN":
        return Failed(error=INSTITUTION_DOWN), Secret()
    grant = platform.vault.open(item.grant, item.item_id)
    bank = platform.banks.bank_of_grant(institution, grant)
    try:
        told = await bank.connect(_login(platform, institution, around, None), grant).accounts()
    except BankRefused as problem:
        refused = problem.refused
        return Failed(error=link_error(error(refused.error_code, type=refused.error_type))), Secret()
    granted = Granted(grant=b"", accounts=tuple(told))
    return LoggedIn(accounts=choices(told, around.shared)), Secret(granted=granted, kept=True)


def _login(platform: Platform, institution: Institution, around: Circumstances, handle: str | None) -> Login:
    return Login(
        institution=institution,
        environment=around.environment,
        now=platform.clock.now(),
        return_url=f"{around.origin}{RETURN_PATH}" if around.origin is not None else None,
        return_handle=handle,
        renews=_renewed(platform, institution, around.updated),
    )


def _renewed(platform: Platform, institution: Institution, item: ItemRow | None) -> bytes | None:
    """The grant of the Item in update mode, for the bank that left it and for no other."""
    if item is None or not item.grant or item.institution_id != institution.institution_id:
        return None
    grant = platform.vault.open(item.grant, item.item_id)
    same = platform.banks.bank_of_grant(institution, grant) is platform.banks.bank_for(institution)
    return grant if same else None


def _result(
    platform: Platform, outcome: Outcome, secret: Secret, around: Circumstances
) -> tuple[Action, Secret]:
    match outcome:
        case Granted():
            if around.updated is not None and not _same_person(platform, outcome, around.updated):
                return Failed(error=link_error(error("INVALID_UPDATED_USERNAME"))), Secret()
            accounts = choices(outcome.accounts, around.shared)
            return LoggedIn(accounts=accounts, numbers_told=outcome.numbers_told), Secret(granted=outcome)
        case Challenge():
            return Challenged(challenge=msgspec.structs.replace(outcome, state=b"")), Secret(
                state=outcome.state
            )
        case Redirect():
            redirected = Redirected(url=outcome.url, app_url=outcome.app_url)
            return redirected, Secret(state=outcome.state, handle=secret.handle)
        case Refused():
            return Failed(error=link_error(error(outcome.error_code, type=outcome.error_type))), secret


def _same_person(platform: Platform, granted: Granted, item: ItemRow) -> bool:
    if item.username_digest is None or granted.username is None:
        return True
    return platform.vault.keyed_digest(granted.username, "username") == item.username_digest


def choices(
    accounts: Sequence[BankAccount], shared: frozenset[str] = frozenset()
) -> tuple[AccountChoice, ...]:
    return tuple(
        AccountChoice(
            key=str(place),
            name=account.name,
            mask=account.mask,
            type=account.type,
            subtype=account.subtype,
            shared=account.reference in shared,
        )
        for place, account in enumerate(accounts)
    )


async def create_item(
    platform: Platform,
    writer: Writer,
    effect: CreateItem,
    token: LinkTokenRow,
    request: LinkRequest,
    secret: Secret,
    updated: ItemRow | None,
    config: Config,
) -> tuple[Created | Failed, Shared | None]:
    """Makes the Item, or in update mode mends the one there is, inside the transaction that also ends the
    session's wait."""
    if effect.institution_id is None:
        return await _create_by_hand(platform, writer, effect, token, request, secret)
    institution = platform.banks.institution(effect.institution_id)
    if institution is None or secret.granted is None:
        raise error("INTERNAL_SERVER_ERROR")
    consent = Consent(scopes=config.data_types, use_cases=config.use_cases) if config.data_types else None
    if updated is not None:
        return await _mend(platform, writer, secret, updated, effect.accounts, consent)
    offered = secret.granted.accounts
    shared = [offered[int(key)] for key in effect.accounts]
    products = tuple(product for product in request.wanted if product in institution.products)
    terms = replace(_terms(token, request), products=products, consent=consent)
    made: Made = await create.create(
        platform, writer, terms, institution, secret.granted, shared, _proof(effect, secret)
    )
    ids = {key: account.account_id for key, account in zip(effect.accounts, made.accounts, strict=True)}
    return Created(), Shared(account_ids=ids, public_token=made.public_token, item_id=made.item.item_id)


def _terms(token: LinkTokenRow, request: LinkRequest) -> Terms:
    """What was asked for, but the products."""
    return Terms(
        client_id=token.client_id,
        environment=token.environment,
        products=(),
        webhook=request.webhook,
        client_user_id=request.client_user_id,
        user_id=request.user_id,
        days_requested=request.days_requested,
    )


def _proof(effect: CreateItem, secret: Secret) -> Proof | None:
    if effect.auth_method is None or secret.typed is None:
        return None
    return Proof(method=effect.auth_method, status=effect.verification_status, numbers=secret.typed)


async def _create_by_hand(
    platform: Platform,
    writer: Writer,
    effect: CreateItem,
    token: LinkTokenRow,
    request: LinkRequest,
    secret: Secret,
) -> tuple[Created, Shared]:
    """An Item of typed numbers alone: no institution, one account, and nothing but auth (Plaid docs: Auth)."""
    proof = _proof(effect, secret)
    if proof is None:
        raise error("INTERNAL_SERVER_ERROR")
    terms = replace(_terms(token, request), products=("auth",))
    said = numbers_alone(proof.numbers)
    granted = Granted(grant=b"", accounts=(said,))
    made = await create.create(platform, writer, terms, None, granted, (said,), proof)
    ids = {key: account.account_id for key, account in zip(effect.accounts, made.accounts, strict=True)}
    return Created(), Shared(account_ids=ids, public_token=made.public_token, item_id=made.item.item_id)


def numbers_alone(typed: TypedNumbers) -> BankAccount:
    """The account, as far as its numbers tell."""
    mask = typed.account[-4:]
    return BankAccount(
        reference=mask,
        name=f"{typed.type.capitalize()} ...{mask}",
        official_name=None,
        mask=mask,
        type="depository",
        subtype=typed.type,
        available=None,
        current=None,
    )


async def _mend(
    platform: Platform,
    writer: Writer,
    secret: Secret,
    item: ItemRow,
    chosen: tuple[str, ...],
    consent: Consent | None,
) -> tuple[Created | Failed, Shared | None]:
    """`chosen`: keys of the accounts that are shared from now on; empty: the same as before. Fails where the login
    that was to be kept broke meanwhile."""
    granted = secret.granted
    if granted is None:
        raise error("INTERNAL_SERVER_ERROR")
    shared = [granted.accounts[int(key)] for key in chosen] or None
    if secret.kept:
        locked = await items.lock_item(writer, item.item_id)
        if locked is None or locked.error_code is not None:
            return Failed(error=LOGIN_REQUIRED), None
        by_reference = await repair.change(platform, writer, locked, shared, consent)
    else:
        by_reference = await repair.repair(platform, writer, item, granted, shared, consent)
    if shared is not None:
        now = await items.lock_item(writer, item.item_id) or item
        await new_accounts.saw(writer, now, granted.accounts)
    ids = {
        str(place): by_reference[account.reference]
        for place, account in enumerate(granted.accounts)
        if account.reference in by_reference
    }
    public_token = await create.mint_public_token(platform, writer, item, for_update=True)
    return Created(accounts=tuple(ids)), Shared(
        account_ids=ids, public_token=public_token, item_id=item.item_id
    )
