"""Accounts: the public profile, and an account's images and albums. The name `me` means the account of the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, NotFoundError
from pyimgur.server.http.api import Paging, api_route
from pyimgur.server.http.declared_parameters import QueryParameters, takes
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameter_kinds import number_text
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
"""Longest account id that is parsed."""


class AccountQuery(QueryParameters):
    """Which account, if the path does not name it."""

    account_id = number_text("The account by its id, instead of the name in the path.")


@takes(AccountQuery)
async def show(call: APIRequest) -> Json:
    """Return an account. `?account_id=` names it by id instead of the path."""
    profile = await profiles.get(call.context, (await account_of(call)).id, call.caller.account_id)
    return serialize_account(call.links, profile)


@takes(Paging)
async def list_images(call: APIRequest) -> Json:
    """Return a page of the caller's images, newest first."""
    rows = await images.list_by_account(
        call.context, require_own_account(call), page=call.page(), per_page=call.per_page()
    )
    return await all_with_viewer_state(
        call, [serialize_image(call.links, row, secret=True, named=True) for row in rows]
    )


@takes(Paging)
async def list_image_ids(call: APIRequest) -> Json:
    """Return a page of the ids of the caller's images, newest first."""
    rows = await images.list_by_account(
        call.context, require_own_account(call), page=call.page(), per_page=call.per_page()
    )
    return [row.id for row in rows]


async def count_images(call: APIRequest) -> Json:
    """Return the number of the caller's images."""
    return await images.count_by_account(call.context, require_own_account(call))


async def show_image(call: APIRequest) -> Json:
    """Return one of the caller's own images."""
    viewer = require_own_account(call)
    image = await images.get(call.context, call.path("id"))
    if image.account_id != viewer:
        raise NotFoundError("image", call.path("id"))
    return await with_viewer_state(call, serialize_image(call.links, image, secret=True))


async def delete_image(call: APIRequest) -> Json:
    """Delete one of the caller's images, by id or delete hash.

    As at Imgur, a failure is an error with status 200.
    """
    require_own_account(call)
    try:
        await images.remove(call.context, call.path("id"), call.caller.account_id)
    except (NotFoundError, ForbiddenError):
        return call.soft_error(UNAUTHORIZED)
    return True


@takes(AccountQuery, Paging)
async def list_albums(call: APIRequest) -> Json:
    """Return a page of an account's albums, newest first. Other viewers see public albums only."""
    owner, page, size = await account_of(call), call.page(), call.per_page()
    rows = await albums.list_by_account(call.context, owner.id, viewer=call.caller.account_id, page=page, per_page=size)
    serialized = [
        serialize_album(call.links, row, secret=call.owns(row.account_id), order=page * size + position)
        for position, row in enumerate(rows)
    ]
    return await all_with_viewer_state(call, serialized)


@takes(AccountQuery, Paging)
async def list_album_ids(call: APIRequest) -> Json:
    """Return a page of the ids of an account's albums."""
    owner = await account_of(call)
    rows = await albums.list_by_account(
        call.context, owner.id, viewer=call.caller.account_id, page=call.page(), per_page=call.per_page()
    )
    return [row.id for row in rows]


@takes(AccountQuery)
async def count_albums(call: APIRequest) -> Json:
    """Return the number of an account's albums."""
    owner = await account_of(call)
    return await albums.count_by_account(call.context, owner.id, viewer=call.caller.account_id)


@takes(AccountQuery)
async def show_album(call: APIRequest) -> Json | LongList:
    """Return one of an account's albums with its images."""
    owner = await account_of(call)
    album = await albums.get(call.context, call.path("id"), call.caller.account_id)
    if album.account_id != owner.id:
        raise NotFoundError("album", call.path("id"))
    return await album_with_images(call, album, secret=call.owns(album.account_id))


async def delete_album(call: APIRequest) -> Json:
    """Delete one of the caller's albums, by id or delete hash.

    As at Imgur, a failure is an error with status 200.
    """
    require_own_account(call)
    try:
        await albums.remove(call.context, call.path("id"), call.caller.account_id)
    except NotFoundError:
        return call.soft_error(f"Album not found{call.path('id')}")
    except ForbiddenError:
        return call.soft_error(UNAUTHORIZED)
    return True


async def account_of(call: APIRequest) -> Account:
    """Return the account in the path, or the one that `?account_id=` names.

    Raises:
        NotFoundError: there is no such account.
    """
    name, number = call.path("name"), call.query(AccountQuery).account_id
    if name == "me":
        account = await accounts.find_by_id(call.context, call.caller.require_account())
    elif number:
        id = parse_int(number, ID_DIGITS)
        account = None if id is None else await accounts.find_by_id(call.context, id)
    else:
        account = await accounts.find_by_name(call.context, name)
    if account is None:
        raise NotFoundError("account", number or name)
    return account


def require_own_account(call: APIRequest) -> int:
    """Return the caller's account id.

    Raises:
        APIError: nobody is logged in, or the path names another account.
    """
    viewer, name = call.caller.require_account(), call.path("name")
    if name != "me" and name.lower() != (call.caller.account_name or "").lower():
        raise APIError(403, UNAUTHORIZED)
    return viewer


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
