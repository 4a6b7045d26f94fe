"""The state chart of Link as data: view -> action -> views it may lead to.

`step` is held to this table by tests in both directions: no action leads outside it, and every arrow in it is
taken by some session. `mermaid` draws it for `docs/link-flow.md`.

An action may always leave the session where it is (a late result, a field left empty), so staying is not
drawn. An action that a view does not list changes nothing at all.
"""

from collections.abc import Mapping

from gingham.link.flow.model import (
    Action,
    Back,
    Challenged,
    ChooseAnother,
    Close,
    CloseOauth,
    CodeChecked,
    ConfirmExit,
    Continue,
    Created,
    EmailCodeSent,
    EnterNumbers,
    Expired,
    Failed,
    FailOauth,
    Finish,
    Followed,
    FollowIssue,
    ForceExit,
    Found,
    HealthChanged,
    KeepNumbers,
    LoggedIn,
    NumbersChecked,
    Open,
    OpenOauth,
    OtpSent,
    PersonFound,
    Redirected,
    Reopened,
    ResendOtp,
    Resume,
    Retry,
    Save,
    Saved,
    SavedOpened,
    Search,
    Selected,
    SelectInstitution,
    SignIn,
    SkipPhone,
    SubmitAccounts,
    SubmitCredentials,
    SubmitDepositCode,
    SubmitEmail,
    SubmitMfa,
    SubmitNumbers,
    SubmitOtp,
    SubmitPhone,
    SubmitRecaptcha,
    TimedOut,
    Verified,
    View,
    ViewDataTypes,
)

Arrows = Mapping[type[Action], frozenset[View]]

MFA_TYPES: Mapping[View, str] = {
    View.MFA_DEVICE: "device",
    View.MFA_CODE: "code",
    View.MFA_QUESTIONS: "questions",
    View.MFA_SELECTIONS: "selections",
}
"""`mfa_type` of events; also the `kind` of the bank's challenge."""

MFA_VIEWS = {kind: view for view, kind in MFA_TYPES.items()}

PLAID_VIEWS: Mapping[View, str] = {
    View.START: "LOADING",
    View.CONSENT: "CONSENT",
    View.SUBMIT_PHONE: "SUBMIT_PHONE",
    View.VERIFY_PHONE: "VERIFY_PHONE",
    View.SELECT_SAVED_INSTITUTION: "SELECT_SAVED_INSTITUTION",
    View.SELECT_SAVED_ACCOUNTS: "SELECT_SAVED_ACCOUNT",
    View.SELECT_INSTITUTION: "SELECT_INSTITUTION",
    View.SELECT_BRAND: "SELECT_BRAND",
    View.CREDENTIALS: "CREDENTIAL",
    View.OAUTH: "OAUTH",
    View.RECAPTCHA: "RECAPTCHA",
    View.MFA_DEVICE: "MFA",
    View.MFA_CODE: "MFA",
    View.MFA_QUESTIONS: "MFA",
    View.MFA_SELECTIONS: "MFA",
    View.LOADING: "LOADING",
    View.SELECT_ACCOUNTS: "SELECT_ACCOUNT",
    View.SELECT_AUTH_TYPE: "SELECT_AUTH_TYPE",
    View.NUMBERS: "NUMBERS",
    View.NUMBERS_SELECT_INSTITUTION: "NUMBERS_SELECT_INSTITUTION",
    View.SAME_DAY_CODE: "SAME_DAY_MICRODEPOSIT_AUTHORIZED",
    View.INSTANT_CODE: "INSTANT_MICRODEPOSIT_AUTHORIZED",
    View.CONNECTED: "CONNECTED",
    View.VERIFY_TO_SAVE: "VERIFY_PHONE",
    View.ERROR: "ERROR",
    View.FOLLOW_ISSUE: "ERROR",
    View.VERIFY_EMAIL: "ERROR",
    View.EXIT: "EXIT",
    View.DONE: "EXIT",
}
"""`view_name` of events (Plaid docs: Link Web, onEvent). START and DONE are never announced."""

EXIT_STATUS: Mapping[View, str] = {
    View.CONSENT: "requires_credentials",
    View.SUBMIT_PHONE: "requires_credentials",
    View.VERIFY_PHONE: "requires_credentials",
    View.SELECT_SAVED_INSTITUTION: "institution_not_found",
    View.SELECT_SAVED_ACCOUNTS: "requires_account_selection",
    View.SELECT_INSTITUTION: "institution_not_found",
    View.SELECT_BRAND: "institution_not_found",
    View.CREDENTIALS: "requires_credentials",
    View.OAUTH: "requires_oauth",
    View.RECAPTCHA: "requires_recaptcha",
    View.MFA_DEVICE: "choose_device",
    View.MFA_CODE: "requires_code",
    View.MFA_QUESTIONS: "requires_questions",
    View.MFA_SELECTIONS: "requires_selections",
    View.SELECT_ACCOUNTS: "requires_account_selection",
    View.CONNECTED: "connected",
    View.VERIFY_TO_SAVE: "connected",
}
"""`status` of onExit by view. A view that is not here (loading, error, exit) reports that of the view before
it."""

_IN_MFA = frozenset(MFA_TYPES)
_ASKING = _IN_MFA | {
    View.CREDENTIALS,
    View.OAUTH,
    View.RECAPTCHA,
    View.SELECT_ACCOUNTS,
    View.NUMBERS,
    View.SELECT_SAVED_ACCOUNTS,
}


def _to(*views: View) -> frozenset[View]:
    return frozenset(views)


_EVERYWHERE: Arrows = {ForceExit: _to(View.DONE), Expired: _to(View.DONE)}

_MFA: Arrows = {
    SubmitMfa: _to(View.LOADING),
    Back: _to(View.CREDENTIALS),
    HealthChanged: _to(),
    Close: _to(View.EXIT),
}

_OWN: Mapping[View, Arrows] = {
    View.START: {Open: _to(View.CONSENT, View.SAME_DAY_CODE), Close: _to(View.DONE)},
    View.CONSENT: {
        Continue: _to(View.LOADING, View.SUBMIT_PHONE, View.SELECT_AUTH_TYPE),
        PersonFound: _to(View.VERIFY_PHONE, View.LOADING),
        ViewDataTypes: _to(),
        Close: _to(View.DONE),
    },
    View.SUBMIT_PHONE: {
        SubmitPhone: _to(),
        PersonFound: _to(View.VERIFY_PHONE, View.LOADING),
        SkipPhone: _to(View.LOADING),
        Back: _to(View.CONSENT),
        Close: _to(View.DONE),
    },
    View.VERIFY_PHONE: {
        SubmitOtp: _to(),
        ResendOtp: _to(),
        OtpSent: _to(),
        Verified: _to(View.SELECT_SAVED_INSTITUTION, View.LOADING),
        Failed: _to(View.DONE),
        SkipPhone: _to(View.LOADING),
        Back: _to(View.CONSENT),
        Close: _to(View.DONE),
    },
    View.SELECT_SAVED_INSTITUTION: {
        SelectInstitution: _to(View.LOADING, View.ERROR),
        ChooseAnother: _to(View.LOADING),
        Back: _to(View.CONSENT),
        Close: _to(View.DONE),
    },
    View.SELECT_SAVED_ACCOUNTS: {
        ViewDataTypes: _to(),
        SubmitAccounts: _to(View.LOADING),
        HealthChanged: _to(),
        Back: _to(View.SELECT_SAVED_INSTITUTION),
        Close: _to(View.EXIT),
    },
    View.SELECT_AUTH_TYPE: {
        EnterNumbers: _to(View.NUMBERS),
        SignIn: _to(View.LOADING),
        Back: _to(View.CONSENT),
        Close: _to(View.DONE),
    },
    View.SELECT_INSTITUTION: {
        Search: _to(),
        Found: _to(),
        Failed: _to(View.ERROR, View.DONE),
        SelectInstitution: _to(View.LOADING),
        EnterNumbers: _to(View.NUMBERS),
        Back: _to(View.CONSENT),
        Close: _to(View.DONE),
    },
    View.SELECT_BRAND: {
        SelectInstitution: _to(View.LOADING),
        Back: _to(View.SELECT_INSTITUTION, View.LOADING),
        Close: _to(View.DONE),
    },
    View.CREDENTIALS: {
        SubmitCredentials: _to(View.LOADING),
        HealthChanged: _to(View.ERROR),
        Back: _to(View.SELECT_INSTITUTION, View.SELECT_BRAND, View.CONSENT, View.LOADING),
        ChooseAnother: _to(View.SELECT_INSTITUTION, View.LOADING),
        Close: _to(View.EXIT),
    },
    View.OAUTH: {
        OpenOauth: _to(),
        ViewDataTypes: _to(),
        CloseOauth: _to(),
        FailOauth: _to(),
        Reopened: _to(),
        LoggedIn: _to(View.LOADING, View.SELECT_ACCOUNTS, View.ERROR),
        Failed: _to(View.ERROR, View.DONE),
        HealthChanged: _to(View.ERROR),
        Back: _to(View.SELECT_INSTITUTION, View.SELECT_BRAND, View.CONSENT, View.LOADING),
        ChooseAnother: _to(View.SELECT_INSTITUTION, View.LOADING),
        Close: _to(View.EXIT),
    },
    View.RECAPTCHA: {
        SubmitRecaptcha: _to(View.LOADING),
        Back: _to(View.CREDENTIALS),
        HealthChanged: _to(),
        Close: _to(View.EXIT),
    },
    View.MFA_DEVICE: _MFA,
    View.MFA_CODE: _MFA,
    View.MFA_QUESTIONS: _MFA,
    View.MFA_SELECTIONS: _MFA,
    View.LOADING: {
        Found: _to(View.SELECT_INSTITUTION),
        Selected: _to(View.SELECT_BRAND, View.CREDENTIALS, View.NUMBERS, View.ERROR),
        Redirected: _to(View.OAUTH),
        Reopened: _to(),
        LoggedIn: _to(View.SELECT_ACCOUNTS, View.ERROR),
        SavedOpened: _to(View.SELECT_SAVED_ACCOUNTS, View.ERROR),
        Challenged: _IN_MFA | {View.RECAPTCHA, View.ERROR},
        Failed: _IN_MFA | {View.CREDENTIALS, View.SAME_DAY_CODE, View.INSTANT_CODE, View.ERROR, View.DONE},
        NumbersChecked: _to(View.NUMBERS, View.NUMBERS_SELECT_INSTITUTION, View.INSTANT_CODE, View.ERROR),
        CodeChecked: _to(View.CONNECTED),
        Created: _to(View.CONNECTED),
        HealthChanged: _to(),
        Close: _to(View.EXIT, View.DONE),
    },
    View.SELECT_ACCOUNTS: {
        Reopened: _to(),
        ViewDataTypes: _to(),
        SubmitAccounts: _to(View.LOADING, View.NUMBERS),
        TimedOut: _to(View.ERROR),
        HealthChanged: _to(),
        Close: _to(View.EXIT),
    },
    View.NUMBERS: {
        Reopened: _to(),
        SubmitNumbers: _to(View.LOADING),
        HealthChanged: _to(),
        Back: _to(View.SELECT_ACCOUNTS, View.SELECT_AUTH_TYPE, View.SELECT_INSTITUTION, View.LOADING),
        Close: _to(View.EXIT, View.DONE),
    },
    View.NUMBERS_SELECT_INSTITUTION: {
        SelectInstitution: _to(View.LOADING),
        KeepNumbers: _to(View.LOADING, View.INSTANT_CODE, View.NUMBERS),
        Back: _to(View.NUMBERS),
        Close: _to(View.DONE),
    },
    View.SAME_DAY_CODE: {SubmitDepositCode: _to(View.LOADING), Close: _to(View.DONE)},
    View.INSTANT_CODE: {
        SubmitDepositCode: _to(View.LOADING),
        Back: _to(View.NUMBERS),
        Close: _to(View.DONE),
    },
    View.CONNECTED: {
        Reopened: _to(),
        ChooseAnother: _to(View.SELECT_INSTITUTION, View.LOADING),
        Save: _to(View.VERIFY_TO_SAVE),
        Saved: _to(View.DONE),
        Finish: _to(View.DONE),
        Close: _to(View.DONE),
    },
    View.VERIFY_TO_SAVE: {
        SubmitOtp: _to(),
        ResendOtp: _to(),
        OtpSent: _to(),
        Verified: _to(),
        Saved: _to(View.DONE),
        Failed: _to(View.DONE),
        Finish: _to(View.DONE),
        Close: _to(View.DONE),
    },
    View.ERROR: {
        Reopened: _to(),
        HealthChanged: _to(),
        Retry: _to(View.CREDENTIALS, View.SAME_DAY_CODE, View.LOADING),
        ChooseAnother: _to(View.SELECT_INSTITUTION, View.LOADING),
        FollowIssue: _to(View.FOLLOW_ISSUE),
        Close: _to(View.EXIT, View.DONE),
    },
    View.FOLLOW_ISSUE: {
        SubmitEmail: _to(),
        EmailCodeSent: _to(View.VERIFY_EMAIL),
        HealthChanged: _to(View.ERROR),
        Reopened: _to(),
        Back: _to(View.ERROR),
        Close: _to(View.EXIT),
    },
    View.VERIFY_EMAIL: {
        SubmitOtp: _to(),
        ResendOtp: _to(),
        EmailCodeSent: _to(),
        Followed: _to(View.ERROR),
        Failed: _to(View.DONE),
        HealthChanged: _to(View.ERROR),
        Reopened: _to(),
        Back: _to(View.FOLLOW_ISSUE),
        Close: _to(View.EXIT),
    },
    # Over the loading pane the exit pane waits for the bank as well: the answer counts, whichever button
    # comes after it.
    View.EXIT: {
        Resume: _ASKING | {View.LOADING, View.ERROR, View.FOLLOW_ISSUE, View.VERIFY_EMAIL},
        ConfirmExit: _to(View.DONE),
        Reopened: _to(),
        HealthChanged: _to(),
        Redirected: _to(),
        LoggedIn: _to(),
        SavedOpened: _to(),
        Challenged: _to(),
        NumbersChecked: _to(),
        Failed: _to(View.DONE),
        Created: _to(View.CONNECTED),
    },
}

CHART: Mapping[View, Arrows] = {view: {**arrows, **_EVERYWHERE} for view, arrows in _OWN.items()} | {
    View.DONE: {}
}
"""Every unfinished view may also be left by `force_exit` and `expired`."""


def mermaid() -> str:
    """The chart as a Mermaid state diagram; `force_exit` and `expired`, which end every view, are left
    out."""
    lines = ["stateDiagram-v2", f"    [*] --> {View.START}"]
    for view, arrows in _OWN.items():
        labels: dict[View, list[str]] = {}
        for action, views in arrows.items():
            for target in sorted(views, key=list(View).index):
                labels.setdefault(target, []).append(str(action.__struct_config__.tag))
        lines += [f"    {view} --> {target}: {', '.join(names)}" for target, names in labels.items()]
    return "\n".join([*lines, f"    {View.DONE} --> [*]"])
