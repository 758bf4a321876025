"""Folders of favourites: seen by whom their owner lets, made, changed, filled, emptied and deleted by the owner.

Imgur's own pages have them too; of their calls only the one that lists a folder's favourites is known. The others
are this server's, made like those of albums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.parameters import parse_bool, parse_int
from pyimgur.server.routes.account import account_of, require_own_account
from pyimgur.server.routes.account_gallery import favorites_page
from pyimgur.server.services import favorite_folders, favorites

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.favorite_folders import Folder

DIGITS = 15
EVERYTHING = favorite_folders.Folder(favorites.ALL_FOLDERS, "All Favorites", private=0)


async def list_folders(call: APIRequest) -> Json:
    """GET /3/account/{name}/folders: the one of all favourites, then the person's own; private ones to nobody else."""
    whose = await account_of(call)
    found = await favorite_folders.of_account(call.library, whose.id, asker=call.caller.account_id)
    return [serialize_folder(each, whose.name) for each in (EVERYTHING, *found)]


async def create(call: APIRequest) -> Json:
    """POST /3/account/me/folders: a new folder."""
    mine, fields = require_own_account(call), await call.fields()
    made = await favorite_folders.create(
        call.library, mine, fields.text("name") or "", private=bool(private_of(fields))
    )
    return serialize_folder(made, call.caller.account_name)


async def show(call: APIRequest) -> Json:
    """GET /3/account/{name}/folders/{folder}."""
    whose = await account_of(call)
    found = await favorite_folders.get(call.library, whose.id, number_of(call), asker=call.caller.account_id)
    return serialize_folder(found, whose.name)


async def change(call: APIRequest) -> Json:
    """POST or PUT /3/account/me/folders/{folder}: name, private."""
    mine, fields = require_own_account(call), await call.fields()
    await favorite_folders.change(
        call.library, mine, number_of(call), name=fields.text("name"), private=private_of(fields)
    )
    return True


async def delete(call: APIRequest) -> Json:
    """DELETE /3/account/me/folders/{folder}: what lies in it stays a favourite."""
    await favorite_folders.remove(call.library, require_own_account(call), number_of(call))
    return True


async def list_favorites(call: APIRequest) -> Json:
    """GET /3/account/{name}/folders/{folder}/favorites: those in the gallery."""
    whose, number = await account_of(call), number_of(call)
    if number != favorites.ALL_FOLDERS:
        await favorite_folders.get(call.library, whose.id, number, asker=call.caller.account_id)
    return await favorites_page(call, whose.id, folder=number, gallery_only=True)


async def put_in(call: APIRequest) -> Json:
    """POST or PUT /3/account/me/folders/{folder}/favorites: images and albums, by their ids."""
    mine, fields = require_own_account(call), await call.fields()
    await favorite_folders.add_favorites(call.library, mine, number_of(call), fields.list("ids") or [])
    return True


async def take_out(call: APIRequest) -> Json:
    """DELETE /3/account/me/folders/{folder}/favorites: images and albums, by their ids."""
    mine, fields = require_own_account(call), await call.fields()
    await favorite_folders.remove_favorites(call.library, mine, number_of(call), fields.list("ids") or [])
    return True


def serialize_folder(folder: Folder, owner: str | None) -> Json:
    """A folder as the API's JSON object."""
    return {"id": folder.id, "name": folder.name, "is_private": bool(folder.private), "account_url": owner}


def number_of(call: APIRequest) -> int:
    """Which folder the path names."""
    text = call.path("folder")
    if (found := parse_int(text, DIGITS)) is None:
        raise NotFoundError("folder", text)
    return found


def private_of(fields: Fields) -> bool | None:
    """Whether the folder shall be private, if anything is said of it."""
    return parse_bool(fields.text("private"))


routes = [
    api_route("/3/account/{name}/folders", GET=list_folders, POST=create),
    api_route("/3/account/{name}/folders/{folder}", GET=show, POST=change, PUT=change, DELETE=delete),
    api_route(
        "/3/account/{name}/folders/{folder}/favorites", GET=list_favorites, POST=put_in, PUT=put_in, DELETE=take_out
    ),
    api_route("/3/account/{name}/folders/{folder}/favorites/{page}", GET=list_favorites),
]
