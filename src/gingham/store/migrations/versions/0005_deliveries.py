"""Webhooks are delivered: what is due, what became of each attempt, and the keys that sign.

Webhooks owed before are not delivered: nobody had promised it, and what they tell is read through the API.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("arrival", NUMBER, sa.Identity(), primary_key=True),
        sa.Column("webhook_id", TEXT, nullable=False),
        sa.Column("ordered_with", TEXT, nullable=False),
        sa.Column("receiver", TEXT, nullable=False),
        sa.Column("due_at", NUMBER, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Index("deliveries_by_id", "webhook_id", unique=True),
        sa.Index("deliveries_by_due", "due_at", "arrival"),
        sqlite_strict=True,
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("webhook_id", TEXT, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("receiver", TEXT, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("status", NUMBER, nullable=True),
        sa.Column("failure", TEXT, nullable=True),
        sa.Column("took_ms", NUMBER, nullable=False),
        sa.Column("answer", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "number"),
        sa.Index("delivery_attempts_of_receiver", "receiver", "at"),
        sqlite_strict=True,
    )
    op.create_table(
        "webhook_keys",
        sa.Column("kid", TEXT, nullable=False, primary_key=True),
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.Column("expired_at", NUMBER, nullable=True),
        sa.Index("webhook_keys_of_environment", "environment", "created_at"),
        sqlite_strict=True,
    )
    op.create_index("outbox_of_client", "outbox", ["client_id", "environment", "arrival"])
    op.create_index("outbox_of_item_by_arrival", "outbox", ["item_id", "arrival"])
