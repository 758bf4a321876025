"""Turn a missing row into a `NotFoundError`, and find out which images have a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.errors import NotFoundError

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

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


async def existing_image_ids(context: ServerContext, image_ids: Sequence[str]) -> set[str]:
    """Return which of these images have a row."""
    rows = await context.db.scan(image_queries.LIST_EXISTING_IDS.all(ids=image_ids))
    return {row.id for row in rows}
