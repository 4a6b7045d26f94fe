"""The gallery: every pane that a person can meet, with plain and with unruly contents.

The tests of layout and accessibility and `make screenshots` look at all of it, so whoever adds a pane hangs it here
(`test_gallery.py` says so when a view is missing). `every_text` adds by itself whatever shows a text that hangs
nowhere yet.
"""

from functools import cache

from msgspec.structs import replace
from tests.link.flow.every_pane import every_text, texts
from tests.link.flow.world import CREDENTIALS, NUMBERS, Walk, card, error

from gingham.link.flow import pane
from gingham.link.flow.model import (
    AccountChoice,
    Action,
    AuthFlows,
    Challenge,
    Challenged,
    ChooseAnother,
    Close,
    CodeChecked,
    ConfirmExit,
    Continue,
    Created,
    CredentialInput,
    Device,
    EmailCodeSent,
    EnterNumbers,
    Failed,
    FailOauth,
    Finish,
    Followed,
    FollowIssue,
    Found,
    InstitutionCard,
    LoggedIn,
    NumbersChecked,
    Open,
    OpenOauth,
    OtpSent,
    Pane,
    PersonFound,
    Prompt,
    Redirected,
    ResendOtp,
    Save,
    SavedOpened,
    Search,
    Selected,
    SelectInstitution,
    Session,
    SubmitAccounts,
    SubmitCredentials,
    SubmitDepositCode,
    SubmitEmail,
    SubmitMfa,
    SubmitNumbers,
    SubmitOtp,
    Verified,
)
from gingham.link.messages.messages import frame_texts, render_pane

LONG_APP = "The Extraordinary Wallet Co."
"""Nearly as long as Link lets an app be called."""

PLATYPUS = card("ins_109508", "First Platypus Bank", url="https://platypus.example")
LONG = card(
    "ins_109509",
    "Mutual Savings and Loan Association of the Weavers of Upper Tattersall",
    url="https://mutual-savings-and-loan-association-of-the-weavers.example",
)
ONE_WORD = card("ins_109510", "Donaudampfschifffahrtsgesellschaftssparkasse", url=None)
SLOW = card("ins_109511", "Tartan Bank", health="DEGRADED")
OAUTH = card("ins_127287", "Platypus OAuth Bank", oauth=True)
SLOW_OAUTH = card("ins_127288", "Flexible Platypus Open Banking", oauth=True, health="DEGRADED")
ODD = card(
    "ins_109512",
    "Houndstooth Bank",
    fields=(
        CredentialInput(name="username", label="Customer number"),
        CredentialInput(name="password", label="Password", kind="password"),
        CredentialInput(name="pin", label="PIN", kind="pin"),
        CredentialInput(name="iban", label="Last six characters of the IBAN of your oldest account"),
    ),
)
BANKS = (PLATYPUS, LONG, ONE_WORD, SLOW, OAUTH, SLOW_OAUTH, ODD, card("ins_135858", "Windowpane Bank"))

PERSONAL = card("ins_900002", "Seersucker Bank - Personal", brand="Seersucker Bank")
BUSINESS = card("ins_900003", "Seersucker Bank - Business", brand="Seersucker Bank")

PERSON = Challenge(kind="recaptcha", state=b"")
PHONES = Challenge(
    kind="device",
    state=b"",
    devices=(
        Device("phone", "xxx-xxx-5309"),
        Device("phone", "xxx-xxx-2201"),
        Device("email", "t***********************************r@a-very-long-domain.example"),
        Device("pigeon", "grey, left foot"),
    ),
)
CODE = Challenge(kind="code", state=b"", sent_to="xxx-xxx-5309")
QUESTIONS = Challenge(
    kind="questions",
    state=b"",
    prompts=(
        Prompt("What is the name of your first pet?"),
        Prompt("In which city, town or village did your father’s parents first meet each other?"),
        Prompt("Lieblingsdonaudampfschifffahrtskapitänsmütze?"),
    ),
)
SELECTIONS = Challenge(
    kind="selections",
    state=b"",
    prompts=(
        Prompt("Have you an account at Gingham?", ("Yes", "No")),
        Prompt(
            "Which street have you lived in?",
            ("Herring Lane", "The Street of the Weavers of Upper Tattersall", "Donaudampfschifffahrtsstraße"),
        ),
    ),
)


def account(key: int, name: str, mask: str | None, kind: str) -> AccountChoice:
    return AccountChoice(key=str(key), name=name, mask=mask, type=kind, subtype=None)


ACCOUNTS = (
    account(0, "Plaid Checking", "0000", "depository"),
    account(1, "Plaid Saving", "1111", "depository"),
    account(2, "Plaid Credit Card", "3333", "credit"),
    account(3, "Plaid Diamond 12.5% APR Interest Credit Card of Upper Tattersall", "9999", "credit"),
    account(4, "Donaudampfschifffahrtsgesellschaftskapitänskonto", "4444", "investment"),
    account(5, "Plaid Student Loan", None, "loan"),
    account(6, "Voucher", "7", "other"),
)
MANY_ACCOUNTS = tuple(
    account(number, f"Account {number}", f"{number:04}", ("depository", "credit", "loan")[number % 3])
    for number in range(40)
)


def at(bank: InstitutionCard, *actions: Action, **config: object) -> Session:
    """That bank chosen from the list; in update mode it is known from the start."""
    if config.get("update_mode"):
        config["institution_id"] = bank.institution_id
    chosen = SelectInstitution(institution_id=bank.institution_id)
    listed = () if "institution_id" in config else (Found(query="", institutions=BANKS), chosen)
    return Walk(Open(), Continue(), *listed, Selected(institution=bank), *actions, **config).session


def signed_in(
    *actions: Action,
    accounts: tuple[AccountChoice, ...] = ACCOUNTS,
    numbers_told: bool = True,
    **config: object,
) -> Session:
    if not numbers_told:
        accounts = (replace(accounts[0], subtype="checking"), replace(accounts[1], subtype="savings"))
    inside = LoggedIn(accounts=accounts, numbers_told=numbers_told)
    return at(PLATYPUS, CREDENTIALS, inside, *actions, **config)


def waiting(bank: InstitutionCard, *actions: Action, **config: object) -> Session:
    """The bank does not respond, and the person may wait for it."""
    silent = Failed(error=error("INSTITUTION_NOT_RESPONDING"))
    return at(bank, CREDENTIALS, silent, *actions, recovery=True, **config)


def searched(query: str, *found: InstitutionCard) -> Session:
    listed = (Open(), Continue(), Found(query="", institutions=BANKS))
    return Walk(*listed, Search(query=query), Found(query=query, institutions=found)).session


TYPED = AccountChoice(key="0", name="Checking ...0000", mask="0000", type="depository", subtype="checking")
BY_HAND = AuthFlows(type_select=True, same_day_microdeposits=True, instant_microdeposits=True)
MATCHING = {"products": ("auth",), "auth": AuthFlows(instant_match=True)}


def typing(*actions: Action, **auth: object) -> Walk:
    """On the pane where account numbers are typed instead of signing in."""
    ways = replace(BY_HAND, **auth)
    return Walk(Open(), Continue(), EnterNumbers(), *actions, products=("auth",), auth=ways)


def brand(*portals: InstitutionCard) -> Session:
    listed = (Open(), Continue(), Found(query="", institutions=BANKS))
    chosen = SelectInstitution(institution_id=portals[0].institution_id)
    return Walk(*listed, chosen, Selected(institution=portals[0], portals=portals)).session


REFUSED = Failed(error=error("INVALID_CREDENTIALS"))
WRONG = Failed(error=error("INVALID_MFA"))
LOCKED = Failed(error=error("ITEM_LOCKED"))
REDIRECTED = Redirected(url="https://oauth.example/authorize")
SCANNED = Redirected(
    url="https://oauth.example/authorize", phone_url="https://link.example/link/oauth/phone/1234"
)
OPENS_APP = Redirected(url="https://oauth.example/authorize", app_url="https://oauth.example/app")
SHARED = (SubmitAccounts(accounts=["0"]), Created())
RENEWING = {"update_mode": True, "account_selection": "none"}
MAIL = (FollowIssue(), SubmitEmail(values={"email": "ada@waits.test"}))
FOLLOWED = Followed(issue_id="issue", description="It sleeps.", detected_at="2026-05-04T12:00:00Z")
REMEMBERING: dict[str, object] = {"phone_countries": ("US",)}
NUMBER = Continue(values={"phone": "415 555 0011"})
KNOWN = (Open(), NUMBER, PersonFound(known=True, hint="0011", asked=True))
OTP = SubmitOtp(answers=["123456"])
OWNER = Verified(saved=(PLATYPUS, LONG, ONE_WORD))
REUSED = (
    SelectInstitution(institution_id=PLATYPUS.institution_id),
    SavedOpened(accounts=ACCOUNTS, shared=("0", "1")),
)
UNKNOWN = (
    Open(),
    NUMBER,
    PersonFound(known=False, hint="0011", asked=True),
    Found(query="", institutions=BANKS),
    SelectInstitution(institution_id=PLATYPUS.institution_id),
    Selected(institution=PLATYPUS),
    CREDENTIALS,
    LoggedIn(accounts=ACCOUNTS),
    *SHARED,
)


@cache
def sessions() -> dict[str, Session]:
    """By the name of the pane's picture."""
    return {
        "start": Walk().session,
        "consent": Walk(Open()).session,
        "consent-long": Walk(Open(), client_name=LONG_APP).session,
        "consent-update": Walk(Open(), update_mode=True, institution_id="ins_109508").session,
        "consent-update-kept": Walk(Open(), institution_id="ins_109508", **RENEWING).session,
        "consent-update-login-kept": Walk(
            Open(), institution_id="ins_109508", keeps_login=True, **RENEWING
        ).session,
        "consent-own-words": Walk(
            Open(),
            texts={
                "consent.title": "Let us look at your accounts together, whenever it suits you",
                "consent.button": "Yes, I should like to connect my bank now",
            },
        ).session,
        # --- finding the bank
        "institutions": searched("", *BANKS),
        "search": searched("platypus", PLATYPUS, OAUTH, LONG, ONE_WORD),
        "search-one": searched("first", PLATYPUS),
        "search-nothing": searched("Bank of the dark side of the Moon and its Donaudampfschifffahrt"),
        "brand": brand(PERSONAL, BUSINESS),
        "brand-long": brand(*(replace(card, brand=LONG.name) for card in (PERSONAL, BUSINESS))),
        # --- signing in
        "credentials": at(PLATYPUS),
        "credentials-long": at(LONG, client_name=LONG_APP),
        "credentials-one-word": at(ONE_WORD),
        "credentials-odd-fields": at(ODD),
        "credentials-degraded": at(SLOW),
        "credentials-wrong": at(PLATYPUS, CREDENTIALS, REFUSED),
        "credentials-wrong-long": at(LONG, CREDENTIALS, REFUSED),
        "credentials-empty": at(PLATYPUS, SubmitCredentials(values={"username": "", "password": ""})),
        "credentials-update": at(PLATYPUS, **RENEWING),
        "credentials-update-degraded": at(SLOW, **RENEWING),
        "oauth": at(OAUTH, REDIRECTED),
        "oauth-degraded": at(SLOW_OAUTH, REDIRECTED, client_name=LONG_APP),
        "oauth-away": at(OAUTH, REDIRECTED, OpenOauth(mode="popup")),
        "oauth-app": at(OAUTH, OPENS_APP),
        "oauth-scan": at(OAUTH, SCANNED),
        "oauth-scan-long": at(replace(LONG, oauth=True), SCANNED, client_name=LONG_APP),
        "oauth-phone": at(OAUTH, SCANNED, OpenOauth(mode="phone")),
        "oauth-failed": at(OAUTH, REDIRECTED, OpenOauth(mode="popup"), FailOauth()),
        "loading": Walk(Open(), Continue()).session,
        "loading-signing-in": at(LONG, CREDENTIALS),
        "recaptcha": at(PLATYPUS, CREDENTIALS, Challenged(challenge=PERSON)),
        "recaptcha-long": at(LONG, CREDENTIALS, Challenged(challenge=PERSON)),
        "mfa-device": at(PLATYPUS, CREDENTIALS, Challenged(challenge=PHONES)),
        "mfa-device-none": at(PLATYPUS, CREDENTIALS, Challenged(challenge=PHONES), SubmitMfa(answers=[])),
        "mfa-code": at(PLATYPUS, CREDENTIALS, Challenged(challenge=CODE)),
        "mfa-code-wrong": at(LONG, CREDENTIALS, Challenged(challenge=CODE), SubmitMfa(answers=["1"]), WRONG),
        "mfa-questions": at(PLATYPUS, CREDENTIALS, Challenged(challenge=QUESTIONS)),
        "mfa-questions-empty": at(
            PLATYPUS, CREDENTIALS, Challenged(challenge=QUESTIONS), SubmitMfa(answers=["a", "", ""])
        ),
        "mfa-selections": at(PLATYPUS, CREDENTIALS, Challenged(challenge=SELECTIONS)),
        "mfa-selections-wrong": at(
            LONG,
            CREDENTIALS,
            Challenged(challenge=SELECTIONS),
            SubmitMfa(answers=["Yes", "Herring Lane"]),
            WRONG,
        ),
        # --- sharing
        "accounts": signed_in(),
        "accounts-one": signed_in(accounts=ACCOUNTS[:1]),
        "accounts-many": signed_in(accounts=MANY_ACCOUNTS, account_selection="all"),
        "accounts-none": signed_in(SubmitAccounts(accounts=[])),
        "accounts-single": signed_in(account_selection="single", client_name=LONG_APP),
        "connected": signed_in(*SHARED),
        "connected-long": at(LONG, CREDENTIALS, LoggedIn(accounts=ACCOUNTS), *SHARED, client_name=LONG_APP),
        "connected-update": at(PLATYPUS, CREDENTIALS, LoggedIn(accounts=ACCOUNTS), Created(), **RENEWING),
        "connected-several": signed_in(*SHARED, multi_item=True, client_name=LONG_APP),
        # --- people who come back
        "consent-phone": Walk(Open(), **REMEMBERING).session,
        "consent-phone-wrong": Walk(Open(), Continue(values={"phone": "12"}), **REMEMBERING).session,
        "submit-phone": Walk(Open(), Continue(), **REMEMBERING, phone_hint="0011").session,
        "verify-phone": Walk(*KNOWN, **REMEMBERING).session,
        "verify-phone-resent": Walk(*KNOWN, ResendOtp(), OtpSent(), **REMEMBERING).session,
        "verify-phone-wrong": Walk(*KNOWN, OTP, Failed(error=error("INVALID_OTP")), **REMEMBERING).session,
        "saved-banks": Walk(*KNOWN, OTP, OWNER, **REMEMBERING).session,
        "saved-accounts": Walk(*KNOWN, OTP, OWNER, *REUSED, **REMEMBERING).session,
        "saved-login-ended": Walk(
            *KNOWN, OTP, OWNER, REUSED[0], Failed(error=error("ITEM_LOGIN_REQUIRED")), **REMEMBERING
        ).session,
        "connected-save": Walk(*UNKNOWN, **REMEMBERING).session,
        "verify-to-save": Walk(*UNKNOWN, Save(), OtpSent(), **REMEMBERING).session,
        # --- account numbers
        "auth-type": Walk(Open(), Continue(), products=("auth",), auth=BY_HAND).session,
        "numbers": typing().session,
        "numbers-wrong": typing(SubmitNumbers(values={**NUMBERS.values, "routing_number": "1"})).session,
        "numbers-empty": typing(SubmitNumbers(values={})).session,
        "numbers-chosen": signed_in(SubmitAccounts(accounts=["0"]), numbers_told=False, **MATCHING),
        "numbers-mask": signed_in(
            SubmitAccounts(accounts=["1"]), NUMBERS, numbers_told=False, client_name=LONG_APP, **MATCHING
        ),
        "numbers-bank": typing(NUMBERS, NumbersChecked(account=TYPED, institutions=(LONG,))).session,
        "numbers-banks-forced": typing(
            NUMBERS, NumbersChecked(account=TYPED, institutions=(PLATYPUS, LONG)), reroute="FORCED"
        ).session,
        "numbers-search-nothing": Walk(
            Open(),
            Continue(),
            Found(query="", institutions=BANKS),
            Search(query="Moon"),
            Found(query="Moon", institutions=()),
            products=("auth",),
            auth=replace(BY_HAND, type_select=False),
        ).session,
        "deposit-code": Walk(Open(), update_mode=True, pending=TYPED).session,
        "deposit-code-wrong": typing(
            NUMBERS,
            NumbersChecked(account=TYPED, instant=True),
            SubmitDepositCode(values={"code": "XYZ"}),
            Failed(error=error("INCORRECT_DEPOSIT_VERIFICATION")),
        ).session,
        "deposit-code-instant": typing(NUMBERS, NumbersChecked(account=TYPED, instant=True)).session,
        "connected-deposit": typing(NUMBERS, NumbersChecked(account=TYPED), Created()).session,
        "connected-numbers": Walk(
            Open(), SubmitDepositCode(values={"code": "ABC"}), CodeChecked(), update_mode=True, pending=TYPED
        ).session,
        # --- what goes wrong, and the end
        "error": at(PLATYPUS, CREDENTIALS, LOCKED),
        "error-long": at(LONG, CREDENTIALS, LOCKED, client_name=LONG_APP),
        "error-one-word": at(ONE_WORD, CREDENTIALS, Failed(error=error("PRODUCTS_NOT_SUPPORTED"))),
        "error-update": at(PLATYPUS, CREDENTIALS, LOCKED, **RENEWING),
        "error-unknown": at(PLATYPUS, CREDENTIALS, Failed(error=error("INTERNAL_SERVER_ERROR"))),
        "error-follow": waiting(PLATYPUS),
        "follow-issue": waiting(PLATYPUS, FollowIssue()),
        "follow-issue-wrong": waiting(LONG, FollowIssue(), SubmitEmail(values={"email": "nobody"})),
        "verify-email": waiting(PLATYPUS, *MAIL, EmailCodeSent()),
        "verify-email-resent": waiting(PLATYPUS, *MAIL, EmailCodeSent(), ResendOtp(), EmailCodeSent()),
        "error-followed": waiting(LONG, *MAIL, EmailCodeSent(), OTP, FOLLOWED, client_name=LONG_APP),
        "exit": at(PLATYPUS, Close()),
        "exit-long": at(LONG, Close(), client_name=LONG_APP),
        "exit-update": at(PLATYPUS, Close(), **RENEWING),
        "exit-several": signed_in(
            *SHARED,
            ChooseAnother(),
            Found(query="", institutions=BANKS),
            SelectInstitution(institution_id=LONG.institution_id),
            Selected(institution=LONG),
            Close(),
            multi_item=True,
        ),
        "done-exit": at(PLATYPUS, Close(), ConfirmExit()),
        "done-success": signed_in(*SHARED, Finish()),
    }


@cache
def gallery() -> dict[str, Pane]:
    """By the name of the pane's picture; panes that hang here for the sake of a text are called by it."""
    hung = {name: pane(session) for name, session in sessions().items()}
    shown = {key for each in hung.values() for key in keys_of(each)}
    for each in every_text():
        if new := keys_of(each) - shown:
            hung[f"text-{min(new)}"] = each
            shown |= new
    return hung


def keys_of(shown: Pane) -> set[str]:
    """The message keys on a pane."""
    return {text["key"] for text in texts(render_pane(shown))}


def state(shown: Pane, language: str = "en", direction: str = "ltr") -> dict[str, object]:
    """An answer of the session endpoints, as far as drawing needs it."""
    return {
        "language": language,
        "direction": direction,
        "environment": "sandbox",
        "texts": frame_texts(language),
        "pane": render_pane(shown, language),
    }
