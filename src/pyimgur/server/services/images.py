"""Images: anybody who knows the id may see one, and its owner may edit or delete it. `uploads` stores new ones.

The *key* of a call that changes something is the id, which only the owner may use, or the delete hash (see
`authorization`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import images as queries
from pyimgur.server.db.queries.images import Image as Image
from pyimgur.server.db.queries.images import ImageFile as ImageFile
from pyimgur.server.db.query import BoundQuery, Steps, transaction
from pyimgur.server.services import blob_intents, ids, posts
from pyimgur.server.services._lookup import get_or_not_found
from pyimgur.server.services.authorization import authorize_edit
from pyimgur.server.services.shield import shielded
from pyimgur.server.services.text_limits import check_description

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pyimgur.server.services.blob_intents import BlobIntent
    from pyimgur.server.services.context import ServerContext

MP4 = "video/mp4"
PAGE = 50
LARGEST_PAGE = 100
LARGE_ALBUM = 250
"""Images of an album that are read, or shown on a page, in one go."""
SLICE_SIZE = 100
"""Images that are read at a time from an album with more than `LARGE_ALBUM`."""


def has_made_mp4(row: Image | ImageFile) -> bool:
    """Return whether the server makes the MP4 of this image, instead of serving the uploaded file.

    The server converts an uploaded MP4 that browsers cannot play, like any other video. An MP4 that they can play has
    no conversion attempts.
    """
    return row.mp4_size is not None and (row.type != MP4 or row.mp4_size == 0 or row.mp4_tries > 0)


def served_size(row: Image) -> int:
    """Return how many bytes the image's link serves."""
    return row.mp4_size if row.type == MP4 and row.mp4_size and row.mp4_tries else row.size


async def get_file(context: ServerContext, id: str) -> ImageFile:
    """Return what it takes to send the file of this image.

    Raises:
        NotFoundError: there is no such image.
    """
    return get_or_not_found(await context.db.read(queries.GET_FILE.one(id=id)), "image", id)


async def get(context: ServerContext, id: str) -> Image:
    """Return the image of this id, which anybody may see who knows the id.

    Raises:
        NotFoundError: there is no such image.
    """
    return get_or_not_found(await find(context, id), "image", id)


async def find(context: ServerContext, id: str) -> Image | None:
    """Return the image of this id, or None."""
    return await context.image_rows.find(context.db, id)


async def get_by_deletehash(context: ServerContext, deletehash: str) -> Image:
    """Return the image that this delete hash belongs to.

    Raises:
        NotFoundError: there is no such image.
    """
    query = queries.GET_BY_DELETEHASH.one(deletehash=deletehash)
    return get_or_not_found(await context.db.read(query), "image", deletehash)


async def change(
    context: ServerContext, key: str, viewer: int | None, *, title: str | None, description: str | None
) -> None:
    """Set the title and description that are not None; an empty text removes the old one.

    Raises:
        ValidationError: the description is too long, or the key is empty.
        NotFoundError: there is no such image.
        ForbiddenError: the viewer may not edit the image.
    """
    check_description(description)
    await context.db.write(_update(key, viewer, title, description))


@transaction
def _update(key: str, viewer: int | None, title: str | None, description: str | None) -> Steps[None]:
    image = yield from get_editable(key, viewer)
    yield queries.UPDATE_TEXT.run(of=image.id, new_title=title, new_description=description)
    if image.in_gallery:
        yield from posts.update_search_words(image.id)


async def remove(context: ServerContext, key: str, viewer: int | None) -> None:
    """Delete the image for good: first its row, then its file; errors as in `get_editable`."""
    await shielded(_remove_with_file(context, key, viewer))


async def _remove_with_file(context: ServerContext, key: str, viewer: int | None) -> None:
    await blob_intents.finish(context, await context.db.write(_delete_row(key, viewer, context.now)))


@transaction
def _delete_row(key: str, viewer: int | None, now: int) -> Steps[list[BlobIntent]]:
    image = yield from get_editable(key, viewer)
    if image.in_gallery:
        yield from posts.remove_post(image.id)
    yield queries.DELETE.run(id=image.id)
    return (yield from blob_intents.begin([image.id], now))


def _query_by_key(key: str) -> BoundQuery[Image | None]:
    return queries.GET_BY_DELETEHASH.one(deletehash=key) if ids.is_deletehash(key) else queries.GET_BY_ID.one(id=key)


@transaction
def get_editable(key: str, viewer: int | None) -> Steps[Image]:
    """Return the image of this id or delete hash, if the viewer may edit it.

    Raises:
        ValidationError: the key is empty.
        NotFoundError: there is no such image.
        ForbiddenError: the image is not the viewer's, and the key is not its delete hash.
    """
    row: Image | None = yield _query_by_key(key)
    return authorize_edit("image", row, key, viewer)


async def list_by_account(context: ServerContext, account: int, *, page: int = 0, per_page: int = PAGE) -> list[Image]:
    """Return one page of an account's images, newest first."""
    limit = max(1, min(per_page, LARGEST_PAGE))
    return await context.db.scan(queries.LIST_BY_ACCOUNT.all(account=account, limit=limit, offset=page * limit))


async def count_by_account(context: ServerContext, account: int) -> int:
    """Return how many images an account has."""
    return (await context.db.scan(queries.COUNT_BY_ACCOUNT.exactly_one(account=account))).total


async def list_by_album(context: ServerContext, album_id: str) -> list[Image]:
    """Return all images of an album in order, for albums that are known to hold at most `LARGE_ALBUM`."""
    return await context.db.scan(queries.LIST_BY_ALBUM.all(album=album_id))


async def iter_album(context: ServerContext, album_id: str) -> AsyncGenerator[list[Image]]:
    """Yield an album's images in order, `SLICE_SIZE` at a time; each slice is read when it is needed."""
    position, last_id = -1, ""
    while rows := await context.db.scan(
        queries.LIST_AFTER_POSITION.all(album=album_id, position=position, image=last_id, limit=SLICE_SIZE)
    ):
        position, last_id = rows[-1].position, rows[-1].image.id
        yield [row.image for row in rows]


async def list_album_page(context: ServerContext, album_id: str, page: int = 0) -> list[Image]:
    """Return one page of an album's images: at most `LARGE_ALBUM`."""
    query = queries.LIST_PAGE_OF_ALBUM.all(album=album_id, limit=LARGE_ALBUM, offset=page * LARGE_ALBUM)
    return await context.db.scan(query)


async def get_in_album(context: ServerContext, album_id: str, id: str) -> Image:
    """Return one image of an album.

    Raises:
        NotFoundError: the album does not hold this image.
    """
    return get_or_not_found(await context.db.read(queries.GET_IN_ALBUM.one(album=album_id, id=id)), "image", id)
