"""What the sandbox's OAuth bank keeps.

A migration keeps its own words: it never imports `schema.py`, which moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=null, primary_key=key)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=null)


def _bytes(name: str, *, null: bool = False, key: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, BYTES, nullable=null, primary_key=key)


def upgrade() -> None:
    op.create_table(
        "oauth_bank_sessions",
        _bytes("digest", key=True),
        _bytes("browser"),
        _text("institution_id"),
        _text("purpose"),
        _bytes("request"),
        _bytes("person", null=True),
        _number("asks_code"),
        _text("accounts", null=True),
        _number("began_at"),
        _number("expires_at"),
        sa.Index("oauth_bank_sessions_by_expiry", "expires_at"),
        sqlite_strict=True,
    )
    op.create_table(
        "oauth_bank_consents",
        _text("consent_id", key=True),
        _text("institution_id"),
        _text("client_id"),
        _text("subject"),
        _bytes("person"),
        _text("scope"),
        _text("accounts"),
        _number("created_at"),
        _number("expires_at"),
        _number("ended_at", null=True),
        sa.Index("oauth_bank_consents_by_expiry", "expires_at"),
        sqlite_strict=True,
    )
    op.create_index(
        "oauth_bank_consents_of_subject",
        "oauth_bank_consents",
        ["institution_id", "subject", sa.text("created_at DESC"), "consent_id"],
    )
    op.create_table(
        "oauth_bank_codes",
        _bytes("digest", key=True),
        _text("consent_id"),
        _text("redirect_uri"),
        _text("code_challenge"),
        _text("nonce", null=True),
        _number("signed_in_at"),
        _number("expires_at"),
        _number("used_at", null=True),
        sa.Index("oauth_bank_codes_by_expiry", "expires_at"),
        sqlite_strict=True,
    )
    op.create_table(
        "oauth_bank_tokens",
        _bytes("digest", key=True),
        _text("consent_id"),
        _text("kind"),
        _text("scope"),
        _number("expires_at"),
        sa.Index("oauth_bank_tokens_by_expiry", "expires_at"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "oauth_bank_keys",
        _text("kid", key=True),
        _bytes("sealed"),
        _number("created_at"),
        sqlite_strict=True,
    )
    op.create_index("oauth_bank_keys_by_age", "oauth_bank_keys", [sa.text("created_at DESC"), "kid"])
