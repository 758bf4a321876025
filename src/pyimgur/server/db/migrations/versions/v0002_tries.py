"""How often it was tried to make an MP4 of an image."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the count."""
    op.add_column("image", Column("mp4_tries", BigInteger, nullable=False, server_default=text("0")))
