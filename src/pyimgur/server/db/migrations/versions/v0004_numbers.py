"""Images and albums are numbered as they come, as a list told nothing of the order within one second."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, Text, text

revision = "0004"
down_revision = "0003"

ZERO = text("0")


def upgrade() -> None:
    """Make both tables anew, as SQLite gives no table another key; it has counted the rows as they came."""
    renew("image", *uploaded(), *of_image())
    op.create_index("image_of_account", "image", ["account_id", "created", "number"])
    op.create_index("image_received", "image", ["account_id", "received_sha256"])
    op.create_index("image_without_mp4", "image", ["id"], sqlite_where=text("mp4_size = 0"))
    renew("album", *uploaded(), *of_album())
    op.create_index("album_of_account", "album", ["account_id", "created", "number"])


def renew(table: str, *columns: Column[object]) -> None:
    """Create the table again with the same rows, and a number as first column."""
    op.create_table(f"{table}_new", Column("number", Integer, primary_key=True), *columns)
    op.execute(f"INSERT INTO {table}_new SELECT rowid, * FROM {table}")  # noqa: S608 - one of two names above
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def uploaded() -> list[Column[object]]:
    """Return the columns that both tables begin with."""
    return [
        Column("id", Text, nullable=False, unique=True),
        Column("deletehash", Text, nullable=False, unique=True),
        Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE")),
        Column("client_id", Text),
        Column("title", Text),
        Column("description", Text),
    ]


def of_image() -> list[Column[object]]:
    """Return the other columns of images."""
    return [
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
        Column("in_gallery", Integer, nullable=False, server_default=ZERO),
        Column("received_sha256", Text, nullable=False, server_default=text("''")),
        Column("mp4_size", BigInteger),
        Column("mp4_tries", BigInteger, nullable=False, server_default=ZERO),
    ]


def of_album() -> list[Column[object]]:
    """Return the other columns of albums."""
    return [
        Column("cover", Text),
        Column("privacy", Text, nullable=False, server_default=text("'hidden'")),
        Column("layout", Text, nullable=False, server_default=text("'blog'")),
        Column("created", BigInteger, nullable=False),
        Column("views", BigInteger, nullable=False, server_default=ZERO),
        Column("nsfw", Integer),
        Column("section", Text),
        Column("in_gallery", Integer, nullable=False, server_default=ZERO),
    ]
