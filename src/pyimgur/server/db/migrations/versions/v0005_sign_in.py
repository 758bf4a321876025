"""Secrets of unregistered applications move to their authorizations; applications have a mark that verifies them.

Besides: PKCE challenges of codes, the network of a form's ticket, keys that sign cookies, and `high_quality`.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text, text

revision = "0005"
down_revision = "0004"

ZERO, ONE = text("0"), text("1")


def upgrade() -> None:
    """Make the tables anew that get a column, as SQLite adds one behind the table's constraints."""
    renew("account", *of_account(), flag("high_quality"), numbered=True)
    renew("application", *of_application(), flag("verified"))
    renew("authorization", *of_authorization(), Column("secret_hash", Text))
    op.create_index("ix_authorization_account", "authorization", ["account"])
    _move_secrets()
    _empty_short_lived()
    op.create_table("signing_key", Column("name", Text, primary_key=True), Column("value", Text, nullable=False))


def _move_secrets() -> None:
    """Registered applications without an owner are the operator's; the others lose their row, not their secret."""
    op.execute("UPDATE application SET verified = 1 WHERE owner IS NULL")
    op.execute(
        "UPDATE authorization SET secret_hash = (SELECT secret_hash FROM application "
        "WHERE application.client_id = authorization.client_id AND application.name IS NULL)"
    )
    op.execute("DELETE FROM application WHERE name IS NULL")


def _empty_short_lived() -> None:
    """Forms, codes and counts of failures live for an hour, a minute and a day: they begin anew."""
    op.execute("DELETE FROM attempt")
    op.drop_table("consent_ticket")
    op.create_table(
        "consent_ticket",
        Column("ticket_hash", Text, primary_key=True),
        Column("browser_hash", Text, nullable=False),
        Column("purpose", Text, nullable=False),
        Column("expires", BigInteger, nullable=False),
        Column("network", Text, nullable=False),
    )
    op.create_index("ix_consent_ticket_expires", "consent_ticket", ["expires"])
    op.create_index("ticket_of_network", "consent_ticket", ["network", "expires"])
    op.drop_table("grant_code")
    op.create_table(
        "grant_code",
        Column("code_hash", Text, primary_key=True),
        Column("client_id", Text, nullable=False),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        Column("expires", BigInteger, nullable=False),
        Column("authorization", Text),
        Column("challenge", Text),
    )
    op.create_index("ix_grant_code_account", "grant_code", ["account"])
    op.create_index("ix_grant_code_expires", "grant_code", ["expires"])


def renew(table: str, *columns: Column[object], numbered: bool = False) -> None:
    """Create the table again with the last of these columns added; `numbered` keeps the highest number given."""
    op.create_table(f"{table}_new", *columns, sqlite_autoincrement=numbered)
    names = ", ".join(column.name for column in columns[:-1])
    op.execute(f"INSERT INTO {table}_new ({names}) SELECT {names} FROM {table}")  # noqa: S608 - names of ours
    if numbered:
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}_new'")  # noqa: S608
        carried = f"SELECT '{table}_new', seq FROM sqlite_sequence WHERE name = '{table}'"  # noqa: S608
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) {carried}")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def flag(name: str, *, default: bool = False) -> Column[object]:
    """Return a column that is 0 or 1."""
    return Column(name, Integer, nullable=False, server_default=ONE if default else ZERO)


def of_account() -> list[Column[object]]:
    """Return the columns of accounts before this migration."""
    return [
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False),
        Column("name_key", Text, nullable=False, unique=True),
        Column("password", Text, nullable=False),
        Column("bio", Text),
        Column("created", BigInteger, nullable=False),
        Column("avatar", Text),
        Column("album_privacy", Text, nullable=False, server_default=text("'hidden'")),
        flag("public_images"),
        flag("messaging_enabled", default=True),
        flag("accepted_gallery_terms"),
        flag("show_mature"),
        flag("newsletter_subscribed"),
        flag("comment_replies", default=True),
        flag("email_verified"),
    ]


def of_application() -> list[Column[object]]:
    """Return the columns of applications before this migration."""
    return [
        Column("client_id", Text, primary_key=True),
        Column("name", Text),
        Column("owner", Integer, ForeignKey("account.id", ondelete="SET NULL")),
        Column("callback", Text),
        Column("secret_hash", Text),
        Column("created", BigInteger, nullable=False),
    ]


def of_authorization() -> list[Column[object]]:
    """Return the columns of authorizations before this migration."""
    return [
        Column("id", Text, primary_key=True),
        Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        Column("client_id", Text, nullable=False),
        Column("refresh_hash", Text, nullable=False, unique=True),
        Column("created", BigInteger, nullable=False),
    ]
