"""A small world for the tests of the flow: banks, accounts, and a walk that plays the person and the driver."""

from gingham.link.flow import step
from gingham.link.flow.failures import INSTITUTION_DOWN
from gingham.link.flow.model import (
    AccountChoice,
    Action,
    Challenge,
    Config,
    Continue,
    CredentialInput,
    Device,
    Effect,
    Event,
    Found,
    InstitutionCard,
    LinkError,
    Open,
    Prompt,
    Selected,
    SelectInstitution,
    Session,
    SubmitCredentials,
    SubmitNumbers,
)

USER = "ada-user-name"
PASSWORD = "correct-horse-battery"
CODE = "one-time-271828"
EMAIL = "ada@waits.test"

FIELDS = (
    CredentialInput(name="username", label="Username"),
    CredentialInput(name="password", label="Password", kind="password"),
)
PRODUCTS = ("auth", "investments", "liabilities", "transactions")


def card(institution_id: str, name: str, **changes: object) -> InstitutionCard:
    values = {
        "products": PRODUCTS,
        "fields": FIELDS,
        "url": f"https://www.{institution_id}.test/login",
        **changes,
    }
    return InstitutionCard(
        institution_id=institution_id,
        name=name,
        logo=f"/link/institutions/{institution_id}.svg",
        **values,  # type: ignore[arg-type]
    )


PLATYPUS = card("ins_1", "First Platypus Bank")
HERON = card("ins_2", "Heron Credit Union")
SLOW = card("ins_3", "Slow Bank", health="DEGRADED")
DOWN = card("ins_4", "Sleeping Bank", health="DOWN")
CLOSED = card("ins_5", "Closed Bank", supported=False)
SIMPLE = card("ins_6", "Simple Bank", products=("transactions",))
REDIRECT = card("ins_7", "Redirect Bank", oauth=True)
DEPOSITS = card("ins_8", "Deposit Bank", instant_deposits=True)
PERSONAL = card("ins_20", "Brand Bank - Personal", brand="Brand Bank")
BUSINESS = card("ins_21", "Brand Bank - Business", brand="Brand Bank", oauth=True)
PORTALS = (PERSONAL, BUSINESS)
CARDS = (PLATYPUS, HERON, SLOW, DOWN, CLOSED, SIMPLE, REDIRECT)

CHECKING = AccountChoice(key="0", name="Checking", mask="0000", type="depository", subtype="checking")
SAVING = AccountChoice(key="1", name="Saving", mask="1111", type="depository", subtype="savings")
CD = AccountChoice(key="2", name="CD", mask="2222", type="depository", subtype="cd")
CREDIT_CARD = AccountChoice(key="3", name="Card", mask="3333", type="credit", subtype="credit card")
IRA = AccountChoice(key="4", name="IRA", mask=None, type="investment", subtype="ira")
AUTO_LOAN = AccountChoice(key="5", name="Auto loan", mask="5555", type="loan", subtype="auto")
ACCOUNTS = (CHECKING, SAVING, CD, CREDIT_CARD, IRA, AUTO_LOAN)

DEVICES = Challenge(
    kind="device",
    state=b"bank-secret",
    devices=(Device("phone", "xxx-xxx-5309"), Device("email", "t..t@a.test")),
)
RECAPTCHA = Challenge(kind="recaptcha", state=b"bank-secret")
CODE_SENT = Challenge(kind="code", state=b"bank-secret", sent_to="xxx-xxx-5309")
QUESTIONS = Challenge(
    kind="questions", state=b"bank-secret", prompts=(Prompt("First pet?"), Prompt("First school?"))
)
SELECTIONS = Challenge(
    kind="selections",
    state=b"bank-secret",
    prompts=(Prompt("Your colour?", ("Red", "Blue")), Prompt("Sure?", ("Yes",))),
)


def error(code: str, error_type: str = "ITEM_ERROR") -> LinkError:
    return LinkError(error_type=error_type, error_code=code, error_message=code.lower(), display_message=None)


REFUSED = error("INVALID_CREDENTIALS")
WRONG_ANSWER = error("INVALID_MFA")
NOT_RESPONDING = INSTITUTION_DOWN
TOO_OLD = error("INVALID_LINK_TOKEN", "INVALID_INPUT")

CREDENTIALS = SubmitCredentials(values={"username": USER, "password": PASSWORD})

ROUTING_NUMBER = "021000021"
ACCOUNT_NUMBER = "4321000099990000"
NUMBERS = SubmitNumbers(
    values={
        "routing_number": ROUTING_NUMBER,
        "account_number": ACCOUNT_NUMBER,
        "account_number_again": ACCOUNT_NUMBER,
        "type": "checking",
        "name": "Ada Holder",
    }
)
BY_HAND = AccountChoice(key="0", name="Checking ...0000", mask="0000", type="depository", subtype="checking")

ENTER = (
    Open(),
    Continue(),
    Found(query="", institutions=CARDS),
    SelectInstitution(institution_id="ins_1"),
    Selected(institution=PLATYPUS),
)
"""From nothing to the credentials pane of First Platypus Bank."""


def new_session(**config: object) -> Session:
    values = {"client_name": "Wonderwallet", **config}
    return Session(link_session_id="11111111-2222-4333-8444-555555555555", config=Config(**values))  # type: ignore[arg-type]


class Walk:
    """Plays actions one after another; remembers all events and the last effect."""

    def __init__(self, *actions: Action, **config: object) -> None:
        self.session = new_session(**config)
        self.events: list[Event] = []
        self.effect: Effect | None = None
        self.do(*actions)

    def do(self, *actions: Action) -> "Walk":
        for action in actions:
            outcome = step(self.session, action)
            self.session, self.effect = outcome.session, outcome.effect
            self.events.extend(outcome.events)
        return self

    def news(self, *actions: Action) -> list[str]:
        """The events that only these actions cause, in short."""
        before = len(self.events)
        self.do(*actions)
        return short(self.events[before:])


def short(events: list[Event]) -> list[str]:
    """`TRANSITION_VIEW` as `TV CREDENTIAL` or `TV MFA(code)`, other events with what matters of them."""
    return [_short(event) for event in events]


def _short(event: Event) -> str:
    told = event.metadata
    if event.name == "TRANSITION_VIEW":
        kind = told["mfa_type"] or told["view_variant"]
        mfa = f"({kind})" if kind else ""
        return f"TV {told['view_name']}{mfa}"
    detail = {
        "OPEN": told["view_name"],
        "SEARCH_INSTITUTION": told["institution_search_query"],
        "SELECT_INSTITUTION": told["institution_id"],
        "MATCHED_SELECT_INSTITUTION": told["match_reason"],
        "SELECT_BRAND": told["brand_name"],
        "SUBMIT_MFA": told["mfa_type"],
        "SELECT_AUTH_TYPE": told["selection"],
        "SUBMIT_ROUTING_NUMBER": told["routing_number"],
        "SUBMIT_ACCOUNT_NUMBER": told["account_number_mask"],
        "ERROR": told["error_code"],
        "EXIT": ", ".join(filter(None, (told["exit_status"], told["error_code"]))),
    }.get(event.name)
    return f"{event.name}({detail})" if detail else event.name
