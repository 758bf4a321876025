"""Which pictures an album holds, in which order: parts of transactions, for whoever has seen that the asker may.

One's own pictures go in by id, others by delete hash; what the album holds already may stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Integer, Text, bindparam, delete, exists, func, insert, select

from pyimgur.server.db.query import Query, Transaction, list_parameter
from pyimgur.server.db.schema import album_image, image
from pyimgur.server.errors import ValidationError

_LISTED = list_parameter("keys")
NAMED = Query(
    select(
        _LISTED.c.key.label("place"),
        image.c.id,
        image.c.account_id,
        image.c.deletehash,
        album_image.c.position.is_not(None).label("held"),
    )
    .select_from(_LISTED)
    .join(image, (image.c.id == _LISTED.c.value) | (image.c.deletehash == _LISTED.c.value))
    .outerjoin(album_image, (album_image.c.image_id == image.c.id) & (album_image.c.album_id == bindparam("album")))
    .order_by(_LISTED.c.key)
)
"""The pictures that are named by id or delete hash, in the order they were named, and whether the album holds them."""
LAST = Query(
    select(func.coalesce(func.max(album_image.c.position), -1).label("position")).where(
        album_image.c.album_id == bindparam("album")
    )
)
_PUT = list_parameter("images")
PUT_IN = Query(
    insert(album_image).from_select(
        ["album_id", "image_id", "position"],
        select(bindparam("album", type_=Text), _PUT.c.value, bindparam("last", type_=Integer) + 1 + _PUT.c.key).where(
            ~exists().where(album_image.c.album_id == bindparam("album"), album_image.c.image_id == _PUT.c.value)
        ),
    )
)
TAKE_OUT = Query(
    delete(album_image).where(
        album_image.c.album_id == bindparam("album"),
        album_image.c.image_id.in_(select(list_parameter("images").c.value)),
    )
)
EMPTY = Query(delete(album_image).where(album_image.c.album_id == bindparam("album")))


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
    yield EMPTY.run(album=album_id)
    yield from _append(album_id, allowed, most, most)


def remove(album_id: str, keys: Sequence[str]) -> Transaction[None]:
    """Take these pictures out; what the album does not hold is passed over."""
    rows = yield NAMED.all(album=album_id, keys=json.dumps(list(keys)))
    yield TAKE_OUT.run(album=album_id, images=json.dumps([row.id for row in rows]))


def _append(album_id: str, pictures: Sequence[str], room: int, most: int) -> Transaction[None]:
    """One statement for all of them, however many they are."""
    last = (yield LAST.one(album=album_id)).position
    once = list(dict.fromkeys(pictures))
    if once and (yield PUT_IN.run(album=album_id, images=json.dumps(once), last=last)) > room:
        raise full(most)


def full(most: int) -> ValidationError:
    """Return the error for an album that would hold more."""
    return ValidationError(f"An album holds at most {most:,} images")


def _allowed(album_id: str, asker: int | None, keys: Sequence[str]) -> Transaction[list[str]]:
    """The ids of the pictures that these keys name.

    Raises:
        ValidationError: one is missing, or is another's, not named by its delete hash, and not in the album yet.
    """
    rows = yield NAMED.all(album=album_id, keys=json.dumps(list(keys)))
    allowed = [
        row.id
        for row in rows
        if row.held or keys[row.place] == row.deletehash or (asker is not None and row.account_id == asker)
    ]
    if len(allowed) != len(keys):
        raise ValidationError(f"You must own all the image ids to add them to album {album_id}")
    return allowed
