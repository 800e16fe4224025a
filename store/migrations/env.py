"""How alembic runs here: inside the transaction that ``store.schema`` has begun, never its own."""

from __future__ import annotations

from alembic import context

from store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
