"""Who may edit an image or album: its owner, or anybody who knows its delete hash.

The *key* of a call that changes something is an id, which only the owner may use, or a delete hash.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import ids


class Owned(Protocol):
    """A row that belongs to an account, or to nobody."""

    @property
    def account_id(self) -> int | None:
        """The owner's number; None for an anonymous upload."""
        ...


R = TypeVar("R", bound=Owned)


def is_owner(row: Owned, viewer: int | None) -> bool:
    """Return whether the row belongs to the viewer; nobody owns an anonymous upload."""
    return viewer is not None and row.account_id == viewer


def may_edit(row: Owned, key: str, viewer: int | None) -> bool:
    """Return whether the viewer, who named the row by this key, may change it."""
    return ids.is_deletehash(key) or is_owner(row, viewer)


def authorize_edit(kind: str, row: R | None, key: str, viewer: int | None) -> R:
    """Return the row that was read by this key, if the viewer may change it.

    Raises:
        ValidationError: the key is empty.
        NotFoundError: there is no such row.
        ForbiddenError: the row is not the viewer's, and the key is not its delete hash.
    """
    if not key:
        raise ValidationError("An ID is required.")
    if row is None:
        raise NotFoundError(kind, key)
    if not may_edit(row, key, viewer):
        raise ForbiddenError("Unauthorized" if viewer is None else "Permission denied")
    return row


def require_owner(row: Owned, viewer: int | None) -> None:
    """Make sure that the row is the viewer's own.

    Raises:
        ForbiddenError: it is not.
    """
    if not is_owner(row, viewer):
        raise ForbiddenError("Permission denied")
