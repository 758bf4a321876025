"""Turn a missing row into a `NotFoundError`."""

from __future__ import annotations

from typing import TypeVar

from pyimgur.server.errors import NotFoundError

T = TypeVar("T")


def get_or_not_found(row: T | None, kind: str, id: str | int) -> T:
    """Return the row that a query gave.

    Args:
        row: what `Query.one` gave; None if there is no such row.
        kind: what was looked up, for the error message: "account", "album".
        id: the id, for the error message.

    Raises:
        NotFoundError: the row is None.
    """
    if row is None:
        raise NotFoundError(kind, str(id))
    return row
