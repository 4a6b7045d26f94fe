"""`step`: what one action does to a session.

Total: every action on every session gives a `Step`. What has no meaning where the session stands changes
nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gingham.link.flow import (
    auth_type,
    choosing,
    going_away,
    leaving,
    numbers,
    recovery,
    returning,
    sharing,
    signing_in,
    telling,
)
from gingham.link.flow.chart import MFA_TYPES
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
    Session,
    SignIn,
    SkipPhone,
    Step,
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

Handler = Callable[[Session, Any], Step]
Handlers = Mapping[type[Action], Handler]

_EVERYWHERE: Handlers = {ForceExit: leaving.confirm_exit, Expired: leaving.expire}

_MFA: Handlers = {
    SubmitMfa: signing_in.submit_mfa,
    Back: signing_in.back_to_credentials,
    HealthChanged: choosing.health_changed,
    Close: leaving.close,
}

_OWN: Mapping[View, Handlers] = {
    View.START: {Open: choosing.opened, Close: leaving.close},
    View.CONSENT: {
        Continue: auth_type.begin,
        PersonFound: returning.person_found,
        ViewDataTypes: telling.viewed,
        Close: leaving.close,
    },
    View.SUBMIT_PHONE: {
        SubmitPhone: returning.submit_phone,
        PersonFound: returning.person_found,
        SkipPhone: returning.skip,
        Back: choosing.back_to_consent,
        Close: leaving.close,
    },
    View.VERIFY_PHONE: {
        SubmitOtp: returning.submit_otp,
        ResendOtp: returning.resend,
        OtpSent: returning.otp_sent,
        Verified: returning.verified,
        Failed: returning.otp_refused,
        SkipPhone: returning.skip,
        Back: choosing.back_to_consent,
        Close: leaving.close,
    },
    View.SELECT_SAVED_INSTITUTION: {
        SelectInstitution: returning.select_saved,
        ChooseAnother: returning.connect_new,
        Back: choosing.back_to_consent,
        Close: leaving.close,
    },
    View.SELECT_SAVED_ACCOUNTS: {
        ViewDataTypes: telling.viewed,
        SubmitAccounts: sharing.submit_accounts,
        HealthChanged: choosing.health_changed,
        Back: returning.back_to_saved,
        Close: leaving.close,
    },
    View.SELECT_AUTH_TYPE: {
        EnterNumbers: auth_type.enter_numbers,
        SignIn: auth_type.sign_in,
        Back: choosing.back_to_consent,
        Close: leaving.close,
    },
    View.SELECT_INSTITUTION: {
        Search: choosing.search,
        Found: choosing.found,
        Failed: signing_in.failed,
        SelectInstitution: choosing.select,
        EnterNumbers: auth_type.instead_of_a_bank,
        Back: choosing.back_to_consent,
        Close: leaving.close,
    },
    View.SELECT_BRAND: {
        SelectInstitution: choosing.select_portal,
        Back: choosing.back_to_list,
        Close: leaving.close,
    },
    View.CREDENTIALS: {
        SubmitCredentials: signing_in.submit_credentials,
        HealthChanged: choosing.health_changed_before_login,
        Back: choosing.back_from_credentials,
        ChooseAnother: choosing.choose_another,
        Close: leaving.close,
    },
    View.OAUTH: {
        OpenOauth: going_away.open_oauth,
        ViewDataTypes: telling.viewed,
        CloseOauth: going_away.close_oauth,
        FailOauth: going_away.fail_oauth,
        Reopened: going_away.reopened,
        LoggedIn: signing_in.logged_in,
        Failed: signing_in.failed,
        HealthChanged: choosing.health_changed_before_login,
        Back: choosing.back_from_credentials,
        ChooseAnother: choosing.choose_another,
        Close: leaving.close,
    },
    View.RECAPTCHA: {
        SubmitRecaptcha: signing_in.submit_recaptcha,
        Back: signing_in.back_to_credentials,
        HealthChanged: choosing.health_changed,
        Close: leaving.close,
    },
    **dict.fromkeys(MFA_TYPES, _MFA),
    View.LOADING: {
        Found: choosing.found,
        Selected: choosing.selected,
        Redirected: going_away.redirected,
        Reopened: going_away.reopened,
        LoggedIn: signing_in.logged_in,
        SavedOpened: returning.saved_opened,
        Challenged: signing_in.challenged,
        NumbersChecked: numbers.checked,
        CodeChecked: numbers.code_checked,
        Failed: returning.failed,
        Created: sharing.created,
        HealthChanged: choosing.health_changed,
        Close: leaving.close,
    },
    View.SELECT_ACCOUNTS: {
        SubmitAccounts: sharing.submit_accounts,
        ViewDataTypes: telling.viewed,
        TimedOut: sharing.timed_out,
        HealthChanged: choosing.health_changed,
        Reopened: going_away.reopened,
        Close: leaving.close,
    },
    View.VERIFY_TO_SAVE: {
        SubmitOtp: returning.submit_otp,
        ResendOtp: returning.resend,
        OtpSent: returning.otp_sent,
        Verified: returning.verified,
        Saved: returning.saved,
        Failed: returning.otp_refused,
        Finish: leaving.finish,
        Close: leaving.finish,
        ForceExit: leaving.finish,
        Expired: leaving.finish,
    },
    View.NUMBERS: {
        SubmitNumbers: numbers.submit_numbers,
        Reopened: going_away.reopened,
        HealthChanged: choosing.health_changed,
        Back: auth_type.back_from_numbers,
        Close: leaving.close,
    },
    View.NUMBERS_SELECT_INSTITUTION: {
        SelectInstitution: auth_type.rather_sign_in,
        KeepNumbers: numbers.keep_numbers,
        Back: numbers.back_to_numbers,
        Close: leaving.close,
    },
    View.SAME_DAY_CODE: {SubmitDepositCode: numbers.submit_code, Close: leaving.close},
    View.INSTANT_CODE: {
        SubmitDepositCode: numbers.submit_code,
        Back: numbers.back_to_numbers,
        Close: leaving.close,
    },
    View.CONNECTED: {
        Save: returning.save,
        Saved: returning.saved,
        Finish: leaving.finish,
        ChooseAnother: sharing.add_another,
        Reopened: going_away.reopened,
        Close: leaving.finish,
        ForceExit: leaving.finish,
        Expired: leaving.finish,
    },
    View.ERROR: {
        Retry: choosing.retry,
        HealthChanged: choosing.health_changed,
        Reopened: going_away.reopened,
        ChooseAnother: choosing.choose_another,
        FollowIssue: recovery.begin,
        Close: leaving.close,
    },
    View.FOLLOW_ISSUE: {
        SubmitEmail: recovery.submit_email,
        EmailCodeSent: recovery.code_sent,
        HealthChanged: recovery.meanwhile,
        Reopened: going_away.reopened,
        Back: recovery.back_to_error,
        Close: leaving.close,
    },
    View.VERIFY_EMAIL: {
        SubmitOtp: recovery.submit_code,
        ResendOtp: recovery.resend,
        EmailCodeSent: recovery.code_sent,
        Followed: recovery.followed,
        Failed: recovery.refused,
        HealthChanged: recovery.meanwhile,
        Reopened: going_away.reopened,
        Back: recovery.back_to_email,
        Close: leaving.close,
    },
    View.EXIT: {
        Resume: leaving.resume,
        ConfirmExit: leaving.confirm_exit,
        HealthChanged: choosing.health_changed,
        Redirected: leaving.behind(going_away.redirected),
        Reopened: going_away.reopened,
        LoggedIn: leaving.behind(signing_in.logged_in),
        SavedOpened: leaving.behind(returning.saved_opened),
        Challenged: leaving.behind(signing_in.challenged),
        NumbersChecked: leaving.behind(numbers.checked),
        Failed: leaving.behind(returning.failed),
        Created: leaving.behind(sharing.created),
    },
}

HANDLERS: Mapping[View, Handlers] = {view: {**_EVERYWHERE, **own} for view, own in _OWN.items()} | {
    View.DONE: {}
}


def step(session: Session, action: Action) -> Step:
    """The outcome of `action`: the next session, the events in their order, and at most one effect to
    perform.

    Pure. Raises nothing. The driver stores the session before it performs the effect, and brings the result
    back as an action; an effect whose result is lost is reported as `Failed` (API_ERROR /
    INTERNAL_SERVER_ERROR).
    """
    handler = HANDLERS[session.view].get(type(action))
    return Step(session=session) if handler is None else handler(session, action)
