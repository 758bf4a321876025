"""Which pictures an album holds, in which order: parts of transactions, for whoever has seen that the asker may.

One's own pictures go in by id, others by delete hash; what the album holds already may stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pyimgur.server.db.queries import album_images as queries
from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.services.authorization import is_owner


def add(album_id: str, asker: int | None, keys: Sequence[str], *, room: int, most: int) -> Transaction[None]:
    """Put these pictures at the end; those that the album holds already stay where they are.

    Raises:
        ValidationError: there is room for fewer, since an album holds `most`; or as `_allowed`.
    """
    yield from _append(album_id, (yield from _allowed(album_id, asker, keys)), room, most)


def replace(album_id: str, asker: int | None, keys: Sequence[str], *, most: int) -> Transaction[None]:
    """Make these pictures all that the album holds, in this order.

    Raises:
        ValidationError: they are more than `most`; or as `_allowed`.
    """
    allowed = yield from _allowed(album_id, asker, keys)
    yield queries.DELETE_ALL_IMAGES.run(album=album_id)
    yield from _append(album_id, allowed, most, most)


def remove(album_id: str, keys: Sequence[str]) -> Transaction[None]:
    """Take these pictures out; what the album does not hold is passed over."""
    rows = yield queries.LIST_BY_KEYS.all(album=album_id, keys=json.dumps(list(keys)))
    yield queries.DELETE_IMAGES.run(album=album_id, images=json.dumps([row.id for row in rows]))


def _append(album_id: str, pictures: Sequence[str], room: int, most: int) -> Transaction[None]:
    """One statement for all of them, however many they are."""
    last = (yield queries.GET_LAST_POSITION.one(album=album_id)).position
    once = list(dict.fromkeys(pictures))
    if once and (yield queries.INSERT_IMAGES.run(album=album_id, images=json.dumps(once), last=last)) > room:
        raise full(most)


def full(most: int) -> ValidationError:
    """Return the error for an album that would hold more."""
    return ValidationError(f"An album holds at most {most:,} images")


def _allowed(album_id: str, asker: int | None, keys: Sequence[str]) -> Transaction[list[str]]:
    """The ids of the pictures that these keys name.

    Raises:
        ValidationError: one is missing, or is another's, not named by its delete hash, and not in the album yet.
    """
    rows = yield queries.LIST_BY_KEYS.all(album=album_id, keys=json.dumps(list(keys)))
    allowed = [row.id for row in rows if row.held or keys[row.place] == row.deletehash or is_owner(row, asker)]
    if len(allowed) != len(keys):
        raise ValidationError(f"You must own all the image ids to add them to album {album_id}")
    return allowed
