"""The hosts file of a command's own."""

from gingham.run.names import NAMES, hosts

LINE = f"127.64.0.1 {' '.join(NAMES)}"


def test_plaids_hosts_come_first_and_the_others_stay() -> None:
    before = "127.0.0.1 localhost\n# the shop's\n10.0.0.7 shop.test\n"

    assert hosts(before, "127.64.0.1") == f"{LINE}\n{before}"


def test_what_was_said_of_plaids_hosts_before_is_left_out() -> None:
    before = "10.0.0.8 Sandbox.Plaid.com other.test # by hand\n10.0.0.9 cdn.plaid.com\n"

    assert hosts(before, "127.64.0.1") == f"{LINE}\n10.0.0.8 other.test\n"


def test_a_name_that_ends_like_one_of_plaids_is_another() -> None:
    assert "10.0.0.8 not-sandbox.plaid.com.test" in hosts("10.0.0.8 not-sandbox.plaid.com.test", "127.64.0.1")
