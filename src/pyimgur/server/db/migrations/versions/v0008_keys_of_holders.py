"""Idempotency keys name their holder, an account or a network, whose keys are limited whatever their client ids.

IPv6 networks get names that sort together with those of the wider networks around them.
"""

from __future__ import annotations

from ipaddress import IPv6Address

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table anew, as SQLite adds a column behind the table's constraints."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.create_function("owner_of", 1, owner_of, deterministic=True)
    connection.create_function("holder_of", 1, holder_of, deterministic=True)
    op.create_table(
        "upload_key_new",
        Column("key", Text, primary_key=True),
        Column("owner", Text, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), nullable=False),
        Column("created", BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO upload_key_new SELECT key, owner_of(owner), holder_of(owner), image_id, created FROM upload_key"
    )
    op.drop_table("upload_key")
    op.rename_table("upload_key_new", "upload_key")
    op.create_index("ix_upload_key_created", "upload_key", ["created"])
    op.create_index("ix_upload_key_image_id", "upload_key", ["image_id"])
    op.create_index("key_of_holder", "upload_key", ["holder", "created", "key"])


def owner_of(owner: str) -> str:
    """Return an owner with the new name of its network: `client:abc`, a tab, and the network."""
    client_id, tab, network = owner.rpartition("\t")
    return f"{client_id}{tab}{new_name(network)}"


def holder_of(owner: str) -> str:
    """Return the account, or the network's new name; empty for a key that was stored without its network."""
    network = owner.rpartition("\t")[2]
    return owner if owner.startswith("account:") else "" if network == owner else new_name(network)


def new_name(network: str) -> str:
    """Return the first 64 bits of an IPv6 address in four groups of four digits; anything else as it is."""
    try:
        digits = f"{int(IPv6Address(network)):032x}"
    except ValueError:
        return network
    return ":".join(digits[start : start + 4] for start in range(0, 16, 4))
