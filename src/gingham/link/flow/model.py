"""The nouns of the Link flow: session, action, effect, event, pane.

Everything is frozen and encodes to JSON, so a session can be stored between two requests and a pane sent to
any client. A session never holds a credential: what the person types travels inside an action into an effect
and is gone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct, field

from gingham.banks.protocol import Challenge, Device, Prompt

__all__ = ["Challenge", "Device", "Prompt"]


class Look(Struct, frozen=True, kw_only=True):
    """What a client has changed in the look of Link's frame."""

    appearance: str | None = None
    """LIGHT or DARK; None: as the person's system is set."""
    light: Mapping[str, str] = {}
    """Colours by the name of their custom property (static/tokens.css)."""
    dark: Mapping[str, str] = {}
    background: str | None = None
    """Of a page of Link's own."""
    veil: str | None = None
    """Over the host page, behind the dialog."""
    logo: str | None = None
    """Path of the client's logo on this server."""


class AuthFlows(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ways to account numbers that the link_token allows beside the bank's own word (Plaid docs: Auth). All are
    off unless auth is asked for."""

    type_select: bool = False
    """The person is asked first: sign in, or type numbers."""
    instant_match: bool = False
    automated_microdeposits: bool = False
    same_day_microdeposits: bool = False
    instant_microdeposits: bool = False
    database: bool = False
    reroute: str = "OPTIONAL"
    """OFF, OPTIONAL or FORCED: what happens to typed numbers of a bank that people can sign in to."""

    @property
    def by_hand(self) -> bool:
        """Numbers may be typed without a login."""
        return self.same_day_microdeposits or self.instant_microdeposits or self.database


class Config(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the link_token asked for, as far as the person sees it."""

    client_name: str
    """Already shortened: over 30 characters Link shows "This Application" (Plaid docs:
    /link/token/create)."""
    language: str = "en"
    country_codes: tuple[str, ...] = ("US",)
    products: tuple[str, ...] = ()
    required_if_supported_products: tuple[str, ...] = ()
    account_filters: Mapping[str, tuple[str, ...]] | None = None
    """Account type -> allowed subtypes (`all` allows each); a type that is not mentioned is excluded. None:
    no filter."""
    account_selection: str = "multiple"
    """single (radio), multiple (checkboxes, none ticked), all (checkboxes, all ticked) or disabled (no pane,
    every account is shared). Link docs: Account Select. `none`: no pane; the Item keeps the accounts it has
    (update mode without account selection), or has those ticked at the bank where that has asked."""
    update_mode: bool = False
    keeps_login: bool = False
    """The Item's login works, and nothing of this update needs a new one: the person does not sign in."""
    institution_id: str | None = None
    """Preselected institution (update mode, or the legacy request field)."""
    auth: AuthFlows = AuthFlows()
    routing_number: str | None = None
    """Of the bank that the app expects; it is listed first."""
    pending: "AccountChoice | None" = None
    """Update mode of an account whose micro-deposit waits for its code."""
    can_redirect: bool = False
    """The page may go to a bank and come back: the link_token has a redirect_uri or names an Android
    app, or the page is hosted."""
    hosted: bool = False
    """Link fills a page of this server's own."""
    recovery: bool = False
    """A person who meets a bank that works badly may wait for it: somebody is told when it has recovered."""
    multi_item: bool = False
    """After each bank the person may add another (Plaid docs: Multi-Item Link)."""
    institutions: tuple[str, ...] = ()
    """What the list shows before a search; empty: the popular ones."""
    texts: Mapping[str, str] = {}
    """The client's own words, by the message key they replace."""
    look: Look | None = None
    phone_countries: tuple[str, ...] = ()
    """Countries whose numbers a returning person may give, the likeliest first; empty: nobody is asked."""
    phone_hint: str = ""
    """The last four digits of the number that the link_token names."""
    phone_verified: bool = False
    """The client has verified that number already."""
    data_types: tuple[str, ...] = ()
    """Kinds of data that are read, where they must be told (Data Transparency Messaging); empty: nowhere."""
    use_cases: tuple[str, ...] = ()
    """What they are for, in the client's words."""


class InstitutionCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What Link shows of an institution."""

    institution_id: str
    name: str
    logo: str
    """Path of its drawn logo on this server."""
    color: str | None = None
    url: str | None = None
    brand: str | None = None
    """The brand it is one of several portals of (personal, business, …)."""
    oauth: bool = False
    health: str = "HEALTHY"
    supported: bool = True
    products: tuple[str, ...] = ()
    fields: tuple["CredentialInput", ...] = ()
    instant_deposits: bool = False
    """Reached by account numbers and an instant micro-deposit."""


class CredentialInput(Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    label: str
    kind: str = "text"


class BankPages(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the bank logs people in on its own pages. No address carries a credential."""

    url: str
    app_url: str | None = None
    """On a phone it opens the bank's app."""
    phone_url: str | None = None
    """Short, for a code that a phone reads: leads to `url`."""


class AccountChoice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account offered for sharing. `key` is its place in the bank's list, as text; it has no account_id
    yet."""

    key: str
    name: str
    mask: str | None
    type: str
    subtype: str | None
    shared: bool = False
    """In update mode: the Item has it already."""


class LinkError(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The error object of Link's callbacks (Plaid docs: Link Web)."""

    error_type: str
    error_code: str
    error_message: str
    display_message: str | None = None


class View(StrEnum):
    """Where a session stands. The value is the stable name of the pane; `chart.PLAID_VIEWS` gives Plaid's
    view name."""

    START = "start"
    CONSENT = "consent"
    SUBMIT_PHONE = "submit_phone"
    VERIFY_PHONE = "verify_phone"
    SELECT_SAVED_INSTITUTION = "select_saved_institution"
    SELECT_SAVED_ACCOUNTS = "select_saved_accounts"
    SELECT_INSTITUTION = "select_institution"
    SELECT_BRAND = "select_brand"
    CREDENTIALS = "credentials"
    OAUTH = "oauth"
    RECAPTCHA = "recaptcha"
    MFA_DEVICE = "mfa_device"
    MFA_CODE = "mfa_code"
    MFA_QUESTIONS = "mfa_questions"
    MFA_SELECTIONS = "mfa_selections"
    LOADING = "loading"
    SELECT_ACCOUNTS = "select_accounts"
    SELECT_AUTH_TYPE = "select_auth_type"
    NUMBERS = "numbers"
    NUMBERS_SELECT_INSTITUTION = "numbers_select_institution"
    SAME_DAY_CODE = "same_day_code"
    INSTANT_CODE = "instant_code"
    CONNECTED = "connected"
    VERIFY_TO_SAVE = "verify_to_save"
    ERROR = "error"
    FOLLOW_ISSUE = "follow_issue"
    VERIFY_EMAIL = "verify_email"
    EXIT = "exit"
    DONE = "done"


Caller = Literal["guest", "new", "known", "verified"]
"""Who has come: somebody without a number; with one that nobody has saved; with one that is known; and the
owner of a number, who has typed the code that was sent to it."""


class Session(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One opening of Link. `step` returns a new one; the driver stores it under an increasing revision."""

    link_session_id: str
    config: Config
    view: View = View.START
    back_to: View | None = None
    """Where the exit pane's "go back" returns to; None on every other view."""
    waiting: str | None = None
    """The `type` of the effect under way, None when there is none. A driver's result that nobody waits for is
    ignored."""
    institution: InstitutionCard | None = None
    results: tuple[InstitutionCard, ...] = ()
    """Tiles or search results on the institution pane: as much of a card as is shown there."""
    portals: tuple[InstitutionCard, ...] = ()
    """Of the brand that was chosen; empty when the chosen institution stands for itself."""
    query: str = ""
    """The query that `results` answers; empty for the popular institutions."""
    asked: str = ""
    """The query asked last. Results for another one came too late and are ignored."""
    challenge: Challenge | None = None
    bank_pages: BankPages | None = None
    away: str | None = None
    """How the person went to the bank's pages: `popup`, `redirect` or `phone`; None while they are still here."""
    accounts: tuple[AccountChoice, ...] = ()
    selected: tuple[str, ...] = ()
    numbers_needed: bool = False
    """The bank does not tell the account numbers that auth wants: the person types them."""
    matched: tuple[str, ...] = ()
    """Institutions that a routing number has pointed to."""
    typed: "NumbersChecked | None" = None
    """What is known of the numbers that were typed, while a bank is offered instead of them."""
    wrong_codes: int = 0
    """Wrong codes of a micro-deposit."""
    verification_status: str | None = None
    """Of the account that is shared (Plaid docs: Auth)."""
    error: LinkError | None = None
    """The last error the person met; it goes into onExit even if they went on (Plaid docs: Link Web,
    onExit)."""
    field_error: str | None = None
    """Message key of the error shown at the field of the current pane."""
    wrong_fields: tuple[str, ...] = ()
    """Names of the fields the error stands at; empty: the last one."""
    linked: int = 0
    """How many Items this session has left behind so far; counted where it may leave several."""
    failed_logins: int = 0
    """Refused passwords and refused MFA answers together."""
    exit_status: str | None = None
    """What an exit from here reports (Plaid docs: Link Web, onExit status); kept up to date as the session
    moves."""
    caller: Caller = "guest"
    phone_hint: str = ""
    """The last four digits of the number the person gave."""
    saved: tuple[InstitutionCard, ...] = ()
    """Banks whose login the person has saved."""
    reused: bool = False
    """The chosen bank was opened with a saved login."""
    resent: bool = False
    """Another one-time code was sent for the pane that asks for it."""
    followed: str | None = None
    """Id of the institution whose recovery the person waits for."""
    finished: str | None = None
    """None while running, then `success` or `exit`: set once, for ever."""


class Action(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What a person or the driver does. The subclasses up to `ForceExit` may come from a client; the rest
    only from the driver."""


class Open(Action, frozen=True, kw_only=True, tag="open"):
    """Begins the session; the first action of every session."""


class Continue(Action, frozen=True, kw_only=True, tag="continue"):
    """Agrees on the consent pane; `values` may hold the `phone` of somebody who has saved a bank."""

    values: dict[str, str] = {}

    def __repr__(self) -> str:
        return "Continue(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class SubmitPhone(Action, frozen=True, kw_only=True, tag="submit_phone"):
    """Agrees that a code is sent to the number that the link_token names."""


class SkipPhone(Action, frozen=True, kw_only=True, tag="skip_phone"):
    """Goes on as a guest."""


class SubmitOtp(Action, frozen=True, kw_only=True, tag="submit_otp"):
    """`answers`: the one-time code."""

    answers: list[str]

    def __repr__(self) -> str:
        return "SubmitOtp(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class FollowIssue(Action, frozen=True, kw_only=True, tag="follow_issue"):
    """Waits for the recovery of the institution, on its error pane."""


class SubmitEmail(Action, frozen=True, kw_only=True, tag="submit_email"):
    """`values`: the `email` of somebody who waits for an institution."""

    values: dict[str, str]

    def __repr__(self) -> str:
        return "SubmitEmail(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class ResendOtp(Action, frozen=True, kw_only=True, tag="resend_otp"):
    """Asks for another one-time code."""


class Save(Action, frozen=True, kw_only=True, tag="save"):
    """Has the login remembered for the next time."""


class Search(Action, frozen=True, kw_only=True, tag="search"):
    query: str


class SelectInstitution(Action, frozen=True, kw_only=True, tag="select_institution"):
    institution_id: str


class SubmitCredentials(Action, frozen=True, kw_only=True, tag="submit_credentials"):
    values: dict[str, str]

    def __repr__(self) -> str:  # a traceback or a log must never show what was typed
        return "SubmitCredentials(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class SubmitMfa(Action, frozen=True, kw_only=True, tag="submit_mfa"):
    """`answers`: the index of the device as text, the code, or one text per prompt."""

    answers: list[str]

    def __repr__(self) -> str:
        return "SubmitMfa(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class SubmitRecaptcha(Action, frozen=True, kw_only=True, tag="submit_recaptcha"):
    """Confirms that a person is there."""


class SubmitAccounts(Action, frozen=True, kw_only=True, tag="submit_accounts"):
    accounts: list[str]
    """Keys of the chosen `AccountChoice`s."""


class EnterNumbers(Action, frozen=True, kw_only=True, tag="enter_numbers"):
    """Types account numbers instead of signing in."""


class SignIn(Action, frozen=True, kw_only=True, tag="sign_in"):
    """Signs in at a bank, where numbers could be typed as well."""


class SubmitNumbers(Action, frozen=True, kw_only=True, tag="submit_numbers"):
    values: dict[str, str]

    def __repr__(self) -> str:
        return "SubmitNumbers(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class KeepNumbers(Action, frozen=True, kw_only=True, tag="keep_numbers"):
    """Stays with the typed numbers although the person could sign in."""


class SubmitDepositCode(Action, frozen=True, kw_only=True, tag="submit_deposit_code"):
    """The code of a micro-deposit, as it stands on the account's statement."""

    values: dict[str, str]

    def __repr__(self) -> str:
        return "SubmitDepositCode(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class OpenOauth(Action, frozen=True, kw_only=True, tag="open_oauth"):
    """Goes to the bank's own pages."""

    mode: Literal["popup", "redirect", "phone"]
    """In a window of its own, or by taking the host page there. `phone`, with the code that the pane shows, comes from
    the driver alone."""


class CloseOauth(Action, frozen=True, kw_only=True, tag="close_oauth"):
    """The person closed the bank's window unfinished."""


class FailOauth(Action, frozen=True, kw_only=True, tag="fail_oauth"):
    """The bank's window took too long or could not be kept."""


class Retry(Action, frozen=True, kw_only=True, tag="retry"):
    """Tries again from the error pane: same institution, credentials anew."""


class ChooseAnother(Action, frozen=True, kw_only=True, tag="choose_another"):
    """Leaves the institution for the list."""


class ViewDataTypes(Action, frozen=True, kw_only=True, tag="view_data_types"):
    """Opens the sheet that tells which data is read and what for."""


class Back(Action, frozen=True, kw_only=True, tag="back"):
    """The arrow in the header."""


class Close(Action, frozen=True, kw_only=True, tag="close"):
    """The cross, Escape, or `handler.exit()`: may ask first."""


class Resume(Action, frozen=True, kw_only=True, tag="resume"):
    """Stays, on the exit pane."""


class ConfirmExit(Action, frozen=True, kw_only=True, tag="confirm_exit"):
    """Leaves, on the exit pane."""


class Finish(Action, frozen=True, kw_only=True, tag="finish"):
    """Leaves the success pane."""


class ForceExit(Action, frozen=True, kw_only=True, tag="force_exit"):
    """`handler.exit({force: true})`: leaves at once."""


class Found(Action, frozen=True, kw_only=True, tag="found"):
    """Driver: the institutions asked for."""

    query: str
    institutions: tuple[InstitutionCard, ...]
    matched: tuple[str, ...] = ()
    """Ids of those that the link_token's routing number points to."""


class Selected(Action, frozen=True, kw_only=True, tag="selected"):
    """Driver: the institution that was chosen, looked up in the catalogue; None when there is no such id."""

    institution: InstitutionCard | None
    portals: tuple[InstitutionCard, ...] = ()
    """All portals of its brand, itself among them."""


class HealthChanged(Action, frozen=True, kw_only=True, tag="health_changed"):
    """Driver: the chosen institution works better or worse than when it was chosen."""

    health: str


class Redirected(Action, frozen=True, kw_only=True, tag="redirected"):
    """Driver: the bank logs people in on its own pages."""

    url: str
    app_url: str | None = None
    phone_url: str | None = None


class Reopened(Action, frozen=True, kw_only=True, tag="reopened"):
    """Driver: the host page has come back from the bank and opened Link again (Plaid docs: Link)."""


class PersonFound(Action, frozen=True, kw_only=True, tag="person_found"):
    """Driver: whether somebody has saved a bank under the number. `asked`: the person has submitted it."""

    known: bool
    hint: str
    asked: bool


class OtpSent(Action, frozen=True, kw_only=True, tag="otp_sent"):
    """Driver: a one-time code is on its way."""


class Verified(Action, frozen=True, kw_only=True, tag="verified"):
    """Driver: the code was right; `saved` are the banks this person may choose at once."""

    saved: tuple[InstitutionCard, ...]


class SavedOpened(Action, frozen=True, kw_only=True, tag="saved_opened"):
    """Driver: a saved login still opens the bank. `accounts` are all the bank offers; `shared`: keys of those
    that were shared when it was saved. `automatic`: these are taken without asking."""

    accounts: tuple[AccountChoice, ...]
    shared: tuple[str, ...]
    automatic: bool = False


class EmailCodeSent(Action, frozen=True, kw_only=True, tag="email_code_sent"):
    """Driver: a one-time code is on its way to the e-mail address."""


class Followed(Action, frozen=True, kw_only=True, tag="followed"):
    """Driver: the code was right, and the person waits for the end of the issue."""

    issue_id: str
    description: str
    detected_at: str


class Saved(Action, frozen=True, kw_only=True, tag="saved"):
    """Driver: the login is remembered."""


class LoggedIn(Action, frozen=True, kw_only=True, tag="logged_in"):
    """Driver: the bank granted access. `accounts` are all the bank offers, before filters."""

    accounts: tuple[AccountChoice, ...]
    numbers_told: bool = True
    """The bank tells account numbers without being shown them."""


class Challenged(Action, frozen=True, kw_only=True, tag="challenged"):
    """Driver: the bank asks more. `challenge.state` is empty here: the driver keeps it sealed."""

    challenge: Challenge


class NumbersChecked(Action, frozen=True, kw_only=True, tag="numbers_checked"):
    """Driver: what is known of the numbers that were typed. They themselves are the driver's secret."""

    matched: bool | None = None
    """They are those of the account that was chosen; None: the bank does not say."""
    institutions: tuple[InstitutionCard, ...] = ()
    """Banks with this routing number, where the person could sign in."""
    instant: bool = False
    """The bank takes instant micro-deposits."""
    database_status: str = "database_insights_fail"
    account: AccountChoice | None = None
    """The account itself, when nobody has signed in to it."""


class CodeChecked(Action, frozen=True, kw_only=True, tag="code_checked"):
    """Driver: the code of the micro-deposit was the right one."""


class Failed(Action, frozen=True, kw_only=True, tag="failed"):
    """Driver: an effect ended in a typed failure."""

    error: LinkError


class Created(Action, frozen=True, kw_only=True, tag="created"):
    """Driver: the Item exists. `accounts`: keys of the accounts it shares, None when they are the ones that
    were chosen."""

    accounts: tuple[str, ...] | None = None


class TimedOut(Action, frozen=True, kw_only=True, tag="timed_out"):
    """Driver: the choice of accounts was left unfinished for too long."""


class Expired(Action, frozen=True, kw_only=True, tag="expired"):
    """Driver: thirty minutes in Link, or the link_token is no longer good: the session ends with
    INVALID_LINK_TOKEN."""

    error: LinkError


ClientAction = (
    Continue
    | SubmitPhone
    | SkipPhone
    | SubmitOtp
    | ResendOtp
    | FollowIssue
    | SubmitEmail
    | Save
    | Search
    | SelectInstitution
    | SubmitCredentials
    | SubmitMfa
    | SubmitRecaptcha
    | SubmitAccounts
    | EnterNumbers
    | SignIn
    | SubmitNumbers
    | KeepNumbers
    | SubmitDepositCode
    | OpenOauth
    | CloseOauth
    | FailOauth
    | Retry
    | ChooseAnother
    | ViewDataTypes
    | Back
    | Close
    | Resume
    | ConfirmExit
    | Finish
    | ForceExit
)
"""What may come over the wire."""


class Effect(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something the driver must do; its result comes back as an action."""


class FindInstitutions(Effect, frozen=True, kw_only=True, tag="find_institutions"):
    """-> Found. An empty query asks for the popular ones."""

    query: str


class LookUpInstitution(Effect, frozen=True, kw_only=True, tag="look_up_institution"):
    """-> Selected."""

    institution_id: str


class LogIn(Effect, frozen=True, kw_only=True, tag="log_in"):
    """-> LoggedIn, Challenged or Failed."""

    institution_id: str
    values: dict[str, str]

    def __repr__(self) -> str:
        return "LogIn(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class Answer(Effect, frozen=True, kw_only=True, tag="answer"):
    """-> LoggedIn, Challenged or Failed."""

    institution_id: str
    answers: list[str]

    def __repr__(self) -> str:
        return "Answer(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class LookUpNumbers(Effect, frozen=True, kw_only=True, tag="look_up_numbers"):
    """-> NumbersChecked. The numbers were typed without a login."""

    values: dict[str, str]

    def __repr__(self) -> str:
        return "LookUpNumbers(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class CheckNumbers(Effect, frozen=True, kw_only=True, tag="check_numbers"):
    """-> NumbersChecked or Failed. `account`: key of the account, at the bank where the person is signed in, that
    they are said to belong to."""

    institution_id: str
    account: str
    values: dict[str, str]

    def __repr__(self) -> str:
        return "CheckNumbers(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class CheckCode(Effect, frozen=True, kw_only=True, tag="check_code"):
    """-> CodeChecked or Failed, within the turn that asks, so that no attempt is counted twice or not at all."""

    code: str

    def __repr__(self) -> str:
        return "CheckCode(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class CreateItem(Effect, frozen=True, kw_only=True, tag="create_item"):
    """-> Created or Failed. `accounts`: keys of the accounts to share; empty when `Config.account_selection`
    is `none`. `institution_id`: None for numbers typed without a login."""

    institution_id: str | None
    accounts: tuple[str, ...]
    auth_method: str | None = None
    """How the typed numbers are proved; None: nothing was typed."""
    verification_status: str | None = None


class FindPerson(Effect, frozen=True, kw_only=True, tag="find_person"):
    """-> PersonFound. `phone`: E.164; None: the number that the link_token names."""

    phone: str | None
    asked: bool = True

    def __repr__(self) -> str:
        return "FindPerson(...)"


class SendOtp(Effect, frozen=True, kw_only=True, tag="send_otp"):
    """-> OtpSent."""


class CheckOtp(Effect, frozen=True, kw_only=True, tag="check_otp"):
    """-> Verified, or Failed with INVALID_OTP."""

    code: str

    def __repr__(self) -> str:
        return "CheckOtp(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class SendEmailCode(Effect, frozen=True, kw_only=True, tag="send_email_code"):
    """-> EmailCodeSent. `email`: None: once more to the address that was given."""

    email: str | None

    def __repr__(self) -> str:
        return "SendEmailCode(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class Follow(Effect, frozen=True, kw_only=True, tag="follow"):
    """-> Followed, or Failed with INVALID_OTP, within the turn that asks."""

    institution_id: str
    code: str

    def __repr__(self) -> str:
        return "Follow(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # rich draws tracebacks with local variables
        return []


class OpenSaved(Effect, frozen=True, kw_only=True, tag="open_saved"):
    """-> SavedOpened or Failed."""

    institution_id: str


class OpenItem(Effect, frozen=True, kw_only=True, tag="open_item"):
    """-> LoggedIn or Failed. The bank is asked with the login that the Item of update mode has."""


class SaveLogin(Effect, frozen=True, kw_only=True, tag="save_login"):
    """-> Saved. The login is that of the Item made last."""


class Event(Struct, frozen=True, kw_only=True):
    """An event for onEvent. The driver adds link_session_id, request_id, timestamp and an event_id.

    `metadata` has every key of Plaid docs: Link Web, onEvent, null when it does not apply.
    """

    name: str
    metadata: dict[str, Any]


class Step(Struct, frozen=True, kw_only=True):
    """The outcome of one action: the new session, what happened (in order), and what must be done next (at
    most one thing)."""

    session: Session
    events: tuple[Event, ...] = ()
    effect: Effect | None = None


class Text(Struct, frozen=True, kw_only=True):
    """A message key with its values; rendered in the session's language at the edge."""

    key: str
    values: dict[str, str] = field(default_factory=dict)
    said: str | None = None
    """The client's own words, shown instead of the catalogue's."""


class Option(Struct, frozen=True, kw_only=True):
    """A choice: an institution tile, a device, an account, an answer."""

    value: str
    label: str
    title: Text | None = None
    """Shown instead of `label` where the words are ours and not the bank's."""
    note: str | None = None
    """Second line: `•••• 0000`, the institution's host name, …"""
    logo: str | None = None
    checked: bool = False
    group: Text | None = None


class Field(Struct, frozen=True, kw_only=True):
    """An input. `kind`: text, password, pin, code, search, radio, checkbox or tiles."""

    name: str
    kind: str
    label: Text
    options: tuple[Option, ...] = ()
    autocomplete: str | None = None
    inputmode: str | None = None
    value: str = ""
    error: Text | None = None
    optional: bool = False
    """It may stay empty, and nobody is hurried to it."""
    text: str | None = None
    """A label that comes from the bank verbatim (a question) and is not translated."""


class Button(Struct, frozen=True, kw_only=True):
    """`action`: the `type` of the action it sends; `role`: primary, secondary or link. `fill` names how the
    client builds the action: `values` (fields by name), `answers` (field values in order), `accounts` (ticked
    options) or None (no argument)."""

    action: str
    label: Text
    role: str = "primary"
    fill: str | None = None


class Disclosure(Struct, frozen=True, kw_only=True):
    """Which data is read and what for (Plaid docs: Data Transparency Messaging): a line with a button that
    opens a sheet."""

    line: Text
    button: Text
    title: Text
    types_title: Text
    types: tuple[Text, ...]
    uses_title: Text
    uses: tuple[str, ...]


class Scan(Struct, frozen=True, kw_only=True):
    """A code by which somebody at a desk goes on with their phone. `url`: what it says; `image`: path of the drawing on
    this server."""

    url: str
    image: str
    alt: Text
    help: Text


class Pane(Struct, frozen=True, kw_only=True):
    """One question to the person, as data. `name` is stable and safe to test against; `view` is Plaid's view
    name."""

    name: str
    view: str
    title: Text
    help: Text | None = None
    institution: InstitutionCard | None = None
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = ()
    notice: Text | None = None
    tone: str = "info"
    """Of the pane and its notice: info, good, warn or bad."""
    details: tuple[Text, ...] = ()
    """Small print: the error code for support, the privacy note, …"""
    points: tuple[Text, ...] = ()
    """A short list, on the consent pane."""
    can_go_back: bool = False
    can_close: bool = True
    url: str | None = None
    """Where its button leads: the bank's own pages."""
    app_url: str | None = None
    """Where it leads on a phone, if that is elsewhere: to the bank's app."""
    scan: Scan | None = None
    """Not for somebody who is on a phone already. The pane may change by itself while it is there."""
    can_redirect: bool = False
    """The host page can be taken there and will come back."""
    disclosure: Disclosure | None = None
    busy: bool = False
    """True on the loading pane: the client asks again until it changes."""
