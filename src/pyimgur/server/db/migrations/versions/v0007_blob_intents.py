"""Intents to store or remove files, which were second names of the files before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "blob_intent",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
