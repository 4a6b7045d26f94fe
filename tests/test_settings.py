"""What an operator can set, and what happens to values that do not fit."""

from pathlib import Path

import pytest

from gingham import settings
from gingham.settings import SettingError, Settings

SECRETS = ("GINGHAM_SANDBOX_SECRET", "GINGHAM_PRODUCTION_SECRET", "GINGHAM_HUB_API_KEY", "GINGHAM_KEYRING")


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    read = settings.load({"XDG_STATE_HOME": str(tmp_path)})

    assert (read.host, read.port, read.workers) == ("127.0.0.1", 8000, 1)
    assert read.database_url == f"sqlite:///{tmp_path}/gingham/gingham.db"


def test_a_relative_state_home_is_ignored_as_its_specification_asks() -> None:
    folder = settings.state_folder({"XDG_STATE_HOME": "somewhere"})

    assert folder == Path.home() / ".local" / "state" / "gingham"


def test_the_environment_is_read() -> None:
    read = settings.load({"GINGHAM_PORT": "9000", "GINGHAM_TRUST_PROXY": "true", "GINGHAM_SEED": "spring"})

    assert (read.port, read.trust_proxy, read.seed) == (9000, True, "spring")


def test_an_option_wins_over_the_environment() -> None:
    assert settings.load({"GINGHAM_PORT": "9000"}, port=9001).port == 9001


def test_an_option_that_was_not_given_leaves_the_environment_alone() -> None:
    assert settings.load({"GINGHAM_PORT": "9000"}, port=None).port == 9000


def test_an_empty_variable_counts_as_not_set() -> None:
    assert settings.load({"GINGHAM_PORT": "", "GINGHAM_SEED": ""}) == settings.load({})


def test_a_trailing_slash_of_the_public_origin_is_dropped() -> None:
    read = settings.load({"GINGHAM_PUBLIC_URL": "https://gingham.example:8443/"})

    assert read.public_url == "https://gingham.example:8443"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("GINGHAM_PORT", "abc", "GINGHAM_PORT must be a whole number from 0 to 65535, not 'abc'"),
        ("GINGHAM_PORT", "65536", "GINGHAM_PORT must be a whole number from 0 to 65535, not '65536'"),
        ("GINGHAM_WORKERS", "0", "GINGHAM_WORKERS must be a whole number from 1 to 256, not '0'"),
        ("GINGHAM_TRUST_PROXY", "maybe", "GINGHAM_TRUST_PROXY must be true or false, not 'maybe'"),
        (
            "GINGHAM_LOG_LEVEL",
            "loud",
            "GINGHAM_LOG_LEVEL must be one of debug, info, warning, error, not 'loud'",
        ),
        (
            "GINGHAM_PUBLIC_URL",
            "gingham.example/link",
            "GINGHAM_PUBLIC_URL must be an origin such as https://gingham.example, "
            "not 'gingham.example/link'",
        ),
        (
            "GINGHAM_PUBLIC_URL",
            "http://gingham.example:port",
            "GINGHAM_PUBLIC_URL must be an origin such as https://gingham.example, "
            "not 'http://gingham.example:port'",
        ),
        (
            "GINGHAM_CLIENT_ID",
            "two words",
            "GINGHAM_CLIENT_ID must be 8 to 256 printable ASCII characters without a space, not 'two words'",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(variable: str, value: str, message: str) -> None:
    with pytest.raises(SettingError) as refused:
        settings.load({variable: value})

    assert str(refused.value) == message


def test_an_option_that_does_not_fit_is_refused_by_the_name_it_has_on_the_command_line() -> None:
    with pytest.raises(SettingError, match=r"^--database must be sqlite:///path or postgresql://"):
        settings.load({}, database_url="mysql://user:hunter2@host/name")


@pytest.mark.parametrize(
    "variable", ["GINGHAM_SANDBOX_SECRET", "GINGHAM_HUB_API_KEY", "GINGHAM_DATABASE_URL"]
)
def test_a_refusal_does_not_repeat_a_secret(variable: str) -> None:
    with pytest.raises(SettingError) as refused:
        settings.load({variable: "hunter2"})

    assert "hunter2" not in str(refused.value)


def test_settings_can_be_printed_without_showing_a_secret() -> None:
    environ = dict.fromkeys(SECRETS, "hunter2-hunter2")
    environ["GINGHAM_DATABASE_URL"] = "postgresql://user:hunter2@host/name"

    shown = repr(settings.load(environ))

    assert "hunter2" not in shown
    assert "sandbox_secret='***'" in shown
    assert "database_url='postgresql://***'" in shown


def test_a_worker_reads_the_same_settings_from_the_environment_it_is_given() -> None:
    original = settings.load({"GINGHAM_TRUST_PROXY": "true", "GINGHAM_SEED": "spring"}, port=9001, workers=3)

    assert settings.load(settings.environment(original)) == original


def test_the_documentation_is_generated_from_the_rows() -> None:
    written = Path(__file__).parents[1] / "docs" / "settings.md"

    # After a change: python -m gingham.settings > docs/settings.md
    assert written.read_text() == settings.document()


def test_every_setting_says_what_it_is_for() -> None:
    rows = [line for line in settings.document().splitlines() if line.startswith("| `GINGHAM_")]

    assert len(rows) == len(Settings.__struct_fields__)
    assert all(line.split("|")[4].strip().endswith(".") for line in rows)
