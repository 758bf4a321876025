"""The idempotency keys of one owner are found by when they came, so that the oldest of too many can be deleted."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the index."""
    op.create_index("key_of_owner", "upload_key", ["owner", "created", "key"])
