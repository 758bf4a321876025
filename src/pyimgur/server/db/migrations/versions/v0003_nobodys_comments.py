"""A comment may be nobody's: of an account that went, those stay that others have answered, without their text."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text, text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table anew, as SQLite changes no column."""
    zero = text("0")
    op.create_table(
        "comment_new",
        Column("id", Integer, primary_key=True),
        Column("post", Integer, ForeignKey("post.number", ondelete="CASCADE"), nullable=False),
        Column("account_id", Integer, ForeignKey("account.id", ondelete="SET NULL")),
        Column("parent", Integer, ForeignKey("comment.id", ondelete="CASCADE")),
        Column("depth", Integer, nullable=False),
        Column("text", Text, nullable=False),
        Column("platform", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("deleted", Integer, nullable=False, server_default=zero),
        Column("ups", BigInteger, nullable=False, server_default=zero),
        Column("downs", BigInteger, nullable=False, server_default=zero),
        sqlite_autoincrement=True,
    )
    op.execute("INSERT INTO comment_new SELECT * FROM comment")
    op.execute(
        "UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'comment') "
        "WHERE name = 'comment_new'"
    )
    op.drop_table("comment")
    op.rename_table("comment_new", "comment")
    for column in ("account_id", "parent", "post"):
        op.create_index(f"ix_comment_{column}", "comment", [column])
