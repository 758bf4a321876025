"""Accounts: what everybody may know of one, and the images and albums in it. `me` is whoever the token speaks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.serializers.account import serialize_account
from pyimgur.server.http.serializers.album import serialize_album
from pyimgur.server.http.serializers.image import serialize_image
from pyimgur.server.routes._viewer_state import all_with_viewer_state, with_viewer_state
from pyimgur.server.routes.album_images import album_with_images
from pyimgur.server.routes.removed_endpoints import gone
from pyimgur.server.services import accounts, albums, images, profiles

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.accounts import Account

UNAUTHORIZED = "Unauthorized"
ID_DIGITS = 15
"""How long a number of an account may be."""


async def show(call: APIRequest) -> Json:
    """GET /3/account/{name}; `?account_id=` asks for a number instead."""
    found = await profiles.get(call.library, (await account_of(call)).id, call.caller.account_id)
    return serialize_account(call.links, found)


async def list_images(call: APIRequest) -> Json:
    """GET /3/account/{name}/images/{page}: one's own, newest first."""
    shown = [
        serialize_image(call.links, each, secret=True, named=True)
        for each in await images.of_account(
            call.library, require_own_account(call), page=call.page(), per_page=call.per_page()
        )
    ]
    return await all_with_viewer_state(call, shown)


async def list_image_ids(call: APIRequest) -> Json:
    """GET /3/account/{name}/images/ids/{page}."""
    found = await images.of_account(call.library, require_own_account(call), page=call.page(), per_page=call.per_page())
    return [each.id for each in found]


async def count_images(call: APIRequest) -> Json:
    """GET /3/account/{name}/images/count."""
    return await images.count(call.library, require_own_account(call))


async def show_image(call: APIRequest) -> Json:
    """GET /3/account/{name}/image/{id}: one of one's own."""
    mine = require_own_account(call)
    found = await images.get(call.library, call.path("id"))
    if found.account_id != mine:
        raise NotFoundError("image", call.path("id"))
    return await with_viewer_state(call, serialize_image(call.links, found, secret=True))


async def delete_image(call: APIRequest) -> Json:
    """DELETE /3/account/{name}/image/{delete hash or id}; what cannot be deleted is told with status 200, as ever."""
    require_own_account(call)
    try:
        await images.remove(call.library, call.path("id"), call.caller.account_id)
    except (NotFoundError, ForbiddenError):
        return call.soft_error(UNAUTHORIZED)
    return True


async def list_albums(call: APIRequest) -> Json:
    """GET /3/account/{name}/albums/{page}: newest first; to others the public ones only."""
    whose, page, size = await account_of(call), call.page(), call.per_page()
    found = await albums.of_account(call.library, whose.id, asker=call.caller.account_id, page=page, per_page=size)
    shown = [
        serialize_album(call.links, each, secret=call.owns(each.account_id), order=page * size + place)
        for place, each in enumerate(found)
    ]
    return await all_with_viewer_state(call, shown)


async def list_album_ids(call: APIRequest) -> Json:
    """GET /3/account/{name}/albums/ids/{page}."""
    whose = await account_of(call)
    found = await albums.of_account(
        call.library, whose.id, asker=call.caller.account_id, page=call.page(), per_page=call.per_page()
    )
    return [each.id for each in found]


async def count_albums(call: APIRequest) -> Json:
    """GET /3/account/{name}/albums/count."""
    whose = await account_of(call)
    return await albums.count(call.library, whose.id, asker=call.caller.account_id)


async def show_album(call: APIRequest) -> Json | LongList:
    """GET /3/account/{name}/album/{id}."""
    whose = await account_of(call)
    found = await albums.get(call.library, call.path("id"), call.caller.account_id)
    if found.account_id != whose.id:
        raise NotFoundError("album", call.path("id"))
    return await album_with_images(call, found, secret=call.owns(found.account_id))


async def delete_album(call: APIRequest) -> Json:
    """DELETE /3/account/{name}/album/{id or delete hash}; what cannot be deleted is told with status 200, as ever."""
    require_own_account(call)
    try:
        await albums.remove(call.library, call.path("id"), call.caller.account_id)
    except NotFoundError:
        return call.soft_error(f"Album not found{call.path('id')}")
    except ForbiddenError:
        return call.soft_error(UNAUTHORIZED)
    return True


async def account_of(call: APIRequest) -> Account:
    """Whose path this is."""
    name, number = call.path("name"), call.query("account_id")
    if name == "me":
        found = await accounts.by_id(call.library, call.caller.account())
    elif number:
        id = parse_int(number, ID_DIGITS)
        found = None if id is None else await accounts.by_id(call.library, id)
    else:
        found = await accounts.by_name(call.library, name)
    if found is None:
        raise NotFoundError("account", number or name)
    return found


def require_own_account(call: APIRequest) -> int:
    """The caller's account, if the path names it: what is private is nobody else's."""
    mine, name = call.caller.account(), call.path("name")
    if name != "me" and name.lower() != (call.caller.account_name or "").lower():
        raise APIError(403, UNAUTHORIZED)
    return mine


routes = [
    api_route("/3/account/{name}", GET=show, POST=gone, DELETE=gone),
    api_route("/3/account/{name}/images", GET=list_images),
    api_route("/3/account/{name}/images/count", GET=count_images),
    api_route("/3/account/{name}/images/ids", GET=list_image_ids),
    api_route("/3/account/{name}/images/ids/{page}", GET=list_image_ids),
    api_route("/3/account/{name}/images/{page}", GET=list_images),
    api_route("/3/account/{name}/image/{id}", GET=show_image, DELETE=delete_image),
    api_route("/3/account/{name}/albums", GET=list_albums),
    api_route("/3/account/{name}/albums/count", GET=count_albums),
    api_route("/3/account/{name}/albums/ids", GET=list_album_ids),
    api_route("/3/account/{name}/albums/ids/{page}", GET=list_album_ids),
    api_route("/3/account/{name}/albums/{page}", GET=list_albums),
    api_route("/3/account/{name}/album/{id}", GET=show_album, DELETE=delete_album),
]
