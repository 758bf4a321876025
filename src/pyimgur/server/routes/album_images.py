"""The JSON of an album with its images. A large album becomes a `LongList`, which is serialized in slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.long_response import LongList
from pyimgur.server.http.responses import LIST_PLACEHOLDER
from pyimgur.server.http.serializers.album import serialize_album
from pyimgur.server.http.serializers.image import serialize_image
from pyimgur.server.http.serializers.post import serialize_post_image
from pyimgur.server.routes._viewer_state import all_with_viewer_state, with_viewer_state
from pyimgur.server.services import images

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.albums import Album
    from pyimgur.server.services.gallery import PostWithItems
    from pyimgur.server.services.images import Image


async def album_with_images(call: APIRequest, album: Album, *, secret: bool) -> Json | LongList:
    """Return an album and its images. `secret` includes its delete hash."""
    viewer = call.caller.account_id
    if album.images_count <= images.LARGE_ALBUM:
        rows = await images.list_by_album(call.context, album.id)
        return await with_viewer_state(call, serialize_album(call.links, album, rows, secret=secret, viewer=viewer))
    serialized = serialize_album(call.links, album, (), secret=secret, viewer=viewer)
    return await in_slices(call, serialized, album, lambda row: _image(call, row))


async def images_of_album(call: APIRequest, album: Album) -> Json | LongList:
    """Return the images of an album."""
    if album.images_count <= images.LARGE_ALBUM:
        rows = await images.list_by_album(call.context, album.id)
        return await all_with_viewer_state(call, [_image(call, row) for row in rows])
    return LongList(LIST_PLACEHOLDER, slices(call, album, lambda row: _image(call, row)))


async def post_with_images(call: APIRequest, entry: PostWithItems, serialized: JSONObject) -> Json | LongList:
    """Return a post, with all images of its album if that is large."""
    if entry.album is None or entry.album.images_count <= images.LARGE_ALBUM:
        return await with_viewer_state(call, serialized)
    return await in_slices(call, serialized, entry.album, lambda row: serialize_post_image(call.links, row))


async def in_slices(
    call: APIRequest, serialized: JSONObject, album: Album, serialize: Callable[[Image], JSONObject]
) -> LongList:
    """Return `serialized` with all images of the album as its `images`."""
    serialized["images"] = LIST_PLACEHOLDER
    return LongList(await with_viewer_state(call, serialized), slices(call, album, serialize))


async def slices(
    call: APIRequest, album: Album, serialize: Callable[[Image], JSONObject]
) -> AsyncIterator[Sequence[Json]]:
    """Yield the images of an album in slices, with the viewer's vote and favorite."""
    async for rows in images.iter_album(call.context, album.id):
        yield await all_with_viewer_state(call, [serialize(row) for row in rows])


def _image(call: APIRequest, row: Image) -> JSONObject:
    return serialize_image(call.links, row, secret=call.owns(row.account_id))
