"""Alembic's environment: run the migrations on the connection, and in the transaction, of a dialect's `upgrade`.

Up to 0008, migrations were written for SQLite. A database of another kind begins with the tables of `schema.py`, at
their version, so it needs the later ones only. These run on every database: they use `op`, tables are changed in
batches, and where databases differ they ask `op.get_bind().dialect.name`.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
