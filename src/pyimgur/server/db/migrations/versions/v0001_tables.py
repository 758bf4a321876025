"""The first tables: people, what they let programs do, pictures and albums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, Text, text

if TYPE_CHECKING:
    from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None

ZERO = text("0")


def upgrade() -> None:
    """Make them."""
    people()
    grants()
    counters()
    pictures()


def people() -> None:
    """Accounts and applications."""
    op.create_table(
        "account",
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False),
        Column("name_key", Text, nullable=False, unique=True),
        Column("password", Text, nullable=False),
        Column("bio", Text),
        Column("created", BigInteger, nullable=False),
        Column("reputation", Integer, nullable=False, server_default=ZERO),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "application",
        Column("client_id", Text, primary_key=True),
        Column("name", Text),
        Column("owner", Integer, ForeignKey("account.id", ondelete="SET NULL")),
        Column("callback", Text),
        Column("secret_hash", Text),
        Column("created", BigInteger, nullable=False),
    )


def grants() -> None:
    """What people allowed, or are being asked to."""
    op.create_table(
        "authorization",
        Column("id", Text, primary_key=True),
        of_account(),
        Column("client_id", Text, nullable=False),
        Column("refresh_hash", Text, nullable=False, unique=True),
        Column("created", BigInteger, nullable=False),
    )
    op.create_table(
        "access_token",
        Column("token_hash", Text, primary_key=True),
        Column("authorization", Text, ForeignKey("authorization.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("expires", BigInteger, nullable=False),
    )
    op.create_table("grant_pin", Column("pin_hash", Text, primary_key=True), *grant())
    op.create_table("grant_code", Column("code_hash", Text, primary_key=True), *grant(), Column("authorization", Text))
    op.create_table(
        "consent_ticket",
        Column("ticket_hash", Text, primary_key=True),
        Column("browser_hash", Text, nullable=False),
        Column("purpose", Text, nullable=False),
        Column("expires", BigInteger, nullable=False, index=True),
    )


def counters() -> None:
    """Tries that failed, and credits."""
    op.create_table(
        "attempt",
        Column("key", Text, primary_key=True),
        Column("failures", Integer, nullable=False),
        Column("last", BigInteger, nullable=False, index=True),
        Column("until", BigInteger, nullable=False),
    )
    op.create_table(
        "usage",
        Column("key", Text, primary_key=True),
        Column("window", BigInteger, primary_key=True),
        Column("spent", BigInteger, nullable=False),
    )


def pictures() -> None:
    """Pictures, albums, and which is in which."""
    op.create_table(
        "image",
        *uploaded(),
        Column("name", Text, nullable=False, server_default=text("''")),
        Column("type", Text, nullable=False),
        Column("ext", Text, nullable=False),
        Column("animated", Integer, nullable=False, server_default=ZERO),
        Column("has_sound", Integer, nullable=False, server_default=ZERO),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("duration", Float),
        Column("sha256", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("views", BigInteger, nullable=False, server_default=ZERO),
        Column("bandwidth", BigInteger, nullable=False, server_default=ZERO),
        Column("nsfw", Integer),
        Column("section", Text),
    )
    op.create_index("image_of_account", "image", ["account_id", text("created DESC"), "id"])
    op.create_table(
        "upload_key",
        Column("key", Text, primary_key=True),
        Column("owner", Text, primary_key=True),
        Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("created", BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "album",
        *uploaded(),
        Column("cover", Text),
        Column("privacy", Text, nullable=False, server_default=text("'hidden'")),
        Column("layout", Text, nullable=False, server_default=text("'blog'")),
        Column("created", BigInteger, nullable=False),
        Column("views", BigInteger, nullable=False, server_default=ZERO),
        Column("nsfw", Integer),
        Column("section", Text),
    )
    op.create_index("album_of_account", "album", ["account_id", text("created DESC"), "id"])
    op.create_table(
        "album_image",
        Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), primary_key=True),
        Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True),
        Column("position", Integer, nullable=False),
    )
    op.create_index("album_in_order", "album_image", ["album_id", "position"])


def of_account() -> Column[int]:
    """A person's number, in what goes when the person does."""
    return Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True)


def grant() -> list[SchemaItem]:
    """For whom something can be exchanged, and until when."""
    return [
        Column("client_id", Text, nullable=False),
        of_account(),
        Column("expires", BigInteger, nullable=False, index=True),
    ]


def uploaded() -> list[SchemaItem]:
    """What pictures and albums have in common."""
    return [
        Column("id", Text, primary_key=True),
        Column("deletehash", Text, nullable=False, unique=True),
        Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE")),
        Column("client_id", Text),
        Column("title", Text),
        Column("description", Text),
    ]
