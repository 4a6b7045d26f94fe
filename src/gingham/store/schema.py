"""The tables, declared once for both engines.

`python -m gingham.store.schema` writes `schema.sqlite.sql` and `schema.postgresql.sql`, from which a
fresh database is made without importing SQLAlchemy. Columns are the members of the row Structs, in their
order.

What keeps the cost of a request the same from 10^3 to 10^7 Items:

* every statement finds its rows by an index, and one that sorts finds them already in order;
* what is small and found by its key alone lies inside that key's B-tree (SQLite: WITHOUT ROWID);
* what is large lies in the order of its arrival, so that the rows of one Item, written together, stay
  together, and appending them touches few pages.

Types are text, 64-bit integers and bytes. On SQLite the tables are STRICT, so that a value of the wrong
type fails there as it does on PostgreSQL; on PostgreSQL text is collated by code point ("C") as it is on
SQLite, because pages of updates are ordered by id and a locale's order would part them differently.
"""

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from gingham.store.upgrade import HEAD, schema_file

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite's INTEGER has 64 bits; STRICT tables know no BIGINT.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
BYTES = LargeBinary()

DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
}

metadata = MetaData()


def _text(name: str, *more: ForeignKey, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, TEXT, *more, nullable=null, primary_key=key)


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, NUMBER, nullable=null)


def _bytes(name: str, *more: ForeignKey, null: bool = False, key: bool = False) -> Column[bytes]:
    return Column(name, BYTES, *more, nullable=null, primary_key=key)


def _arrival() -> Column[int]:
    """Counts rows as they come: what happened in one microsecond still has an order."""
    return Column("arrival", NUMBER, Identity(), primary_key=True)


client_keys = Table(
    "client_keys",
    metadata,
    _text("client_id"),
    _text("environment"),
    _text("kind"),
    _bytes("digest"),
    _number("created_at"),
    PrimaryKeyConstraint("client_id", "environment", "kind", "digest"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

items = Table(
    "items",
    metadata,
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
    _text("user_id", null=True),
    _number("broken_at", null=True),
    _text("consented_scopes", null=True),
    _text("consented_use_cases", null=True),
    _text("seen_accounts", null=True),
    sqlite_strict=True,
)
Index(
    "items_of_user",
    items.c.user_id,
    items.c.created_at,
    items.c.item_id,
    sqlite_where=items.c.user_id.is_not(None),
    postgresql_where=items.c.user_id.is_not(None),
)
Index(
    "items_of_client_user",
    items.c.client_id,
    items.c.environment,
    items.c.client_user_id,
    items.c.created_at,
    items.c.item_id,
    sqlite_where=items.c.client_user_id.is_not(None),
    postgresql_where=items.c.client_user_id.is_not(None),
)

users = Table(
    "users",
    metadata,
    _text("user_id", key=True),
    _text("client_id"),
    _text("environment"),
    _text("client_user_id"),
    _bytes("token_digest", null=True),
    _bytes("token", null=True),
    _bytes("identity", null=True),
    _number("holds_name"),
    _number("created_at"),
    _number("updated_at", null=True),
    _number("removed_at", null=True),
    Index("users_by_token", "token_digest", unique=True),
    sqlite_strict=True,
)
# One user per name of the client's.
Index(
    "users_by_name",
    users.c.client_id,
    users.c.environment,
    users.c.client_user_id,
    unique=True,
    sqlite_where=users.c.holds_name == 1,
    postgresql_where=users.c.holds_name == 1,
)

access_tokens = Table(
    "access_tokens",
    metadata,
    _bytes("digest", key=True),
    _text("item_id", ForeignKey("items.item_id")),
    _number("created_at"),
    _number("revoked_at", null=True),
    Index("access_tokens_of_item", "item_id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

public_tokens = Table(
    "public_tokens",
    metadata,
    _bytes("digest", key=True),
    _text("item_id", ForeignKey("items.item_id")),
    _number("created_at"),
    _number("expires_at"),
    _number("exchanged_at", null=True),
    _number("for_update"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

accounts = Table(
    "accounts",
    metadata,
    _text("account_id", key=True),
    _text("item_id", ForeignKey("items.item_id")),
    _number("position"),
    _text("reference"),
    _text("type"),
    _text("subtype", null=True),
    _text("name"),
    _text("mask", null=True),
    _bytes("encoded"),
    _text("verification_status", null=True),
    _bytes("numbers", null=True),
    _number("wrong_codes", null=True),
    Index("accounts_of_item", "item_id", "position"),
    sqlite_strict=True,
)

# No foreign keys: hundreds of rows arrive at once, with the Item and the accounts they name, and a check of each would
# slow down the largest write there is.
transactions = Table(
    "transactions",
    metadata,
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
    # The Item first: ids are random, and an index on them alone would write one page for every row of a pull.
    PrimaryKeyConstraint("item_id", "transaction_id"),
    sqlite_strict=True,
)
# `page`: in the order of its answer. The account is inside so that counting and skipping never open a row.
Index(
    "transactions_by_date",
    transactions.c.item_id,
    transactions.c.date.desc(),
    transactions.c.place,
    transactions.c.transaction_id,
    transactions.c.account_id,
    sqlite_where=transactions.c.removed == 0,
    postgresql_where=transactions.c.removed == 0,
)
# `changes`: likewise.
Index(
    "transactions_by_change",
    transactions.c.item_id,
    transactions.c.changed_seq,
    transactions.c.transaction_id,
)

link_tokens = Table(
    "link_tokens",
    metadata,
    _bytes("digest", key=True),
    _text("client_id"),
    _text("environment"),
    _number("created_at"),
    _number("expires_at"),
    _bytes("request"),
    _text("item_id", null=True),
    _number("used_at", null=True),
    _number("burnt_at", null=True),
    _bytes("hosted_digest", null=True),
    _number("hosted_until", null=True),
    _bytes("sealed", null=True),
    _number("delivered_at", null=True),
    Index("link_tokens_by_hosted", "hosted_digest", unique=True),
    sqlite_strict=True,
)

link_sessions = Table(
    "link_sessions",
    metadata,
    _text("link_session_id", key=True),
    _bytes("token_digest", ForeignKey("link_tokens.digest")),
    _bytes("secret_digest"),
    _number("revision"),
    _bytes("state"),
    _bytes("sealed", null=True),
    _number("started_at"),
    _number("touched_at"),
    _number("finished_at", null=True),
    _bytes("outcome", null=True),
    _text("item_id", null=True),
    _number("due_at", null=True),
    Index("link_sessions_by_due", "due_at"),
    Index("link_sessions_by_secret", "secret_digest", unique=True),
    Index("link_sessions_by_start", "started_at", "link_session_id"),
    Index("link_sessions_of_token", "token_digest", "started_at", "link_session_id"),
    sqlite_strict=True,
)

link_events = Table(
    "link_events",
    metadata,
    _text("event_id", key=True),
    _text("link_session_id", ForeignKey("link_sessions.link_session_id")),
    _number("position"),
    _text("name"),
    _bytes("metadata"),
    _number("at"),
    Index("link_events_of_session", "link_session_id", "position"),
    sqlite_strict=True,
)

link_customizations = Table(
    "link_customizations",
    metadata,
    _text("client_id"),
    _text("name"),
    _bytes("draft"),
    _bytes("published", null=True),
    _number("created_at"),
    _number("updated_at"),
    _number("published_at", null=True),
    PrimaryKeyConstraint("client_id", "name"),
    sqlite_strict=True,
)

link_logos = Table(
    "link_logos",
    metadata,
    _text("digest", key=True),
    _bytes("png"),
    sqlite_strict=True,
)

bank_visits = Table(
    "bank_visits",
    metadata,
    _bytes("handle_digest", key=True),
    _text("oauth_state_id"),
    _text("link_session_id", ForeignKey("link_sessions.link_session_id")),
    _bytes("token_digest"),
    _number("created_at"),
    _number("returned_at", null=True),
    _number("resumed_at", null=True),
    Index("bank_visits_by_state", "oauth_state_id", unique=True),
    sqlite_strict=True,
)

institution_health = Table(
    "institution_health",
    metadata,
    _text("institution_id", key=True),
    _text("health"),
    _number("changed_at"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

issues = Table(
    "issues",
    metadata,
    _text("issue_id", key=True),
    _text("institution_id"),
    _text("cause"),
    _number("created_at"),
    _number("resolved_at", null=True),
    sqlite_strict=True,
)
Index(
    "issues_open",
    issues.c.institution_id,
    unique=True,
    sqlite_where=issues.c.resolved_at.is_(None),
    postgresql_where=issues.c.resolved_at.is_(None),
)

issue_sightings = Table(
    "issue_sightings",
    metadata,
    _text("link_session_id"),
    _text("request_id"),
    _text("issue_id", ForeignKey("issues.issue_id")),
    _text("client_id"),
    _text("environment"),
    PrimaryKeyConstraint("client_id", "environment", "link_session_id", "request_id", "issue_id"),
    Index("issue_sightings_of_request", "client_id", "environment", "request_id", "issue_id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

issue_subscribers = Table(
    "issue_subscribers",
    metadata,
    _text("issue_id", ForeignKey("issues.issue_id")),
    _text("client_id"),
    _text("environment"),
    _text("url"),
    _bytes("follower"),
    _number("created_at"),
    PrimaryKeyConstraint("issue_id", "client_id", "environment", "url", "follower"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

redirect_uris = Table(
    "redirect_uris",
    metadata,
    _text("client_id"),
    _text("uri"),
    _number("created_at"),
    PrimaryKeyConstraint("client_id", "uri"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

outbox = Table(
    "outbox",
    metadata,
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
    _number("sealed", null=True),
    Index("outbox_by_id", "webhook_id", unique=True),
    Index("outbox_by_age", "created_at", "arrival"),
    Index("outbox_of_item", "item_id", "created_at", "arrival"),
    Index("outbox_of_client", "client_id", "environment", "arrival"),
    Index("outbox_of_item_by_arrival", "item_id", "arrival"),
    sqlite_strict=True,
)

deliveries = Table(
    "deliveries",
    metadata,
    _arrival(),
    _text("webhook_id"),
    _text("ordered_with"),
    _text("receiver"),
    _number("due_at"),
    _number("attempts"),
    Index("deliveries_by_id", "webhook_id", unique=True),
    Index("deliveries_by_due", "due_at", "arrival"),
    sqlite_strict=True,
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    _text("webhook_id"),
    _number("number"),
    _text("receiver"),
    _number("at"),
    _number("status", null=True),
    _text("failure", null=True),
    _number("took_ms"),
    _bytes("answer"),
    PrimaryKeyConstraint("webhook_id", "number"),
    Index("delivery_attempts_of_receiver", "receiver", "at"),
    sqlite_strict=True,
)

webhook_keys = Table(
    "webhook_keys",
    metadata,
    _text("kid", key=True),
    _text("environment"),
    _bytes("sealed"),
    _number("created_at"),
    _number("expired_at", null=True),
    Index("webhook_keys_of_environment", "environment", "created_at"),
    sqlite_strict=True,
)

jobs = Table(
    "jobs",
    metadata,
    _arrival(),
    _text("job_id"),
    _text("kind"),
    _text("item_id"),
    _number("due_at"),
    Index("jobs_by_id", "job_id", unique=True),
    Index("jobs_by_due", "due_at", "arrival"),
    Index("jobs_of_item", "item_id", "due_at", "arrival"),
    sqlite_strict=True,
)

remembered_people = Table(
    "remembered_people",
    metadata,
    _text("person_id", key=True),
    _text("environment"),
    _bytes("phone_digest"),
    _bytes("phone"),
    _number("created_at"),
    Index("remembered_people_by_phone", "environment", "phone_digest", unique=True),
    sqlite_strict=True,
)

remembered_logins = Table(
    "remembered_logins",
    metadata,
    _text("person_id", ForeignKey("remembered_people.person_id")),
    _text("institution_id"),
    _bytes("grant"),
    _text("accounts"),
    _number("saved_at"),
    PrimaryKeyConstraint("person_id", "institution_id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

meta = Table(
    "meta",
    metadata,
    _text("name", key=True),
    _text("value"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)


oauth_bank_sessions = Table(
    "oauth_bank_sessions",
    metadata,
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
    Index("oauth_bank_sessions_by_expiry", "expires_at"),
    sqlite_strict=True,
)

oauth_bank_consents = Table(
    "oauth_bank_consents",
    metadata,
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
    Index("oauth_bank_consents_by_expiry", "expires_at"),
    sqlite_strict=True,
)
Index(
    "oauth_bank_consents_of_subject",
    oauth_bank_consents.c.institution_id,
    oauth_bank_consents.c.subject,
    oauth_bank_consents.c.created_at.desc(),
    oauth_bank_consents.c.consent_id,
)

oauth_bank_codes = Table(
    "oauth_bank_codes",
    metadata,
    _bytes("digest", key=True),
    _text("consent_id"),
    _text("redirect_uri"),
    _text("code_challenge"),
    _text("nonce", null=True),
    _number("signed_in_at"),
    _number("expires_at"),
    _number("used_at", null=True),
    Index("oauth_bank_codes_by_expiry", "expires_at"),
    sqlite_strict=True,
)

oauth_bank_tokens = Table(
    "oauth_bank_tokens",
    metadata,
    _bytes("digest", key=True),
    _text("consent_id"),
    _text("kind"),
    _text("scope"),
    _number("expires_at"),
    Index("oauth_bank_tokens_by_expiry", "expires_at"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

oauth_bank_keys = Table(
    "oauth_bank_keys",
    metadata,
    _text("kid", key=True),
    _bytes("sealed"),
    _number("created_at"),
    sqlite_strict=True,
)
Index("oauth_bank_keys_by_age", oauth_bank_keys.c.created_at.desc(), oauth_bank_keys.c.kid)


def sql(dialect: str) -> str:
    """The statements that make a fresh database at revision `HEAD`. `dialect`: sqlite or postgresql."""
    known = DIALECTS[dialect]
    statements = [
        # As Alembic makes it.
        "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, "
        "\n\tCONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)",
        f"INSERT INTO alembic_version (version_num) VALUES ('{HEAD}')",  # noqa: S608
    ]
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=known)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements.extend(str(CreateIndex(index).compile(dialect=known)) for index in indexes)
    lines = [line.rstrip() for statement in statements for line in f"{statement.strip()};\n".split("\n")]
    return "-- Written by `python -m gingham.store.schema`: change schema.py instead.\n\n" + "\n".join(lines)


def write(folder: Path | None = None) -> None:
    """Writes both files, beside this module unless told otherwise."""
    for dialect in DIALECTS:
        file = schema_file(dialect)
        (file if folder is None else folder / file.name).write_text(sql(dialect), encoding="utf-8")


if __name__ == "__main__":
    write()
