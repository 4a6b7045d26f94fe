"""Link, finished: each part of it adds its tables and columns in a function of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    issues()
    accounts_that_were_seen()


def issues() -> None:
    """Institutions that work badly, and who waits for them to recover."""
    op.create_table(
        "issues",
        sa.Column("issue_id", TEXT, nullable=False, primary_key=True),
        sa.Column("institution_id", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.Column("resolved_at", NUMBER, nullable=True),
        sqlite_strict=True,
    )
    op.create_index(
        "issues_open",
        "issues",
        ["institution_id"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "issue_sightings",
        sa.Column("link_session_id", TEXT, nullable=False),
        sa.Column("request_id", TEXT, nullable=False),
        sa.Column("issue_id", TEXT, sa.ForeignKey("issues.issue_id"), nullable=False),
        sa.Column("client_id", TEXT, nullable=False),
        sa.Column("environment", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "environment", "link_session_id", "request_id", "issue_id"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index(
        "issue_sightings_of_request",
        "issue_sightings",
        ["client_id", "environment", "request_id", "issue_id"],
    )
    op.create_table(
        "issue_subscribers",
        sa.Column("issue_id", TEXT, sa.ForeignKey("issues.issue_id"), nullable=False),
        sa.Column("client_id", TEXT, nullable=False),
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("follower", BYTES, nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "client_id", "environment", "url", "follower"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def accounts_that_were_seen() -> None:
    """What a bank has shown of an Item, so that an account that is new there is told of once."""
    op.add_column("items", sa.Column("seen_accounts", TEXT, nullable=True))
