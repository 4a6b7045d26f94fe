"""Performing what the flow asks about people who come back: their number, its code, their saved logins.

The number itself never enters the flow's session. It travels in a `Caller`, sealed by the driver beside the
bank's secret.
"""

import hmac

from msgspec import Struct
from msgspec.structs import replace

from gingham import network
from gingham.banks.protocol import Granted, Refused
from gingham.banks.sandbox.returning import OTP
from gingham.clock import MINUTE
from gingham.errors import error
from gingham.items import remembered
from gingham.link.effects import Secret, card, choices
from gingham.link.flow.failures import INSTITUTION_DOWN, INVALID_OTP, LOGIN_REQUIRED, link_error
from gingham.link.flow.model import (
    Action,
    CheckOtp,
    Config,
    Failed,
    FindPerson,
    OpenSaved,
    OtpSent,
    PersonFound,
    SavedOpened,
    SendOtp,
    Verified,
)
from gingham.link.flow.phone_numbers import hint
from gingham.platform import Platform

OTP_LIFETIME = 10 * MINUTE

AboutCaller = FindPerson | SendOtp | CheckOtp
"""Effects that are performed at once: they ask nobody outside."""


class Caller(Struct, frozen=True, kw_only=True):
    """Somebody who gave a number. `phone`: E.164. `sent_at`: when a code was sent, None before the first."""

    phone: str
    sent_at: int | None = None
    verified: bool = False

    def __repr__(self) -> str:  # a traceback or a log must never show a number
        return "Caller(...)"


async def perform(
    platform: Platform,
    environment: str,
    config: Config,
    effect: AboutCaller,
    caller: Caller | None,
    named: str | None,
) -> tuple[Action, Caller | None]:
    """`named`: the number of the link_token. Returns what goes back into the flow, and what to seal."""
    now = platform.clock.now()
    if isinstance(effect, FindPerson):
        phone = effect.phone if effect.phone is not None else named or ""
        known = await remembered.is_known(platform, environment, phone)
        found = PersonFound(known=known, hint=hint(phone), asked=effect.asked)
        # A code goes out to known numbers only; the sandbox's code needs no sending.
        return found, Caller(phone=phone, sent_at=now if known else None)
    if caller is None:
        return Failed(error=link_error(error("INTERNAL_SERVER_ERROR"))), None
    if isinstance(effect, SendOtp):
        return OtpSent(), replace(caller, sent_at=now)
    if not _is_right(effect.code, caller, now):
        return Failed(error=INVALID_OTP), caller
    saved = [
        institution
        for institution_id in await remembered.institutions(platform, environment, caller.phone)
        if (institution := await network.institution(platform, institution_id)) is not None
        and set(institution.country_codes) & set(config.country_codes)
    ]
    return Verified(saved=tuple(card(each) for each in saved)), replace(caller, verified=True, sent_at=None)


def _is_right(code: str, caller: Caller, now: int) -> bool:
    fresh = caller.sent_at is not None and now < caller.sent_at + OTP_LIFETIME
    return fresh and hmac.compare_digest(code.encode(), OTP.encode())


async def open_saved(
    platform: Platform, environment: str, effect: OpenSaved, caller: Caller | None
) -> tuple[Action, Secret]:
    """Opens the bank with the login that the verified person has saved."""
    institution = await network.institution(platform, effect.institution_id)
    if institution is None or caller is None or not caller.verified:
        return Failed(error=LOGIN_REQUIRED), Secret()
    if institution.health == "DOWN":  # since the person saw it among their banks
        return Failed(error=INSTITUTION_DOWN), Secret()
    outcome = await remembered.open_login(platform, environment, caller.phone, institution)
    if isinstance(outcome, Refused):
        return Failed(error=link_error(error(outcome.error_code, type=outcome.error_type))), Secret()
    granted: Granted = outcome.granted
    opened = SavedOpened(
        accounts=choices(granted.accounts),
        shared=tuple(
            str(place)
            for place, account in enumerate(granted.accounts)
            if account.reference in outcome.shared
        ),
        automatic=outcome.automatic,
    )
    return opened, Secret(granted=granted)
