"""What whoever runs a server takes away from it: anybody's pictures, albums, comments, accounts, and applications.

Each goes in the way in which its owner would remove it, so nothing of it stays behind.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pyimgur.server.db.query import Work
from pyimgur.server.errors import Missing
from pyimgur.server.services import accounts, albums, applications, comments, images, oauth_grants, profiles

if TYPE_CHECKING:
    from pyimgur.server.services.context import Library


async def remove_image(library: Library, id: str) -> None:
    """Delete a picture; `Missing` if there is none."""
    found = await images.get(library, id)
    await images.remove(library, found.deletehash, None)


async def remove_album(library: Library, id: str, *, pictures: bool = False) -> None:
    """Delete an album, and if it is asked for the pictures in it, whosever they are; `Missing` if there is none."""
    found = await library.db.read(albums.BY_ID.one(id=id))
    if found is None:
        raise Missing("album", id)
    for each in await images.in_album(library, id) if pictures else []:
        with suppress(Missing):  # its owner was quicker
            await images.remove(library, each.deletehash, None)
    await albums.remove(library, found.deletehash, None)


async def remove_comment(library: Library, id: int) -> None:
    """Delete a comment; `Missing` if there is none."""
    found = await comments.get(library, id)
    await comments.remove(library, id, found.account_id)


async def remove_account(library: Library, name: str) -> None:
    """Delete an account and all that is its own; `Missing` if there is none."""
    found = await accounts.by_name(library, name)
    if found is None:
        raise Missing("account", name)
    await profiles.discard(library, found.id)


async def remove_application(library: Library, client_id: str) -> None:
    """End all that an application may do in anybody's name, and forget it; `Missing` if there is none."""
    await library.db.write(_remove_application(client_id))


def _remove_application(client_id: str) -> Work[None]:
    yield from oauth_grants.end_application(client_id)
    if not (yield applications.DROP.run(id=client_id)):
        raise Missing("application", client_id)
