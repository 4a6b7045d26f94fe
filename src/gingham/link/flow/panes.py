"""`pane`: what the person sees, as data. One builder a view; texts are message keys of
`gingham/link/messages`."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from gingham.link.flow import (
    login_panes,
    numbers_panes,
    recovery,
    recovery_panes,
    returning,
    returning_panes,
    telling,
)
from gingham.link.flow.auth_type import found_nothing
from gingham.link.flow.choosing import may_choose, obstacle
from gingham.link.flow.failures import ADVICE, UNKNOWN, Advice
from gingham.link.flow.frame import button, frame, known, mark_wrong, text, tile
from gingham.link.flow.model import (
    AccountChoice,
    Button,
    Field,
    Option,
    Pane,
    Session,
    Text,
    View,
)
from gingham.link.flow.moves import SUCCESS
from gingham.link.flow.offer import selection
from gingham.link.flow.sharing import FIELD as ACCOUNTS_FIELD
from gingham.link.flow.signing_in import ANSWERING, CREATING, LOGGING_IN

ACCOUNT_TYPES = ("depository", "credit", "loan", "investment")
"""In the order their groups are shown; every other type comes last."""

LOADING_TEXTS: Mapping[str | None, str] = {
    LOGGING_IN: "loading.signing_in",
    ANSWERING: "loading.answering",
    CREATING: "loading.connecting",
}
"""Title of the loading pane by the effect that is waited for."""


PENDING: Mapping[str | None, str] = {
    "pending_automatic_verification": "connected.deposit.automatic",
    "pending_manual_verification": "connected.deposit.manual",
}
"""Texts of the success pane while a micro-deposit is under way."""


def pane(session: Session) -> Pane:
    """The pane of the session's view. Never fails, and never shows what was typed."""
    return replace(_BUILDERS[session.view](session), disclosure=telling.disclosure(session))


# --- consent and institution --------------------------------------------------------------------------------


def _consent(session: Session) -> Pane:
    update, kept = session.config.update_mode, session.config.account_selection == "none"
    mode = "consent.update" if update else "consent"
    points = ["same" if kept else "choice", "password", *([] if update else ["nothing_yet"])]
    if session.config.keeps_login:
        mode = "consent.kept"
        points.remove("password")
    return frame(
        session,
        f"{mode}.title",
        f"{mode}.help",
        points=tuple(text(session, f"consent.point.{point}") for point in points),
        fields=(returning_panes.phone_field(session),) if returning.asks(session) else (),
        buttons=(
            button(session, "continue", "consent.button", fill="values" if returning.asks(session) else None),
        ),
    )


def _select_institution(session: Session) -> Pane:
    tiles = text(session, "select_institution.popular")
    if session.query:
        tiles = text(session, "select_institution.results", count=str(len(session.results)))
    nothing = session.query and not session.results
    by_hand = button(session, "enter_numbers", "select_auth_type.manual", role="secondary")
    return frame(
        session,
        "select_institution.title",
        "select_institution.help",
        fields=(
            Field(
                name="query",
                kind="search",
                label=text(session, "select_institution.search"),
                autocomplete="off",
                inputmode="search",
                value=session.query,
            ),
            Field(
                name="institution_id",
                kind="tiles",
                label=tiles,
                options=tuple(tile(card, card.brand) for card in session.results),
            ),
        ),
        notice=text(session, "select_institution.nothing", query=session.query) if nothing else None,
        buttons=(by_hand,) if found_nothing(session) else (),
        can_go_back=True,
    )


def _select_brand(session: Session) -> Pane:
    brand = next((card.brand for card in session.portals if card.brand), "")
    shown = frame(
        session,
        "select_brand.title",
        "select_brand.help",
        fields=(
            Field(
                name="institution_id",
                kind="tiles",
                label=text(session, "select_brand.field", brand=brand),
                options=tuple(tile(card) for card in session.portals),
            ),
        ),
        can_go_back=True,
    )
    return replace(shown, title=text(session, "select_brand.title", brand=brand))


def _loading(session: Session) -> Pane:
    title = LOADING_TEXTS.get(session.waiting, "loading.title") if session.institution else "loading.title"
    return frame(session, title, "loading.help", busy=True)


# --- sharing ------------------------------------------------------------------------------------------------


def _select_accounts(session: Session) -> Pane:
    single = selection(session) == "single"
    form = "select_accounts.single" if single else "select_accounts.several"
    choice = Field(
        name=ACCOUNTS_FIELD,
        kind="radio" if single else "checkbox",
        label=text(session, "select_accounts.field"),
        options=tuple(_account(account, account.key in session.selected) for account in _grouped(session)),
    )
    return frame(
        session,
        f"{form}.title",
        f"{form}.help",
        fields=mark_wrong(session, (choice,)),
        buttons=(button(session, "submit_accounts", "button.share", fill="accounts"),),
        can_go_back=session.view is View.SELECT_SAVED_ACCOUNTS,
    )


def _grouped(session: Session) -> list[AccountChoice]:
    """Accounts of one type together; within it, the bank's order."""
    places = {kind: place for place, kind in enumerate(ACCOUNT_TYPES)}
    return sorted(session.accounts, key=lambda account: places.get(account.type, len(places)))


def _account(account: AccountChoice, checked: bool) -> Option:
    return Option(
        value=account.key,
        label=account.name,
        note=f"•••• {account.mask}" if account.mask else None,
        checked=checked,
        group=Text(key=f"account.type.{known(account.type, frozenset(ACCOUNT_TYPES))}"),
    )


def _connected(session: Session) -> Pane:
    several, offers = session.config.multi_item, returning.offers_to_save(session)
    mode = (
        "connected.update" if session.config.update_mode else "connected.several" if several else "connected"
    )
    if session.config.keeps_login:
        mode = "connected.kept"
    more = (button(session, "choose_another", "button.add_another", role="secondary"),) if several else ()
    ends = (button(session, "finish", "button.finish"), *more)
    if session.verification_status in PENDING:
        mode = PENDING[session.verification_status]
    elif session.institution is None:
        mode = "connected.numbers"
    return frame(
        session,
        f"{mode}.title",
        "connected.save.help" if offers else f"{mode}.help",
        help_values={"last_four": session.phone_hint} if offers else None,
        buttons=returning_panes.offer(session) if offers else ends,
        tone="good",
    )


# --- errors and the end -------------------------------------------------------------------------------------


def _error(session: Session) -> Pane:
    code = session.error.error_code if session.error else ""
    advice = ADVICE.get(code, UNKNOWN)
    if advice.names_institution and session.institution is None:
        advice = UNKNOWN
    # In update mode a bank cannot be changed, and a text must not speak of another one.
    helps = may_choose(session) or session.config.pending is not None
    explained = f"error.{advice.name}.help" if advice.retry or helps else "error.update.help"
    return frame(
        session,
        f"error.{advice.name}.title",
        "error.followed" if _waits(session) else explained,
        buttons=_ways_on(session, advice),
        details=(text(session, "error.code", code=code),) if code else (),
        tone="bad",
    )


def _ways_on(session: Session, advice: Advice) -> tuple[Button, ...]:
    """What helps comes first; leaving is always possible and stands last."""
    ways = []
    if advice.retry and obstacle(session) is None:
        ways.append(("retry", "button.retry"))
    if may_choose(session) and (session.institution is not None or not advice.retry):
        ways.append(("choose_another", "button.choose_another"))
    if recovery.offers(session):
        ways.append(("follow_issue", "button.follow_issue"))
    ways.append(("close", "button.exit"))
    more = ("secondary",) * (len(ways) - 3)
    roles = ("primary", "secondary", *more, "link")
    return tuple(
        button(session, action, label, role) for (action, label), role in zip(ways, roles, strict=False)
    )


def _waits(session: Session) -> bool:
    """The person waits for this bank's recovery."""
    return session.institution is not None and session.followed == session.institution.institution_id


def _exit(session: Session) -> Pane:
    mode = "exit.update" if session.config.update_mode else "exit.several" if session.linked else "exit"
    return frame(
        session,
        f"{mode}.title",
        f"{mode}.help",
        buttons=(
            button(session, "resume", "button.resume"),
            button(session, "confirm_exit", "button.confirm_exit", role="secondary"),
        ),
        can_close=False,
    )


def _done(session: Session) -> Pane:
    """For surfaces that stay open after the end: a hosted page, a terminal."""
    good = session.finished == SUCCESS
    return frame(
        session,
        "done.success" if good else "done.exit",
        "done.help",
        tone="good" if good else "info",
        can_close=False,
    )


_BUILDERS: Mapping[View, Callable[[Session], Pane]] = {
    View.START: _loading,
    View.CONSENT: _consent,
    View.SUBMIT_PHONE: returning_panes.submit_phone,
    View.VERIFY_PHONE: returning_panes.verify_phone,
    View.SELECT_SAVED_INSTITUTION: returning_panes.select_saved_institution,
    View.SELECT_SAVED_ACCOUNTS: _select_accounts,
    View.SELECT_INSTITUTION: _select_institution,
    View.SELECT_BRAND: _select_brand,
    View.CREDENTIALS: login_panes.credentials,
    View.OAUTH: login_panes.oauth,
    View.RECAPTCHA: login_panes.recaptcha,
    View.MFA_DEVICE: login_panes.mfa_device,
    View.MFA_CODE: login_panes.mfa_code,
    View.MFA_QUESTIONS: login_panes.mfa_questions,
    View.MFA_SELECTIONS: login_panes.mfa_selections,
    View.LOADING: _loading,
    View.SELECT_ACCOUNTS: _select_accounts,
    View.SELECT_AUTH_TYPE: numbers_panes.select_auth_type,
    View.NUMBERS: numbers_panes.numbers,
    View.NUMBERS_SELECT_INSTITUTION: numbers_panes.numbers_select_institution,
    View.SAME_DAY_CODE: numbers_panes.deposit_code,
    View.INSTANT_CODE: numbers_panes.deposit_code,
    View.CONNECTED: _connected,
    View.VERIFY_TO_SAVE: returning_panes.verify_to_save,
    View.ERROR: _error,
    View.FOLLOW_ISSUE: recovery_panes.follow_issue,
    View.VERIFY_EMAIL: recovery_panes.verify_email,
    View.EXIT: _exit,
    View.DONE: _done,
}
