"""Albums: make, look at, change, fill, empty, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.serializers.image import serialize_image
from pyimgur.server.routes._viewer_state import with_viewer_state
from pyimgur.server.routes.album_images import album_with_images, images_of_album
from pyimgur.server.services import albums, images

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.albums import Album


async def create(call: APIRequest) -> Json:
    """POST /3/album: the id and the delete hash of a new album."""
    details = details_of(call, await call.fields())
    made = await albums.create(call.library, details, account=call.caller.account_id, client_id=call.caller.client_id)
    return {"id": made.id, "deletehash": made.deletehash}


async def show(call: APIRequest) -> Json | LongList:
    """GET /3/album/{id}: the album and its images."""
    found = await albums.get(call.library, call.path("id"), call.caller.account_id)
    return await album_with_images(call, found, secret=may_see_deletehash(call, found))


async def show_images(call: APIRequest) -> Json | LongList:
    """GET /3/album/{id}/images: the images alone, all of them."""
    return await images_of_album(call, await albums.get(call.library, call.path("id"), call.caller.account_id))


async def show_image(call: APIRequest) -> Json:
    """GET /3/album/{id}/image/{image}."""
    found = await albums.get(call.library, call.path("id"), call.caller.account_id)
    image = await images.one_in_album(call.library, found.id, call.path("image"))
    return await with_viewer_state(call, serialize_image(call.links, image, secret=call.owns(image.account_id)))


async def update(call: APIRequest) -> Json:
    """POST or PUT /3/album/{id or delete hash}: whatever fields are there; images replace the ones it held."""
    await albums.change(call.library, call.path("id"), call.caller.account_id, details_of(call, await call.fields()))
    return True


async def delete(call: APIRequest) -> Json:
    """DELETE /3/album/{id or delete hash}."""
    await albums.remove(call.library, call.path("id"), call.caller.account_id)
    return True


async def add(call: APIRequest) -> Json:
    """POST or PUT /3/album/{id or delete hash}/add."""
    named = images_of(await call.fields()) or []
    await albums.add_images(call.library, call.path("id"), call.caller.account_id, named)
    return True


async def remove_images(call: APIRequest) -> Json:
    """POST or DELETE /3/album/{id or delete hash}/remove_images."""
    named = images_of(await call.fields()) or []
    await albums.remove_images(call.library, call.path("id"), call.caller.account_id, named)
    return True


async def nameless(call: APIRequest) -> Json:
    """What needs an id and has none."""
    raise APIError(400, NO_ID)


def may_see_deletehash(call: APIRequest, found: Album) -> bool:
    """Whether the caller may see the album's delete hash: it is the owner, or has just said it."""
    return call.owns(found.account_id) or call.path("id") == found.deletehash


def details_of(call: APIRequest, fields: Fields) -> albums.AlbumFields:
    """What the fields say of an album."""
    title = fields.text("title")
    return albums.AlbumFields(
        title=title and title[: call.library.settings.limits.title_length],
        description=fields.text("description"),
        cover=fields.text("cover"),
        privacy=fields.text("privacy"),
        layout=fields.text("layout"),
        images=images_of(fields),
    )


def images_of(fields: Fields) -> list[str] | None:
    """The images that are named, by id or by delete hash; None if nobody speaks of images."""
    named = [found for name in ("ids", "deletehashes") if (found := fields.list(name)) is not None]
    return list(dict.fromkeys(key for keys in named for key in keys)) if named else None


routes = [
    api_route("/3/album/{id}", GET=show, POST=update, PUT=update, DELETE=delete),
    api_route("/3/album/{id}/images", GET=show_images),
    api_route("/3/album", POST=create, PUT=create, GET=nameless, DELETE=nameless),
    api_route("/3/album/{id}/add", POST=add, PUT=add),
    api_route("/3/album/{id}/remove_images", POST=remove_images, PUT=remove_images, DELETE=remove_images),
    api_route("/3/album/{id}/image/{image}", GET=show_image),
]
