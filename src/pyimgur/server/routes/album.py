"""Albums: create, show, change and delete an album; add and remove images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, takes
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.parameter_kinds import id_list, text
from pyimgur.server.http.serializers.image import serialize_image
from pyimgur.server.routes._viewer_state import with_viewer_state
from pyimgur.server.routes.album_images import album_with_images, images_of_album
from pyimgur.server.services import albums, images

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.albums import Album


class ImagesFields(BodyFields):
    """Images, each by its id or by its delete hash."""

    ids = id_list("Images by id, in their order in the album.")
    deletehashes = id_list("Images by delete hash, after those of `ids`.")


class AlbumFields(ImagesFields):
    """The content of an album."""

    title = text("The title. A longer one is cut.", cut_to="title_length")
    description = text("The description.")
    privacy = text("Who sees the album. Other values are ignored.", choices=albums.PRIVACIES)
    layout = text("Kept for programs that set it. Other values are ignored.", choices=albums.LAYOUTS)
    cover = text("The image that is shown for the album, by its id.")


@takes(AlbumFields)
async def create(call: APIRequest) -> Json:
    """Create an album and return its id and delete hash."""
    details = details_of(await call.body(AlbumFields))
    album = await albums.create(call.context, details, account=call.caller.account_id, client_id=call.caller.client_id)
    return {"id": album.id, "deletehash": album.deletehash}


async def show(call: APIRequest) -> Json | LongList:
    """Return an album with its images."""
    album = await albums.get(call.context, call.path("id"), call.caller.account_id)
    return await album_with_images(call, album, secret=may_see_deletehash(call, album))


async def show_images(call: APIRequest) -> Json | LongList:
    """Return all images of an album."""
    return await images_of_album(call, await albums.get(call.context, call.path("id"), call.caller.account_id))


async def show_image(call: APIRequest) -> Json:
    """Return one image of an album."""
    album = await albums.get(call.context, call.path("id"), call.caller.account_id)
    image = await images.get_in_album(call.context, album.id, call.path("image"))
    return await with_viewer_state(call, serialize_image(call.links, image, secret=call.owns(image.account_id)))


@takes(AlbumFields)
async def update(call: APIRequest) -> Json:
    """Change an album. Fields that are not sent stay; `ids` replaces the images."""
    details = details_of(await call.body(AlbumFields))
    await albums.change(call.context, call.path("id"), call.caller.account_id, details)
    return True


async def delete(call: APIRequest) -> Json:
    """Delete an album. Its images stay."""
    await albums.remove(call.context, call.path("id"), call.caller.account_id)
    return True


@takes(ImagesFields)
async def add(call: APIRequest) -> Json:
    """Add images to an album."""
    keys = images_of(await call.body(ImagesFields)) or []
    await albums.add_images(call.context, call.path("id"), call.caller.account_id, keys)
    return True


@takes(ImagesFields)
async def remove_images(call: APIRequest) -> Json:
    """Remove images from an album."""
    keys = images_of(await call.body(ImagesFields)) or []
    await albums.remove_images(call.context, call.path("id"), call.caller.account_id, keys)
    return True


async def missing_id(call: APIRequest) -> Json:
    """Answer 400: this method needs an id."""
    raise APIError(400, NO_ID)


def may_see_deletehash(call: APIRequest, album: Album) -> bool:
    """Return whether the caller may see the album's delete hash: it owns the album, or has sent the hash."""
    return call.owns(album.account_id) or call.path("id") == album.deletehash


def details_of(fields: AlbumFields) -> albums.AlbumFields:
    """Return the album fields of a body."""
    return albums.AlbumFields(
        title=fields.title,
        description=fields.description,
        cover=fields.cover,
        privacy=fields.privacy,
        layout=fields.layout,
        images=images_of(fields),
    )


def images_of(fields: ImagesFields) -> list[str] | None:
    """Return the images named in `ids` and `deletehashes`; None if neither field was sent."""
    lists = [keys for keys in (fields.ids, fields.deletehashes) if keys is not None]
    return list(dict.fromkeys(key for keys in lists for key in keys)) if lists else None


routes = [
    api_route("/3/album/{id}", GET=show, POST=update, PUT=update, DELETE=delete),
    api_route("/3/album/{id}/images", GET=show_images),
    api_route("/3/album", POST=create, PUT=create, GET=missing_id, DELETE=missing_id),
    api_route("/3/album/{id}/add", POST=add, PUT=add),
    api_route("/3/album/{id}/remove_images", POST=remove_images, PUT=remove_images, DELETE=remove_images),
    api_route("/3/album/{id}/image/{image}", GET=show_image),
]
