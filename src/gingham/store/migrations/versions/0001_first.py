"""The first schema.

A migration keeps its own words: it never imports `schema.py`, which moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()


def _text(name: str, *more: sa.ForeignKey, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, *more, nullable=null, primary_key=key)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=null)


def _bytes(name: str, *more: sa.ForeignKey, null: bool = False, key: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, BYTES, *more, nullable=null, primary_key=key)


def _arrival() -> sa.Column[int]:
    return sa.Column("arrival", NUMBER, sa.Identity(), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "client_keys",
        _text("client_id"),
        _text("environment"),
        _text("kind"),
        _bytes("digest"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("client_id", "environment", "kind", "digest"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "items",
        _text("item_id", key=True),
        _text("client_id"),
        _text("environment"),
        _text("institution_id", null=True),
        _text("client_user_id", null=True),
        _number("created_at"),
        _text("webhook", null=True),
        _text("products"),
        _text("billed_products"),
        _text("consented_products", null=True),
        _text("auth_method", null=True),
        _number("consent_expires_at", null=True),
        _text("error_code", null=True),
        _bytes("grant"),
        _bytes("username_digest", null=True),
        _number("removed_at", null=True),
        _number("days_requested"),
        _number("transactions_from", null=True),
        _number("initial_at", null=True),
        _number("historical_at", null=True),
        _number("refreshed_at", null=True),
        _number("synced"),
        _number("sequence"),
        _number("webhook_sent_at", null=True),
        _text("webhook_code", null=True),
        sqlite_strict=True,
    )
    op.create_table(
        "access_tokens",
        _bytes("digest", key=True),
        _text("item_id", sa.ForeignKey("items.item_id")),
        _number("created_at"),
        _number("revoked_at", null=True),
        sa.Index("access_tokens_of_item", "item_id"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "public_tokens",
        _bytes("digest", key=True),
        _text("item_id", sa.ForeignKey("items.item_id")),
        _number("created_at"),
        _number("expires_at"),
        _number("exchanged_at", null=True),
        _number("for_update"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "accounts",
        _text("account_id", key=True),
        _text("item_id", sa.ForeignKey("items.item_id")),
        _number("position"),
        _text("reference"),
        _text("type"),
        _text("subtype", null=True),
        _text("name"),
        _text("mask", null=True),
        _bytes("encoded"),
        sa.Index("accounts_of_item", "item_id", "position"),
        sqlite_strict=True,
    )
    op.create_table(
        "transactions",
        _text("transaction_id"),
        _text("item_id"),
        _text("account_id"),
        _text("reference"),
        _text("date"),
        _number("place"),
        _number("pending"),
        _number("added_seq"),
        _number("changed_seq"),
        _number("removed"),
        _bytes("encoded"),
        sa.PrimaryKeyConstraint("item_id", "transaction_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "transactions_by_date",
        "transactions",
        ["item_id", sa.text("date DESC"), "place", "transaction_id", "account_id"],
        sqlite_where=sa.text("removed = 0"),
        postgresql_where=sa.text("removed = 0"),
    )
    op.create_index("transactions_by_change", "transactions", ["item_id", "changed_seq", "transaction_id"])
    op.create_table(
        "link_tokens",
        _bytes("digest", key=True),
        _text("client_id"),
        _text("environment"),
        _number("created_at"),
        _number("expires_at"),
        _bytes("request"),
        _text("item_id", null=True),
        _number("used_at", null=True),
        _number("burnt_at", null=True),
        sqlite_strict=True,
    )
    op.create_table(
        "link_sessions",
        _text("link_session_id", key=True),
        _bytes("token_digest", sa.ForeignKey("link_tokens.digest")),
        _bytes("secret_digest"),
        _number("revision"),
        _bytes("state"),
        _bytes("sealed", null=True),
        _number("started_at"),
        _number("touched_at"),
        _number("finished_at", null=True),
        _bytes("outcome", null=True),
        _text("item_id", null=True),
        sa.Index("link_sessions_by_secret", "secret_digest", unique=True),
        sa.Index("link_sessions_of_token", "token_digest", "started_at", "link_session_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "link_events",
        _text("event_id", key=True),
        _text("link_session_id", sa.ForeignKey("link_sessions.link_session_id")),
        _number("position"),
        _text("name"),
        _bytes("metadata"),
        _number("at"),
        sa.Index("link_events_of_session", "link_session_id", "position"),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        _arrival(),
        _text("webhook_id"),
        _text("client_id"),
        _text("environment"),
        _text("item_id", null=True),
        _text("url"),
        _text("type"),
        _text("code"),
        _bytes("body"),
        _number("created_at"),
        sa.Index("outbox_by_id", "webhook_id", unique=True),
        sa.Index("outbox_by_age", "created_at", "arrival"),
        sa.Index("outbox_of_item", "item_id", "created_at", "arrival"),
        sqlite_strict=True,
    )
    op.create_table(
        "jobs",
        _arrival(),
        _text("job_id"),
        _text("kind"),
        _text("item_id"),
        _number("due_at"),
        sa.Index("jobs_by_id", "job_id", unique=True),
        sa.Index("jobs_by_due", "due_at", "arrival"),
        sa.Index("jobs_of_item", "item_id", "due_at", "arrival"),
        sqlite_strict=True,
    )
    op.create_table(
        "meta",
        _text("name", key=True),
        _text("value"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
