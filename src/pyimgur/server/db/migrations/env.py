"""Alembic's environment: run the migrations on the connection, and in the transaction, of `migrate.upgrade`."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
