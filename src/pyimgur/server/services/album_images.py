"""The order of images in an album, as parts of transactions; the caller has checked that the viewer may edit the album.

The viewer adds their own images by id, and others by delete hash. Images that the album already holds may stay.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyimgur.server.db.queries import album_images as queries
from pyimgur.server.db.queries.album_images import Candidate, LastPosition
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.services.authorization import is_owner


@transaction
def add(album_id: str, viewer: int | None, keys: Sequence[str], *, space: int, limit: int) -> Steps[None]:
    """Add these images at the end; those that the album already holds keep their place.

    Raises:
        ValidationError: they are more than `space` (an album holds `limit`); or as `_check_images`.
    """
    yield from _append(album_id, (yield from _check_images(album_id, viewer, keys)), space, limit)


@transaction
def replace(album_id: str, viewer: int | None, keys: Sequence[str], *, limit: int) -> Steps[None]:
    """Replace the album's images with these, in this order.

    Raises:
        ValidationError: they are more than `limit`; or as `_check_images`.
    """
    image_ids = yield from _check_images(album_id, viewer, keys)
    yield queries.DELETE_ALL_IMAGES.run(album=album_id)
    yield from _append(album_id, image_ids, limit, limit)


@transaction
def remove(album_id: str, keys: Sequence[str]) -> Steps[None]:
    """Remove these images, and ignore those that the album does not hold."""
    rows: list[Candidate] = yield queries.LIST_BY_KEYS.all(album=album_id, keys=keys)
    yield queries.DELETE_IMAGES.run(album=album_id, images=[row.id for row in rows])


@transaction
def _append(album_id: str, image_ids: Sequence[str], space: int, limit: int) -> Steps[None]:
    """Add these images with one statement, however many they are.

    Nobody else takes the next positions, nor the last space, meanwhile: `Engine.write` is serializable.
    """
    last: LastPosition = yield queries.GET_LAST_POSITION.exactly_one(album=album_id)
    unique = list(dict.fromkeys(image_ids))
    insert = queries.INSERT_IMAGES.run(album=album_id, images=unique, last=last.position)
    if unique and (yield insert) > space:
        raise album_full(limit)


def album_full(limit: int) -> ValidationError:
    """Return the error for an album that would hold more than `limit` images."""
    return ValidationError(f"An album holds at most {limit:,} images")


@transaction
def _check_images(album_id: str, viewer: int | None, keys: Sequence[str]) -> Steps[list[str]]:
    """Return the ids of the images with these ids or delete hashes.

    Raises:
        ValidationError: an image does not exist, or the viewer does not own it, did not give its delete hash, and the
            album does not hold it yet.
    """
    rows: list[Candidate] = yield queries.LIST_BY_KEYS.all(album=album_id, keys=keys)
    image_ids = [row.id for row in rows if row.held or keys[row.place] == row.deletehash or is_owner(row, viewer)]
    if len(image_ids) != len(keys):
        raise ValidationError(f"You must own all the image ids to add them to album {album_id}")
    return image_ids
