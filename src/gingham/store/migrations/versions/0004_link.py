"""Link, whole: each part of it adds its tables and columns in a function of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    users()
    hosted_pages()
    customizations()
    remembered()
    op.create_index("link_sessions_by_start", "link_sessions", ["started_at", "link_session_id"])
    verifications()
    health_and_redirect_uris()


def users() -> None:
    """Users of the clients, and the Items that are theirs."""
    op.add_column("items", sa.Column("user_id", TEXT, nullable=True))
    op.add_column("items", sa.Column("broken_at", NUMBER, nullable=True))
    op.create_index(
        "items_of_user",
        "items",
        ["user_id", "created_at", "item_id"],
        sqlite_where=sa.text("user_id IS NOT NULL"),
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "items_of_client_user",
        "items",
        ["client_id", "environment", "client_user_id", "created_at", "item_id"],
        sqlite_where=sa.text("client_user_id IS NOT NULL"),
        postgresql_where=sa.text("client_user_id IS NOT NULL"),
    )
    op.create_table(
        "users",
        sa.Column("user_id", TEXT, nullable=False, primary_key=True),
        sa.Column("client_id", TEXT, nullable=False),
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("client_user_id", TEXT, nullable=False),
        sa.Column("token_digest", BYTES, nullable=True),
        sa.Column("token", BYTES, nullable=True),
        sa.Column("identity", BYTES, nullable=True),
        sa.Column("holds_name", NUMBER, nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.Column("updated_at", NUMBER, nullable=True),
        sa.Column("removed_at", NUMBER, nullable=True),
        sqlite_strict=True,
    )
    op.create_index("users_by_token", "users", ["token_digest"], unique=True)
    op.create_index(
        "users_by_name",
        "users",
        ["client_id", "environment", "client_user_id"],
        unique=True,
        sqlite_where=sa.text("holds_name = 1"),
        postgresql_where=sa.text("holds_name = 1"),
    )


def hosted_pages() -> None:
    """Pages of this server's own, sessions that the clock looks at, and sealed webhooks."""
    op.add_column("link_tokens", sa.Column("hosted_digest", BYTES, nullable=True))
    op.add_column("link_tokens", sa.Column("hosted_until", NUMBER, nullable=True))
    op.add_column("link_tokens", sa.Column("sealed", BYTES, nullable=True))
    op.add_column("link_tokens", sa.Column("delivered_at", NUMBER, nullable=True))
    op.create_index("link_tokens_by_hosted", "link_tokens", ["hosted_digest"], unique=True)
    op.add_column("link_sessions", sa.Column("due_at", NUMBER, nullable=True))
    op.create_index("link_sessions_by_due", "link_sessions", ["due_at"])
    op.add_column("outbox", sa.Column("sealed", NUMBER, nullable=True))


def customizations() -> None:
    """Customizations of Link, their logos, and what a person has consented to."""
    op.create_table(
        "link_customizations",
        sa.Column("client_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("draft", BYTES, nullable=False),
        sa.Column("published", BYTES, nullable=True),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.Column("updated_at", NUMBER, nullable=False),
        sa.Column("published_at", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("client_id", "name"),
        sqlite_strict=True,
    )
    op.create_table(
        "link_logos",
        sa.Column("digest", TEXT, nullable=False, primary_key=True),
        sa.Column("png", BYTES, nullable=False),
        sqlite_strict=True,
    )
    op.add_column("items", sa.Column("consented_scopes", TEXT, nullable=True))
    op.add_column("items", sa.Column("consented_use_cases", TEXT, nullable=True))


def remembered() -> None:
    """People who come back, and the bank logins they have saved."""
    op.create_table(
        "remembered_people",
        sa.Column("person_id", TEXT, nullable=False, primary_key=True),
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("phone_digest", BYTES, nullable=False),
        sa.Column("phone", BYTES, nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sqlite_strict=True,
    )
    op.create_index(
        "remembered_people_by_phone", "remembered_people", ["environment", "phone_digest"], unique=True
    )
    op.create_table(
        "remembered_logins",
        sa.Column("person_id", TEXT, sa.ForeignKey("remembered_people.person_id"), nullable=False),
        sa.Column("institution_id", TEXT, nullable=False),
        sa.Column("grant", BYTES, nullable=False),
        sa.Column("accounts", TEXT, nullable=False),
        sa.Column("saved_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "institution_id"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def verifications() -> None:
    """Account numbers that people type, and how far they are proved."""
    op.add_column("accounts", sa.Column("verification_status", TEXT, nullable=True))
    op.add_column("accounts", sa.Column("numbers", BYTES, nullable=True))
    op.add_column("accounts", sa.Column("wrong_codes", NUMBER, nullable=True))


def health_and_redirect_uris() -> None:
    op.create_table(
        "institution_health",
        sa.Column("institution_id", TEXT, nullable=False, primary_key=True),
        sa.Column("health", TEXT, nullable=False),
        sa.Column("changed_at", NUMBER, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "redirect_uris",
        sa.Column("client_id", TEXT, nullable=False),
        sa.Column("uri", TEXT, nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "uri"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
