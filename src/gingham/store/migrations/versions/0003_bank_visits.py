"""Where people are while they are at a bank's own pages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "bank_visits",
        sa.Column("handle_digest", BYTES, nullable=False, primary_key=True),
        sa.Column("oauth_state_id", TEXT, nullable=False),
        sa.Column("link_session_id", TEXT, sa.ForeignKey("link_sessions.link_session_id"), nullable=False),
        sa.Column("token_digest", BYTES, nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.Column("returned_at", NUMBER, nullable=True),
        sa.Column("resumed_at", NUMBER, nullable=True),
        sqlite_strict=True,
    )
    op.create_index("bank_visits_by_state", "bank_visits", ["oauth_state_id"], unique=True)
