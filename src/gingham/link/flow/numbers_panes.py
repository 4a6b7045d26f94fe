"""The panes on which account numbers and the codes of micro-deposits are typed."""

from msgspec.structs import replace

from gingham.link.flow.frame import button, frame, mark_wrong, text, tile
from gingham.link.flow.model import AccountChoice, Field, Option, Pane, Session, Text
from gingham.link.flow.numbers import ACCOUNT, AGAIN, CODE, NAME, ROUTING, TYPE, TYPES


def select_auth_type(session: Session) -> Pane:
    return frame(
        session,
        "select_auth_type.title",
        "select_auth_type.help",
        buttons=(
            button(session, "sign_in", "select_auth_type.instant"),
            button(session, "enter_numbers", "select_auth_type.manual", role="secondary"),
        ),
        can_go_back=True,
    )


def numbers(session: Session) -> Pane:
    fields = [_digits(session, name) for name in (ROUTING, ACCOUNT, AGAIN)]
    account = next((each for each in session.accounts if each.key in session.selected), None)
    if session.institution is None or account is None:
        fields += [_type(session), _name(session)]
        help_text = text(session, "numbers.help.by_hand")
    else:
        help_text = text(session, "numbers.help.chosen", account=_called(account))
    shown = frame(
        session,
        "numbers.title",
        fields=mark_wrong(session, tuple(fields)),
        buttons=(button(session, "submit_numbers", "button.continue", fill="values"),),
        can_go_back=True,
    )
    return replace(shown, help=help_text)


def _called(account: AccountChoice) -> str:
    """The account's name with its last digits, unless they are in the name already."""
    told = not account.mask or account.mask in account.name
    return account.name if told else f"{account.name} •••• {account.mask}"


def _digits(session: Session, name: str) -> Field:
    return Field(
        name=name,
        kind="text",
        label=text(session, f"numbers.field.{name}"),
        autocomplete="off",
        inputmode="numeric",
    )


def _type(session: Session) -> Field:
    options = tuple(
        Option(value=each, label=each, title=Text(key=f"numbers.type.{each}"), checked=each == TYPES[0])
        for each in TYPES
    )
    return Field(name=TYPE, kind="radio", label=text(session, "numbers.field.type"), options=options)


def _name(session: Session) -> Field:
    return Field(name=NAME, kind="text", label=text(session, "numbers.field.name"), autocomplete="name")


def numbers_select_institution(session: Session) -> Pane:
    """Banks where the person can sign in, offered instead of the numbers or in their place."""
    cards = session.typed.institutions if session.typed else ()
    tiles = Field(
        name="institution_id",
        kind="tiles",
        label=text(session, "numbers_select_institution.field"),
        options=tuple(tile(card) for card in cards),
    )
    forced = session.config.auth.reroute == "FORCED"
    keep = button(session, "keep_numbers", "numbers_select_institution.keep", role="secondary")
    form = "forced" if forced else "optional"
    return frame(
        session,
        "numbers_select_institution.title",
        f"numbers_select_institution.help.{form}",
        fields=(tiles,),
        buttons=() if forced else (keep,),
        can_go_back=True,
    )


def deposit_code(session: Session) -> Pane:
    account = session.config.pending or next(iter(session.accounts), None)
    code = Field(
        name=CODE,
        kind="code",
        label=text(session, "deposit_code.field"),
        autocomplete="off",
        inputmode="text",
    )
    shown = frame(
        session,
        "deposit_code.title",
        fields=mark_wrong(session, (code,)),
        buttons=(button(session, "submit_deposit_code", "button.continue", fill="values"),),
        can_go_back=session.config.pending is None,
    )
    called = _called(account) if account else ""
    return replace(shown, help=text(session, "deposit_code.help", account=called))
