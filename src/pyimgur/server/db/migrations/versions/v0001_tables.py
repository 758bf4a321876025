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
    gallery()
    opinions()
    comments()
    company()


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
        Column("avatar", Text),
        Column("album_privacy", Text, nullable=False, server_default=text("'hidden'")),
        *(
            Column(name, Integer, nullable=False, server_default=text(default))
            for name, default in {
                "public_images": "0",
                "messaging_enabled": "1",
                "accepted_gallery_terms": "0",
                "show_mature": "0",
                "newsletter_subscribed": "0",
                "comment_replies": "1",
                "email_verified": "0",
            }.items()
        ),
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
    """Create the tables of authorizations, tokens, pins, codes and form tokens."""
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
        Column("in_gallery", Integer, nullable=False, server_default=ZERO),
        Column("received_sha256", Text, nullable=False, server_default=text("''")),
        Column("mp4_size", BigInteger),
    )
    op.create_index("image_of_account", "image", ["account_id", text("created DESC"), "id"])
    op.create_index("image_received", "image", ["account_id", "received_sha256"])
    unmade = text("mp4_size = 0")
    op.create_index("image_without_mp4", "image", ["id"], sqlite_where=unmade)
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
        Column("in_gallery", Integer, nullable=False, server_default=ZERO),
    )
    op.create_index("album_of_account", "album", ["account_id", text("created DESC"), "id"])
    op.create_table(
        "album_image",
        Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), primary_key=True),
        Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True),
        Column("position", Integer, nullable=False),
    )
    op.create_index("album_in_order", "album_image", ["album_id", "position"])


def gallery() -> None:
    """Posts, and what they are about."""
    op.create_table(
        "post",
        Column("number", Integer, primary_key=True),
        Column("id", Text, nullable=False, unique=True),
        Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), unique=True),
        Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), unique=True),
        Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("section_key", Text, index=True),
        Column("mature", Integer, nullable=False, server_default=ZERO),
        Column("facets", Text, nullable=False, server_default=text("''")),
        Column("tags", Text, nullable=False, server_default=text("''")),
        Column("created", BigInteger, nullable=False, index=True),
        Column("ups", BigInteger, nullable=False, server_default=ZERO),
        Column("downs", BigInteger, nullable=False, server_default=ZERO),
        Column("comments", BigInteger, nullable=False, server_default=ZERO),
        Column("favorites", BigInteger, nullable=False, server_default=ZERO),
        Column("score", BigInteger, nullable=False, server_default=ZERO, index=True),
        Column("viral", Float, nullable=False, server_default=ZERO, index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tag",
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("display_name", Text, nullable=False),
        Column("total", BigInteger, nullable=False, server_default=ZERO),
    )
    op.create_index("tag_by_total", "tag", ["total"])
    op.create_table(
        "post_tag",
        Column("post", Integer, ForeignKey("post.number", ondelete="CASCADE"), primary_key=True),
        Column("tag", Integer, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
        Column("position", Integer, nullable=False),
    )
    op.execute(
        "CREATE VIRTUAL TABLE post_words USING fts5(title, description, tags, author, section, facets, "
        "tokenize=\"unicode61 remove_diacritics 2 tokenchars '_'\")"
    )
    op.execute(
        "CREATE TRIGGER post_words_go AFTER DELETE ON post BEGIN DELETE FROM post_words WHERE rowid = old.number; END"
    )


def opinions() -> None:
    """Create the tables of votes on posts, favorite folders and favorites."""
    op.create_table(
        "post_vote",
        Column("post", Integer, ForeignKey("post.number", ondelete="CASCADE"), primary_key=True),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True),
        Column("vote", Integer, nullable=False),
        Column("created", BigInteger, nullable=False),
    )
    op.create_table(
        "favorite_folder",
        Column("id", Integer, primary_key=True),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("name", Text, nullable=False),
        Column("private", Integer, nullable=False, server_default=ZERO),
        Column("created", BigInteger, nullable=False),
    )
    op.create_table(
        "favorite",
        Column("id", Integer, primary_key=True),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        Column("image_id", Text, ForeignKey("image.id", ondelete="CASCADE"), index=True),
        Column("album_id", Text, ForeignKey("album.id", ondelete="CASCADE"), index=True),
        Column("folder", Integer, ForeignKey("favorite_folder.id", ondelete="SET NULL"), index=True),
        Column("created", BigInteger, nullable=False),
    )
    op.create_index("favorite_image", "favorite", ["account", "image_id"], unique=True)
    op.create_index("favorite_album", "favorite", ["account", "album_id"], unique=True)


def comments() -> None:
    """Create the tables of comments, the votes on them, and reports of posts and comments."""
    op.create_table(
        "comment",
        Column("id", Integer, primary_key=True),
        Column("post", Integer, ForeignKey("post.number", ondelete="CASCADE"), nullable=False, index=True),
        Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("parent", Integer, ForeignKey("comment.id", ondelete="CASCADE"), index=True),
        Column("depth", Integer, nullable=False),
        Column("text", Text, nullable=False),
        Column("platform", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("deleted", Integer, nullable=False, server_default=ZERO),
        Column("ups", BigInteger, nullable=False, server_default=ZERO),
        Column("downs", BigInteger, nullable=False, server_default=ZERO),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "comment_vote",
        Column("comment", Integer, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True),
        Column("vote", Integer, nullable=False),
        Column("created", BigInteger, nullable=False),
    )
    op.create_table(
        "report",
        Column("id", Integer, primary_key=True),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        Column("post", Integer, ForeignKey("post.number", ondelete="CASCADE"), index=True),
        Column("comment", Integer, ForeignKey("comment.id", ondelete="CASCADE"), index=True),
        Column("reason", Integer),
        Column("created", BigInteger, nullable=False),
    )
    op.create_index("report_of_post", "report", ["account", "post"], unique=True)
    op.create_index("report_of_comment", "report", ["account", "comment"], unique=True)


def company() -> None:
    """Create the tables of blocks, reports of accounts, followed tags, messages and notifications."""
    for name, other, table in (
        ("person_block", "blocked", "account"),
        ("person_report", "reported", "account"),
        ("tag_follow", "tag", "tag"),
    ):
        op.create_table(
            name,
            Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
            Column(other, Integer, ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=True, index=True),
            Column("created", BigInteger, nullable=False),
        )
    op.create_table(
        "conversation",
        Column("id", Integer, primary_key=True),
        Column("first", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        Column("second", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("first_cleared", BigInteger, nullable=False, server_default=ZERO),
        Column("second_cleared", BigInteger, nullable=False, server_default=ZERO),
        sqlite_autoincrement=True,
    )
    op.create_index("conversation_of_two", "conversation", ["first", "second"], unique=True)
    op.create_table(
        "message",
        Column("id", Integer, primary_key=True),
        Column("conversation", Integer, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
        Column("sender", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("body", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("message_in_order", "message", ["conversation", "id"])
    op.create_table(
        "notification",
        Column("id", Integer, primary_key=True),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        Column("comment", Integer, ForeignKey("comment.id", ondelete="CASCADE"), index=True),
        Column("message", Integer, ForeignKey("message.id", ondelete="CASCADE"), index=True),
        Column("viewed", Integer, nullable=False, server_default=ZERO),
        Column("created", BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("notification_in_order", "notification", ["account", "id"])


def of_account() -> Column[int]:
    """Return the column of an account, whose deletion deletes the row."""
    return Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True)


def grant() -> list[SchemaItem]:
    """For whom something can be exchanged, and until when."""
    return [
        Column("client_id", Text, nullable=False),
        of_account(),
        Column("expires", BigInteger, nullable=False, index=True),
    ]


def uploaded() -> list[SchemaItem]:
    """Return the columns that images and albums have in common."""
    return [
        Column("id", Text, primary_key=True),
        Column("deletehash", Text, nullable=False, unique=True),
        Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE")),
        Column("client_id", Text),
        Column("title", Text),
        Column("description", Text),
    ]
