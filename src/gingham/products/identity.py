"""/identity/get: who owns the accounts (Plaid docs: API reference, Sandbox)."""

from msgspec import Struct

from gingham.banks.protocol import BankRefused, Contact, HasOwners
from gingham.banks.protocol import Owner as BankOwner
from gingham.errors import error
from gingham.items.lookup import ItemView
from gingham.platform import Platform
from gingham.products.access import not_supported, open_bank


class AddressData(Struct, frozen=True, kw_only=True):
    city: str | None
    region: str | None
    street: str | None
    postal_code: str | None
    country: str | None


class OwnerAddress(Struct, frozen=True, kw_only=True):
    data: AddressData
    primary: bool


class Owner(Struct, frozen=True, kw_only=True):
    names: tuple[str, ...]
    phone_numbers: tuple[Contact, ...]
    emails: tuple[Contact, ...]
    addresses: tuple[OwnerAddress, ...]


async def owners(platform: Platform, view: ItemView) -> dict[str, tuple[Owner, ...]]:
    """Owners by account_id. Raises `PlaidError` PRODUCTS_NOT_SUPPORTED or the bank's own failure."""
    _, connection = open_bank(platform, view.row)
    if not isinstance(connection, HasOwners):
        raise error("PRODUCTS_NOT_SUPPORTED", message=not_supported(["identity"]))
    try:
        known = await connection.owners()
    except BankRefused as refusal:
        raise error(refusal.refused.error_code, type=refusal.refused.error_type) from None
    return {
        account.account_id: tuple(_owner(said) for said in known.get(account.reference, ()))
        for account in view.accounts
    }


def _owner(said: BankOwner) -> Owner:
    return Owner(
        names=said.names,
        phone_numbers=said.phone_numbers,
        emails=said.emails,
        addresses=tuple(
            OwnerAddress(
                data=AddressData(
                    city=address.city,
                    region=address.region,
                    street=address.street,
                    postal_code=address.postal_code,
                    country=address.country,
                ),
                primary=address.primary,
            )
            for address in said.addresses
        ),
    )
