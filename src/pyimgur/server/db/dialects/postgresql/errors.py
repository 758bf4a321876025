"""Translate errors of PostgreSQL and its driver to those of the server."""

from __future__ import annotations

from collections.abc import Mapping
from socket import gaierror

from asyncpg import InterfaceError, InternalClientError, PostgresError

from pyimgur.server.errors import BusyError, DatabaseUnusableError, StorageFullError

DRIVER_ERRORS = (PostgresError, InterfaceError, InternalClientError, OSError, TimeoutError)
"""The exceptions that the driver raises.

For a connection that the database has ended while it was idle, that may be an `InternalClientError`; for an argument
that does not fit, it is an `InterfaceError` that is also a `ValueError`.
"""
COLLISIONS = frozenset(("40001", "40P01"))
"""Serialization failure and deadlock: the transaction can begin again."""
CONSTRAINTS = "23"
"""The class of violated constraints."""
_INVALID_STATEMENTS = frozenset(("0A000", "26000"))
"""A prepared statement whose tables have changed, or that the connection does not have (any more)."""
_FULL = frozenset(("53100", "53200"))
"""Disk or memory of the database."""
_LOST = ("08", "25006", "57P")
"""The connection broke, leads to a standby, or the server ends."""
_UNAVAILABLE = ("08", "25006", "53", "55P03", "57")
"""No connection, a standby, too many connections, a lock that was not free, shutdown or timeout."""


def sqlstate(error: BaseException) -> str:
    """Return the five characters of PostgreSQL's error code; empty for errors of the driver."""
    return getattr(error, "sqlstate", None) or ""


def is_collision(error: BaseException) -> bool:
    """Return whether another transaction was in the way of this one, or the statements must be prepared again."""
    return sqlstate(error) in COLLISIONS or is_invalid_statement(error)


def is_invalid_statement(error: BaseException) -> bool:
    """Return whether a prepared statement was made for tables that have changed since."""
    return sqlstate(error) in _INVALID_STATEMENTS


def is_lost(error: BaseException) -> bool:
    """Return whether the connection can no longer be used after this error."""
    if isinstance(error, PostgresError):
        return sqlstate(error).startswith(_LOST)
    return isinstance(error, DRIVER_ERRORS) and not isinstance(error, ValueError)


def translate_error(error: Exception) -> Exception:
    """Return the error of `server.errors` for one of the driver."""
    code = sqlstate(error)
    if code in COLLISIONS:
        return BusyError("the database has too many changes of the same rows at once")
    if code in _FULL:
        return StorageFullError("the disk of the database is full")
    if code.startswith(_UNAVAILABLE):
        return BusyError(f"the database is unavailable: {error}")
    if is_lost(error):
        return BusyError(f"the database cannot be reached: {error or type(error).__name__}")
    return DatabaseUnusableError(str(error))


def explain(url: object, error: Exception) -> Exception:
    """Return the error of `server.errors` for a database that could not be opened: what is wrong, and what to do.

    Args:
        url: of the database; its text has no password.
        error: what the driver raised.
    """
    code = sqlstate(error)
    advice = next((advice for codes, advice in _ADVICE.items() if code in codes), None)
    if advice is not None:
        return DatabaseUnusableError(f"{url} cannot be opened: {error}: {advice}")
    if isinstance(error, gaierror):
        return DatabaseUnusableError(f"{url} cannot be opened: there is no host of this name: check the URL")
    translated = translate_error(error)
    if isinstance(error, TimeoutError):
        return BusyError(f"{url} does not answer: check the host, and that no firewall is in between")
    if isinstance(error, OSError):
        return BusyError(
            f"{url} cannot be reached ({_reason(error)}): check host and port, and that PostgreSQL runs there"
        )
    return type(translated)(f"{url} cannot be opened: {error}")


def _reason(error: OSError) -> str:
    """Return what went wrong, also if several addresses or sockets were tried."""
    inner = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    return error.strerror or inner or type(error).__name__


_ADVICE: Mapping[tuple[str, ...], str] = {
    ("28P01",): "set the password in PGPASSWORD, in ~/.pgpass, or in the URL of the configuration file",
    ("28000",): "check the user name, and which users pg_hba.conf lets in from this machine",
    ("3D000",): "create the database first, with createdb",
    ("42501",): "the role lacks a right: make it the owner of the database",
    ("42704", "22023"): "check the parameters after the question mark of the URL",
    ("53300",): "raise max_connections, or stop other programs that are connected",
}
"""Advice for errors of a connection that a person has to repair."""
