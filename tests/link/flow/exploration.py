"""Every session that can be reached with the actions of a small world, found once and shared by the tests."""

from collections.abc import Iterator
from functools import cache

import msgspec
from msgspec.structs import replace
from tests.link.flow.world import (
    ACCOUNTS,
    CARDS,
    CHECKING,
    CLOSED,
    CODE,
    CODE_SENT,
    CREDENTIALS,
    DEVICES,
    DOWN,
    PLATYPUS,
    QUESTIONS,
    REDIRECT,
    SELECTIONS,
    SIMPLE,
    SLOW,
    TOO_OLD,
    USER,
    error,
    new_session,
)

from gingham.link.flow import step
from gingham.link.flow.model import (
    Action,
    Back,
    Challenge,
    Challenged,
    ChooseAnother,
    Close,
    CloseOauth,
    ConfirmExit,
    Continue,
    Created,
    Expired,
    Failed,
    FailOauth,
    Finish,
    ForceExit,
    Found,
    LoggedIn,
    Open,
    OpenOauth,
    Redirected,
    Reopened,
    Resume,
    Retry,
    Search,
    Selected,
    SelectInstitution,
    Session,
    SubmitAccounts,
    SubmitCredentials,
    SubmitMfa,
    View,
)
from gingham.link.flow.moves import MAX_FAILED_LOGINS
from gingham.link.flow.signing_in import CREATING

CONFIGS: tuple[dict[str, object], ...] = (
    {},
    {"account_selection": "single", "products": ("auth",)},
    {"account_selection": "all", "account_filters": {"investment": ("all",)}},
    {"institution_id": "ins_1"},
    {"institution_id": "ins_1", "multi_item": True},
    {"update_mode": True, "institution_id": "ins_1", "account_selection": "none"},
    {"update_mode": True, "institution_id": "ins_1"},
)

CODES = (
    "INVALID_CREDENTIALS",
    "INVALID_MFA",
    "INVALID_SEND_METHOD",
    "INVALID_UPDATED_USERNAME",
    "INVALID_LINK_TOKEN",
    "MFA_NOT_SUPPORTED",
    "A_CODE_OF_TOMORROW",
)
"""One of each kind the flow treats differently."""

ACTIONS: tuple[Action, ...] = (
    Open(),
    Continue(),
    Search(query="heron"),
    Search(query=""),
    SelectInstitution(institution_id="ins_1"),
    CREDENTIALS,
    SubmitCredentials(values={"username": USER, "password": " "}),
    SubmitMfa(answers=["0"]),
    SubmitMfa(answers=[CODE]),
    SubmitMfa(answers=["Red", "Yes"]),
    SubmitMfa(answers=["Red", ""]),
    SubmitMfa(answers=[]),
    SubmitAccounts(accounts=["0"]),
    SubmitAccounts(accounts=["4"]),
    SubmitAccounts(accounts=["0", "1"]),
    SubmitAccounts(accounts=[]),
    SubmitAccounts(accounts=["nonsense"]),
    OpenOauth(mode="popup"),
    OpenOauth(mode="redirect"),
    CloseOauth(),
    FailOauth(),
    Retry(),
    ChooseAnother(),
    Back(),
    Close(),
    Resume(),
    ConfirmExit(),
    Finish(),
    ForceExit(),
    Found(query="", institutions=CARDS),
    Found(query="heron", institutions=()),
    Found(query="heron", institutions=CARDS[1:2]),
    *(Selected(institution=each) for each in (PLATYPUS, SLOW, DOWN, CLOSED, SIMPLE, REDIRECT, None)),
    Redirected(url="https://redirect.test/authorize"),
    Reopened(),
    LoggedIn(accounts=ACCOUNTS),
    LoggedIn(accounts=(CHECKING,)),
    LoggedIn(accounts=()),
    *(Challenged(challenge=each) for each in (DEVICES, CODE_SENT, QUESTIONS, SELECTIONS)),
    Challenged(challenge=Challenge(kind="code", state=b"bank-secret")),
    Challenged(challenge=Challenge(kind="questions", state=b"")),
    Challenged(challenge=Challenge(kind="a_kind_of_tomorrow", state=b"")),
    *(Failed(error=error(code)) for code in CODES),
    Created(),
    Created(accounts=("0", "nonsense")),
    Expired(error=TOO_OLD),
)


def _essence(session: Session) -> bytes:
    """What decides about the session's future; the rest is folded, or there would be half a million."""
    over = (session.view, session.back_to)
    folded = replace(
        session,
        error=session.error if session.view is View.ERROR else None,
        exit_status=None,
        linked=int(session.linked > 0),
        failed_logins=int(session.failed_logins == MAX_FAILED_LOGINS - 1),
        results=session.results[:1],
        query=session.query if session.view is View.SELECT_INSTITUTION else "",
        accounts=session.accounts if View.SELECT_ACCOUNTS in over or session.waiting == CREATING else (),
        selected=session.selected if View.SELECT_ACCOUNTS in over or session.waiting == CREATING else (),
    )
    return msgspec.json.encode(folded)


@cache
def reachable() -> tuple[Session, ...]:
    """All sessions, each once, the nearest to the start first."""
    fresh = [new_session(**config) for config in CONFIGS]
    queue = fresh + [replace(session, failed_logins=MAX_FAILED_LOGINS - 1) for session in fresh]
    seen = {_essence(session) for session in queue}
    for session in queue:
        for action in ACTIONS:
            after = step(session, action).session
            if after is not session and (essence := _essence(after)) not in seen:
                seen.add(essence)
                queue.append(after)
    return tuple(queue)


def unfinished() -> Iterator[Session]:
    return (session for session in reachable() if session.finished is None)
