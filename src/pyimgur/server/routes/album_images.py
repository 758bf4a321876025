"""An album with its images, as the API's JSON: at once, or slice by slice where they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.long_response import LongList
from pyimgur.server.http.responses import MARK
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


async def album_with_images(call: APIRequest, found: Album, *, secret: bool) -> Json | LongList:
    """Return the album and its images; `secret` shows its delete hash."""
    asker = call.caller.account_id
    if found.images_count <= images.LARGE:
        held = await images.in_album(call.library, found.id)
        return await with_viewer_state(call, serialize_album(call.links, found, held, secret=secret, asker=asker))
    shape = serialize_album(call.links, found, (), secret=secret, asker=asker)
    return await in_slices(call, shape, found, lambda each: _image(call, each))


async def images_of_album(call: APIRequest, found: Album) -> Json | LongList:
    """Return the images of an album alone."""
    if found.images_count <= images.LARGE:
        return await all_with_viewer_state(
            call, [_image(call, each) for each in await images.in_album(call.library, found.id)]
        )
    return LongList(MARK, slices(call, found, lambda each: _image(call, each)))


async def post_with_images(call: APIRequest, entry: PostWithItems, shape: JSONObject) -> Json | LongList:
    """Return the shape of a post, whose album may be large."""
    if entry.album is None or entry.album.images_count <= images.LARGE:
        return await with_viewer_state(call, shape)
    return await in_slices(call, shape, entry.album, lambda each: serialize_post_image(call.links, each))


async def in_slices(
    call: APIRequest, shape: JSONObject, found: Album, shape_of: Callable[[Image], JSONObject]
) -> LongList:
    """Return what has `images`, with all images of this album in their place."""
    shape["images"] = MARK
    return LongList(await with_viewer_state(call, shape), slices(call, found, shape_of))


async def slices(
    call: APIRequest, found: Album, shape_of: Callable[[Image], JSONObject]
) -> AsyncIterator[Sequence[Json]]:
    """Yield the images of this album, with what the asker thinks of them."""
    async for each in images.slices_of_album(call.library, found.id):
        yield await all_with_viewer_state(call, [shape_of(one) for one in each])


def _image(call: APIRequest, row: Image) -> JSONObject:
    return serialize_image(call.links, row, secret=call.owns(row.account_id))
