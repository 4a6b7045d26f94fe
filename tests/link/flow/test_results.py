"""What onSuccess and onExit receive."""

import pytest
from tests.link.flow.world import ACCOUNTS, CREDENTIALS, ENTER, REFUSED, Walk

from gingham.link.flow import exit_error, exit_metadata, exit_snapshot, success_metadata
from gingham.link.flow.model import Created, Failed, ForceExit, LoggedIn, Session, SubmitAccounts

IDS = {"0": "aaaaChecking", "3": "bbbbCard"}


def connected() -> Session:
    chosen = SubmitAccounts(accounts=["0", "3"])
    return Walk(*ENTER, CREDENTIALS, LoggedIn(accounts=ACCOUNTS), chosen, Created()).session


def test_success_tells_only_the_chosen_accounts() -> None:
    metadata = success_metadata(connected(), "public-sandbox-1", IDS)
    assert metadata["accounts"] == [
        {
            "id": "aaaaChecking",
            "name": "Checking",
            "mask": "0000",
            "type": "depository",
            "subtype": "checking",
            "verification_status": None,
            "class_type": None,
        },
        {
            "id": "bbbbCard",
            "name": "Card",
            "mask": "3333",
            "type": "credit",
            "subtype": "credit card",
            "verification_status": None,
            "class_type": None,
        },
    ]


def test_success_has_every_key_old_code_reads() -> None:
    metadata = success_metadata(connected(), "public-sandbox-1", IDS)
    accounts = metadata.pop("accounts")
    assert metadata == {
        "institution": {"name": "First Platypus Bank", "institution_id": "ins_1"},
        "account": accounts[0],
        "account_id": "aaaaChecking",
        "link_session_id": "11111111-2222-4333-8444-555555555555",
        "public_token": "public-sandbox-1",
        "transfer_status": None,
        "wallet": None,
    }


def test_an_account_without_an_id_is_a_defect() -> None:
    with pytest.raises(KeyError):
        success_metadata(connected(), "public-sandbox-1", {"0": "aaaaChecking"})


def test_an_exit_before_any_choice() -> None:
    session = Walk(*ENTER[:3], ForceExit()).session
    assert exit_error(session) is None
    assert exit_metadata(session, "rq7Lm2") == {
        "institution": None,
        "status": "institution_not_found",
        "link_session_id": "11111111-2222-4333-8444-555555555555",
        "request_id": "rq7Lm2",
    }


def test_an_exit_after_a_refused_login_tells_the_error_and_the_institution() -> None:
    session = Walk(*ENTER, CREDENTIALS, Failed(error=REFUSED), ForceExit()).session
    assert exit_error(session) == {
        "error_type": "ITEM_ERROR",
        "error_code": "INVALID_CREDENTIALS",
        "error_message": "invalid_credentials",
        "display_message": None,
    }
    assert exit_metadata(session, "rq7Lm2")["institution"] == {
        "name": "First Platypus Bank",
        "institution_id": "ins_1",
    }


def test_the_snapshot_is_what_a_forced_exit_then_reports() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Failed(error=REFUSED))
    before = exit_snapshot(walk.session)
    assert before == (REFUSED, "requires_credentials")
    assert exit_snapshot(walk.do(ForceExit()).session) == before
