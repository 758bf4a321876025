"""The tables. Times are unix seconds, booleans 0 and 1, digests hex: any database holds them alike."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, text

VERSION = "0001"
"""The migration that makes today's tables."""

metadata = MetaData()


def _flag(name: str, *, default: str = "0") -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text(default))


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("bio", Text),
    Column("created", BigInteger, nullable=False),
    Column("reputation", Integer, nullable=False, server_default=text("0")),
    sqlite_autoincrement=True,
)

# ---- OAuth

application = Table(
    "application",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("name", Text),
    Column("owner", Integer, ForeignKey("account.id", ondelete="SET NULL")),
    Column("callback", Text),
    Column("secret_hash", Text),
    Column("created", BigInteger, nullable=False),
)
authorization = Table(
    "authorization",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("client_id", Text, nullable=False),
    Column("refresh_hash", Text, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
)
access_token = Table(
    "access_token",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("authorization", Text, ForeignKey("authorization.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires", BigInteger, nullable=False),
)
grant_pin = Table(
    "grant_pin",
    metadata,
    Column("pin_hash", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
)
grant_code = Table(
    "grant_code",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("authorization", Text),
)
consent_ticket = Table(
    "consent_ticket",
    metadata,
    Column("ticket_hash", Text, primary_key=True),
    Column("browser_hash", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
)
attempt = Table(
    "attempt",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", BigInteger, nullable=False, index=True),
    Column("until", BigInteger, nullable=False),
)
usage = Table(
    "usage",
    metadata,
    Column("key", Text, primary_key=True),
    Column("window", BigInteger, primary_key=True),
    Column("spent", BigInteger, nullable=False),
)

# ---- pictures

image = Table(
    "image",
    metadata,
    Column("id", Text, primary_key=True),
    Column("deletehash", Text, nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE")),
    Column("client_id", Text),
    Column("title", Text),
    Column("description", Text),
    Column("name", Text, nullable=False, server_default=text("''")),
    Column("type", Text, nullable=False),
    Column("ext", Text, nullable=False),
    _flag("animated"),
    _flag("has_sound"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("duration", Float),
    Column("sha256", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    _count("views"),
    _count("bandwidth"),
    Column("nsfw", Integer),
    Column("section", Text),
)
Index("image_of_account", image.c.account_id, image.c.created.desc(), image.c.id)

upload_key = Table(
    "upload_key",
    metadata,
    Column("key", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False, index=True),
)

album = Table(
    "album",
    metadata,
    Column("id", Text, primary_key=True),
    Column("deletehash", Text, nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE")),
    Column("client_id", Text),
    Column("title", Text),
    Column("description", Text),
    Column("cover", Text),
    Column("privacy", Text, nullable=False, server_default=text("'hidden'")),
    Column("layout", Text, nullable=False, server_default=text("'blog'")),
    Column("created", BigInteger, nullable=False),
    _count("views"),
    Column("nsfw", Integer),
    Column("section", Text),
)
Index("album_of_account", album.c.account_id, album.c.created.desc(), album.c.id)

album_image = Table(
    "album_image",
    metadata,
    Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), primary_key=True),
    Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
)
Index("album_in_order", album_image.c.album_id, album_image.c.position)
