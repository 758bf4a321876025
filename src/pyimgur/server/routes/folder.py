"""Favorite folders: list, read, create, change and delete them; add and remove favorites.

Of Imgur's own calls only the list of a folder's favorites is known. This server has made the others like those of
albums. Private folders are for their owner only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, takes
from pyimgur.server.http.parameter_kinds import flag, id_list, text
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.routes._list_routes import Mature
from pyimgur.server.routes.account import AccountQuery, account_of, require_own_account
from pyimgur.server.routes.account_gallery import FavoriteList, favorites_page
from pyimgur.server.services import favorite_folders, favorites

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.favorite_folders import Folder

ID_DIGITS = 15
EVERYTHING = favorite_folders.Folder(favorites.ALL_FOLDERS, "All Favorites", private=0)


class FolderFields(BodyFields):
    """A folder."""

    name = text("The name.")
    private = flag("Whether only its owner sees it.")


class FavoritesFields(BodyFields):
    """Favorites of a folder."""

    ids = id_list("Images and albums by id.")


@takes(AccountQuery)
async def list_folders(call: APIRequest) -> Json:
    """Return an account's folders: first the one of all favorites, then its own. Others do not see private ones."""
    owner = await account_of(call)
    folders = await favorite_folders.list_by_account(call.context, owner.id, viewer=call.caller.account_id)
    return [serialize_folder(folder, owner.name) for folder in (EVERYTHING, *folders)]


@takes(FolderFields)
async def create(call: APIRequest) -> Json:
    """Create a folder."""
    viewer, fields = require_own_account(call), await call.body(FolderFields)
    folder = await favorite_folders.create(call.context, viewer, fields.name or "", private=bool(fields.private))
    return serialize_folder(folder, call.caller.account_name)


@takes(AccountQuery)
async def show(call: APIRequest) -> Json:
    """Return a folder."""
    owner = await account_of(call)
    folder = await favorite_folders.get(call.context, owner.id, folder_id(call), viewer=call.caller.account_id)
    return serialize_folder(folder, owner.name)


@takes(FolderFields)
async def change(call: APIRequest) -> Json:
    """Change a folder's name or privacy."""
    viewer, fields = require_own_account(call), await call.body(FolderFields)
    await favorite_folders.change(call.context, viewer, folder_id(call), name=fields.name, private=fields.private)
    return True


async def delete(call: APIRequest) -> Json:
    """Delete a folder. Its content stays among the favorites."""
    await favorite_folders.remove(call.context, require_own_account(call), folder_id(call))
    return True


@takes(AccountQuery, FavoriteList, Mature)
async def list_favorites(call: APIRequest) -> Json:
    """Return a page of a folder's favorites that are in the gallery."""
    owner, folder = await account_of(call), folder_id(call)
    if folder != favorites.ALL_FOLDERS:
        await favorite_folders.get(call.context, owner.id, folder, viewer=call.caller.account_id)
    return await favorites_page(call, owner.id, folder=folder, gallery_only=True)


@takes(FavoritesFields)
async def add_favorites(call: APIRequest) -> Json:
    """Add images and albums to a folder, by id."""
    viewer, fields = require_own_account(call), await call.body(FavoritesFields)
    await favorite_folders.add_favorites(call.context, viewer, folder_id(call), fields.ids or [])
    return True


@takes(FavoritesFields)
async def remove_favorites(call: APIRequest) -> Json:
    """Remove images and albums from a folder, by id."""
    viewer, fields = require_own_account(call), await call.body(FavoritesFields)
    await favorite_folders.remove_favorites(call.context, viewer, folder_id(call), fields.ids or [])
    return True


def serialize_folder(folder: Folder, owner: str | None) -> Json:
    """Return the JSON of a folder."""
    return {"id": folder.id, "name": folder.name, "is_private": bool(folder.private), "account_url": owner}


def folder_id(call: APIRequest) -> int:
    """Return the folder id in the path.

    Raises:
        NotFoundError: it is not a number.
    """
    text = call.path("folder")
    if (id := parse_int(text, ID_DIGITS)) is None:
        raise NotFoundError("folder", text)
    return id


routes = [
    api_route("/3/account/{name}/folders", GET=list_folders, POST=create),
    api_route("/3/account/{name}/folders/{folder}", GET=show, POST=change, PUT=change, DELETE=delete),
    api_route(
        "/3/account/{name}/folders/{folder}/favorites",
        GET=list_favorites,
        POST=add_favorites,
        PUT=add_favorites,
        DELETE=remove_favorites,
    ),
    api_route("/3/account/{name}/folders/{folder}/favorites/{page}", GET=list_favorites),
]
