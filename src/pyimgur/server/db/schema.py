"""The tables. Times are Unix seconds, booleans 0 and 1, digests hex texts, so that every database stores them alike."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, text

VERSION = "0008"
"""The migration that these tables correspond to."""

metadata = MetaData()

ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""The type of keys that the database counts, and of references to them.

64 bits everywhere: a number in a URL may have as many digits as fit. SQLite counts only what is called INTEGER.
"""


def _bool_column(name: str, *, default: str = "0") -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text(default))


def _counter_column(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def _sequence_column() -> Column[int]:
    """Return a number that grows with each row, to sort rows that were created in the same second.

    It is the order of inserts, not of commits: where transactions overlap, a row may appear after one that has a higher
    number. Lists that begin behind a number only sort by it, so such a row is on an earlier page, and never twice.
    """
    return Column("number", ROW_NUMBER, primary_key=True)


account = Table(
    "account",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("bio", Text),
    Column("created", BigInteger, nullable=False),
    Column("avatar", Text),
    Column("album_privacy", Text, nullable=False, server_default=text("'hidden'")),
    _bool_column("public_images"),
    _bool_column("messaging_enabled", default="1"),
    _bool_column("accepted_gallery_terms"),
    _bool_column("show_mature"),
    _bool_column("newsletter_subscribed"),
    _bool_column("comment_replies", default="1"),
    _bool_column("email_verified"),
    _bool_column("high_quality"),
    sqlite_autoincrement=True,
)

# ---- OAuth

application = Table(
    "application",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("name", Text),
    Column("owner", ROW_NUMBER, ForeignKey("account.id", ondelete="SET NULL")),
    Column("callback", Text),
    Column("secret_hash", Text),
    Column("created", BigInteger, nullable=False),
    _bool_column("verified"),
)
authorization = Table(
    "authorization",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("client_id", Text, nullable=False),
    Column("refresh_hash", Text, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    Column("secret_hash", Text),
)
"""`secret_hash` is the hashed client secret of an unregistered application, valid for this authorization only."""
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
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
)
grant_code = Table(
    "grant_code",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("authorization", Text),
    Column("challenge", Text),
)
consent_ticket = Table(
    "consent_ticket",
    metadata,
    Column("ticket_hash", Text, primary_key=True),
    Column("browser_hash", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("network", Text, nullable=False),
)
Index("ticket_of_network", consent_ticket.c.network, consent_ticket.c.expires)
signing_key = Table(
    "signing_key",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
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

# ---- images and albums

image = Table(
    "image",
    metadata,
    _sequence_column(),
    Column("id", Text, nullable=False, unique=True),
    Column("deletehash", Text, nullable=False, unique=True),
    Column("account_id", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE")),
    Column("client_id", Text),
    Column("title", Text),
    Column("description", Text),
    Column("name", Text, nullable=False, server_default=text("''")),
    Column("type", Text, nullable=False),
    Column("ext", Text, nullable=False),
    _bool_column("animated"),
    _bool_column("has_sound"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("duration", Float),
    Column("sha256", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    _counter_column("views"),
    _counter_column("bandwidth"),
    Column("nsfw", Integer),
    Column("section", Text),
    _bool_column("in_gallery"),
    Column("received_sha256", Text, nullable=False, server_default=text("''")),
    Column("mp4_size", BigInteger),
    _counter_column("mp4_tries"),
)
Index("image_of_account", image.c.account_id, image.c.created, image.c.number)
Index("image_received", image.c.account_id, image.c.received_sha256)
_NO_MP4 = text("mp4_size = 0")
Index("image_without_mp4", image.c.id, sqlite_where=_NO_MP4, postgresql_where=_NO_MP4)

upload_key = Table(
    "upload_key",
    metadata,
    Column("key", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False, index=True),
)
Index("key_of_holder", upload_key.c.holder, upload_key.c.created, upload_key.c.key)

blob_intent = Table(
    "blob_intent",
    metadata,
    Column("id", Text, primary_key=True),
    Column("image_id", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
)
"""Images whose objects are being stored or removed; see `services.blob_intents`. The id of a new image's intent is that
of the image, so that it is reserved; others have a random suffix."""
album = Table(
    "album",
    metadata,
    _sequence_column(),
    Column("id", Text, nullable=False, unique=True),
    Column("deletehash", Text, nullable=False, unique=True),
    Column("account_id", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE")),
    Column("client_id", Text),
    Column("title", Text),
    Column("description", Text),
    Column("cover", Text),
    Column("privacy", Text, nullable=False, server_default=text("'hidden'")),
    Column("layout", Text, nullable=False, server_default=text("'blog'")),
    Column("created", BigInteger, nullable=False),
    _counter_column("views"),
    Column("nsfw", Integer),
    Column("section", Text),
    _bool_column("in_gallery"),
)
Index("album_of_account", album.c.account_id, album.c.created, album.c.number)

album_image = Table(
    "album_image",
    metadata,
    Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), primary_key=True),
    Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
)
Index("album_in_order", album_image.c.album_id, album_image.c.position)

# ---- the gallery

post = Table(
    "post",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), unique=True),
    Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), unique=True),
    Column("account_id", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("section_key", Text, index=True),
    _bool_column("mature"),
    Column("facets", Text, nullable=False, server_default=text("''")),
    Column("tags", Text, nullable=False, server_default=text("''")),
    Column("created", BigInteger, nullable=False, index=True),
    _counter_column("ups"),
    _counter_column("downs"),
    _counter_column("comments"),
    _counter_column("favorites"),
    Column("score", BigInteger, nullable=False, server_default=text("0"), index=True),
    Column("viral", Float, nullable=False, server_default=text("0"), index=True),
    sqlite_autoincrement=True,
)
tag = Table(
    "tag",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    _counter_column("total"),
)
Index("tag_by_total", tag.c.total)
post_tag = Table(
    "post_tag",
    metadata,
    Column("post", ROW_NUMBER, ForeignKey("post.number", ondelete="CASCADE"), primary_key=True),
    Column("tag", ROW_NUMBER, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
)
post_vote = Table(
    "post_vote",
    metadata,
    Column("post", ROW_NUMBER, ForeignKey("post.number", ondelete="CASCADE"), primary_key=True),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("vote", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)
favorite_folder = Table(
    "favorite_folder",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    _bool_column("private"),
    Column("created", BigInteger, nullable=False),
)
favorite = Table(
    "favorite",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), index=True),
    Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), index=True),
    Column("folder", ROW_NUMBER, ForeignKey("favorite_folder.id", ondelete="SET NULL"), index=True),
    Column("created", BigInteger, nullable=False),
)
Index("favorite_image", favorite.c.account, favorite.c.image_id, unique=True)
Index("favorite_album", favorite.c.account, favorite.c.album_id, unique=True)

comment = Table(
    "comment",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("post", ROW_NUMBER, ForeignKey("post.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("account_id", ROW_NUMBER, ForeignKey("account.id", ondelete="SET NULL"), index=True),
    Column("parent", ROW_NUMBER, ForeignKey("comment.id", ondelete="CASCADE"), index=True),
    Column("depth", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    _bool_column("deleted"),
    _counter_column("ups"),
    _counter_column("downs"),
    sqlite_autoincrement=True,
)
comment_vote = Table(
    "comment_vote",
    metadata,
    Column("comment", ROW_NUMBER, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("vote", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)
report = Table(
    "report",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("post", ROW_NUMBER, ForeignKey("post.number", ondelete="CASCADE"), index=True),
    Column("comment", ROW_NUMBER, ForeignKey("comment.id", ondelete="CASCADE"), index=True),
    Column("reason", Integer),
    Column("created", BigInteger, nullable=False),
)
Index("report_of_post", report.c.account, report.c.post, unique=True)
Index("report_of_comment", report.c.account, report.c.comment, unique=True)

# ---- accounts and each other

person_block = Table(
    "person_block",
    metadata,
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("blocked", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("created", BigInteger, nullable=False),
)
person_report = Table(
    "person_report",
    metadata,
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("reported", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("created", BigInteger, nullable=False),
)
tag_follow = Table(
    "tag_follow",
    metadata,
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", ROW_NUMBER, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("created", BigInteger, nullable=False),
)
conversation = Table(
    "conversation",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("first", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("second", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    _counter_column("first_cleared"),
    _counter_column("second_cleared"),
    sqlite_autoincrement=True,
)
"""Between two accounts, the lower number first. `*_cleared` is the last message that the account has deleted."""
Index("conversation_of_two", conversation.c.first, conversation.c.second, unique=True)
message = Table(
    "message",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("conversation", ROW_NUMBER, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    Column("sender", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
Index("message_in_order", message.c.conversation, message.c.id)
notification = Table(
    "notification",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("account", ROW_NUMBER, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("comment", ROW_NUMBER, ForeignKey("comment.id", ondelete="CASCADE"), index=True),
    Column("message", ROW_NUMBER, ForeignKey("message.id", ondelete="CASCADE"), index=True),
    _bool_column("viewed"),
    Column("created", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
Index("notification_in_order", notification.c.account, notification.c.id)
