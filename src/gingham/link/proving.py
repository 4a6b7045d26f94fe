"""Performing what the flow asks about account numbers that a person typed.

The numbers themselves never enter the flow's session: they travel in the `Secret`, sealed by the driver.
"""

from msgspec.structs import replace

from gingham.banks.protocol import BankRefused, HasNumbers, Login, Numbers
from gingham.banks.sandbox import deposits
from gingham.errors import PlaidError, error
from gingham.items import create, verification
from gingham.items.verification import TypedNumbers
from gingham.link.effects import Circumstances, Secret, Shared, card, numbers_alone
from gingham.link.flow.failures import link_error
from gingham.link.flow.model import (
    AccountChoice,
    Action,
    CheckCode,
    CheckNumbers,
    CodeChecked,
    Config,
    Failed,
    LookUpNumbers,
    NumbersChecked,
)
from gingham.link.flow.numbers import ACCOUNT, NAME, ROUTING, TYPE
from gingham.platform import Platform
from gingham.store import Writer
from gingham.store.items import ItemRow

KEY = "0"
"""Of the one account of such an Item."""
REROUTES = 5
"""Banks with one routing number that are offered at most."""


def look_up(platform: Platform, config: Config, effect: LookUpNumbers) -> tuple[NumbersChecked, Secret]:
    """What is known of numbers that were typed without a login."""
    values = effect.values
    typed = TypedNumbers(
        routing=values[ROUTING],
        account=values[ACCOUNT],
        name=" ".join(values[NAME].split()),
        type=values[TYPE],
        code=deposits.CODE,
    )
    banks, _ = platform.banks.catalogue.page(
        country_codes=config.country_codes,
        products=config.products,
        routing_numbers=(typed.routing,),
        count=REROUTES,
    )
    said = numbers_alone(typed)
    known = NumbersChecked(
        institutions=tuple(card(bank) for bank in banks if bank.supported and bank.health != "DOWN"),
        instant=deposits.takes_instant_deposits(typed.routing),
        database_status=deposits.database_status(typed.account),
        account=AccountChoice(key=KEY, name=said.name, mask=said.mask, type=said.type, subtype=said.subtype),
    )
    return known, Secret(typed=typed)


async def check(
    platform: Platform, effect: CheckNumbers, around: Circumstances, secret: Secret
) -> tuple[Action, Secret]:
    """Compares numbers with those of the bank where the person has signed in."""
    typed = TypedNumbers(routing=effect.values[ROUTING], account=effect.values[ACCOUNT])
    known = replace(secret, typed=typed)
    institution = platform.banks.institution(effect.institution_id)
    granted = secret.granted
    if institution is None or granted is None:
        return Failed(error=link_error(error("INTERNAL_SERVER_ERROR"))), secret
    login = Login(institution=institution, environment=around.environment, now=platform.clock.now())
    connection = platform.banks.bank_of_grant(institution, granted.grant).connect(login, granted.grant)
    try:
        told = await connection.numbers() if isinstance(connection, HasNumbers) else Numbers()
    except BankRefused as refusal:
        refused = refusal.refused
        return Failed(error=link_error(error(refused.error_code, type=refused.error_type))), secret
    reference = granted.accounts[int(effect.account)].reference
    own = next((row for row in told.ach if row.reference == reference), None)
    if own is None:
        return NumbersChecked(), known
    matched = own.account == typed.account and typed.routing in (own.routing, own.wire_routing)
    return NumbersChecked(matched=matched), known


async def check_code(
    platform: Platform, writer: Writer, effect: CheckCode, secret: Secret, updated: ItemRow | None
) -> tuple[Action, Shared | None]:
    """Compares the code of a micro-deposit: of an Item's (update mode), or of this very session's."""
    if updated is None:
        if verification.right(secret.typed, effect.code):
            return CodeChecked(), None
        return Failed(error=link_error(error("INCORRECT_DEPOSIT_VERIFICATION"))), None
    tried = await verification.try_code(platform, writer, updated, effect.code)
    if isinstance(tried, PlaidError):
        return Failed(error=link_error(tried)), None
    public_token = await create.mint_public_token(platform, writer, updated, for_update=True)
    shared = Shared(account_ids={KEY: tried.account_id}, public_token=public_token, item_id=updated.item_id)
    return CodeChecked(), shared
