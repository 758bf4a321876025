"""Which pictures an album holds, in which order: parts of transactions, for whoever has seen that the asker may.

One's own pictures go in by id, others by delete hash; what the album holds already may stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, insert, select

from pyimgur.server.db.query import Query, Work, members
from pyimgur.server.db.schema import album_image, image
from pyimgur.server.library.errors import Invalid

_LISTED = members("keys")
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
HOLDS = Query(
    select(album_image.c.image_id).where(
        album_image.c.album_id == bindparam("album"), album_image.c.image_id == bindparam("image")
    )
)
PUT_IN = Query(insert(album_image))
TAKE_OUT = Query(
    delete(album_image).where(
        album_image.c.album_id == bindparam("album"), album_image.c.image_id == bindparam("image")
    )
)
EMPTY = Query(delete(album_image).where(album_image.c.album_id == bindparam("album")))


def put_in(album_id: str, asker: int | None, keys: Sequence[str]) -> Work[None]:
    """Put these pictures at the end; those that the album holds already stay where they are."""
    yield from _append(album_id, (yield from _allowed(album_id, asker, keys)))


def replace(album_id: str, asker: int | None, keys: Sequence[str]) -> Work[None]:
    """Make these pictures all that the album holds, in this order."""
    allowed = yield from _allowed(album_id, asker, keys)
    yield EMPTY.run(album=album_id)
    yield from _append(album_id, allowed)


def take_out(album_id: str, keys: Sequence[str]) -> Work[None]:
    """Take these pictures out; what the album does not hold is passed over."""
    for row in (yield NAMED.all(album=album_id, keys=json.dumps(list(keys)))):
        yield TAKE_OUT.run(album=album_id, image=row.id)


def _append(album_id: str, pictures: Sequence[str]) -> Work[None]:
    position = (yield LAST.one(album=album_id)).position
    for picture in pictures:
        if (yield HOLDS.one(album=album_id, image=picture)) is None:
            position += 1
            yield PUT_IN.run(album_id=album_id, image_id=picture, position=position)


def _allowed(album_id: str, asker: int | None, keys: Sequence[str]) -> Work[list[str]]:
    """The ids of the pictures that these keys name.

    Raises:
        Invalid: one is missing, or is another's, not named by its delete hash, and not in the album yet.
    """
    rows = yield NAMED.all(album=album_id, keys=json.dumps(list(keys)))
    allowed = [
        row.id
        for row in rows
        if row.held or keys[row.place] == row.deletehash or (asker is not None and row.account_id == asker)
    ]
    if len(allowed) != len(keys):
        raise Invalid(f"You must own all the image ids to add them to album {album_id}")
    return allowed
