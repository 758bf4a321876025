"""Folders of favourites: seen by whom their owner lets, made, changed, filled, emptied and deleted by the owner.

Imgur's own pages have them too; of their calls only the one that lists a folder's favourites is known. The others
are this server's, made like those of albums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import Missing
from pyimgur.server.http.api import path
from pyimgur.server.http.parameters import whole_number, yes
from pyimgur.server.routes.account import account_of, own
from pyimgur.server.routes.account_gallery import liked
from pyimgur.server.services import favorite_folders, favorites

if TYPE_CHECKING:
    from pyimgur.server.http.api import Call
    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.favorite_folders import Folder

DIGITS = 15
EVERYTHING = favorite_folders.Folder(favorites.EVERYTHING, "All Favorites", private=0)


async def list_folders(call: Call) -> Json:
    """GET /3/account/{name}/folders: the one of all favourites, then the person's own; private ones to nobody else."""
    whose = await account_of(call)
    found = await favorite_folders.of_account(call.library, whose.id, asker=call.caller.account_id)
    return [shape(each, whose.name) for each in (EVERYTHING, *found)]


async def create(call: Call) -> Json:
    """POST /3/account/me/folders: a new folder."""
    mine, fields = own(call), await call.fields()
    made = await favorite_folders.create(
        call.library, mine, fields.text("name") or "", private=bool(private_of(fields))
    )
    return shape(made, call.caller.account_name)


async def show(call: Call) -> Json:
    """GET /3/account/{name}/folders/{folder}."""
    whose = await account_of(call)
    found = await favorite_folders.get(call.library, whose.id, number_of(call), asker=call.caller.account_id)
    return shape(found, whose.name)


async def change(call: Call) -> Json:
    """POST or PUT /3/account/me/folders/{folder}: name, private."""
    mine, fields = own(call), await call.fields()
    await favorite_folders.change(
        call.library, mine, number_of(call), name=fields.text("name"), private=private_of(fields)
    )
    return True


async def delete(call: Call) -> Json:
    """DELETE /3/account/me/folders/{folder}: what lies in it stays a favourite."""
    await favorite_folders.remove(call.library, own(call), number_of(call))
    return True


async def list_favorites(call: Call) -> Json:
    """GET /3/account/{name}/folders/{folder}/favorites: those in the gallery."""
    whose, number = await account_of(call), number_of(call)
    if number != favorites.EVERYTHING:
        await favorite_folders.get(call.library, whose.id, number, asker=call.caller.account_id)
    return await liked(call, whose.id, folder=number, gallery_only=True)


async def put_in(call: Call) -> Json:
    """POST or PUT /3/account/me/folders/{folder}/favorites: images and albums, by their ids."""
    mine, fields = own(call), await call.fields()
    await favorite_folders.put_in(call.library, mine, number_of(call), fields.list("ids") or [])
    return True


async def take_out(call: Call) -> Json:
    """DELETE /3/account/me/folders/{folder}/favorites: images and albums, by their ids."""
    mine, fields = own(call), await call.fields()
    await favorite_folders.take_out(call.library, mine, number_of(call), fields.list("ids") or [])
    return True


def shape(folder: Folder, owner: str | None) -> Json:
    """A folder as the API's JSON object."""
    return {"id": folder.id, "name": folder.name, "is_private": bool(folder.private), "account_url": owner}


def number_of(call: Call) -> int:
    """Which folder the path names."""
    text = call.path("folder")
    if (found := whole_number(text, DIGITS)) is None:
        raise Missing("folder", text)
    return found


def private_of(fields: Fields) -> bool | None:
    """Whether the folder shall be private, if anything is said of it."""
    return yes(fields.text("private"))


routes = [
    path("/3/account/{name}/folders", GET=list_folders, POST=create),
    path("/3/account/{name}/folders/{folder}", GET=show, POST=change, PUT=change, DELETE=delete),
    path("/3/account/{name}/folders/{folder}/favorites", GET=list_favorites, POST=put_in, PUT=put_in, DELETE=take_out),
    path("/3/account/{name}/folders/{folder}/favorites/{page}", GET=list_favorites),
]
