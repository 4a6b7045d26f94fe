"""For your own tests: Link driven over JSON or in a page, without a person (docs/testing-link.md).

    with LinkSession("http://127.0.0.1:8000", link_token) as link:
        public_token = link.connect("First Platypus Bank").public_token

Or the whole platform, started for the test (docs/testing.md):

    with Gingham() as gingham:
        item = gingham.link("First Platypus Bank")

Clients of a running server like any other: only `inside.py`, which starts one, looks inside it. What a pane shows is
data, and an `Answers` says what a person would enter; so a pane that a later version adds needs no new code here.
"""

from gingham.testing.answers import Answers, LinkStopped
from gingham.testing.conversation import Linked, LinkRefused
from gingham.testing.kit import Gingham, Item, Kit, Refused, Snapshot
from gingham.testing.page import link_bank, link_bank_async
from gingham.testing.session import AsyncLinkSession, LinkSession

__all__ = [
    "Answers",
    "AsyncLinkSession",
    "Gingham",
    "Item",
    "Kit",
    "LinkRefused",
    "LinkSession",
    "LinkStopped",
    "Linked",
    "Refused",
    "Snapshot",
    "link_bank",
    "link_bank_async",
]
