"""Gingham: an account-linking platform that anyone can run.

It speaks the protocol of the field (Plaid's API, Link module, Sandbox and webhooks), so that existing clients work
against it unchanged. `docs/architecture.md` shows the rooms.
"""

__version__ = "0.1.0"
