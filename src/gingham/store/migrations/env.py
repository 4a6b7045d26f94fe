"""Alembic's environment: writes migrations as SQL (see `gingham.store.upgrade`).

A migration therefore never asks the database anything: what it needs to know it says in SQL.
"""

from alembic import context

context.configure(
    dialect_name=context.config.attributes["dialect"],
    literal_binds=True,
    # The store runs the script inside a transaction of its own.
    transactional_ddl=False,
)
context.run_migrations()
