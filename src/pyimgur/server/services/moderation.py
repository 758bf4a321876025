"""What whoever runs a server takes away from it: anybody's pictures, albums, comments, accounts, and applications.

Each goes in the way in which its owner would remove it, so nothing of it stays behind.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import accounts, albums, applications, comments, images, oauth_grants, profiles

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


async def remove_image(library: ServerContext, id: str) -> None:
    """Delete a picture; `NotFoundError` if there is none."""
    found = await images.get(library, id)
    await images.remove(library, found.deletehash, None)


async def remove_album(library: ServerContext, id: str, *, pictures: bool = False) -> None:
    """Delete an album, and with `pictures` the images in it, whoever owns them.

    Raises:
        NotFoundError: there is no such album.
    """
    found = await library.db.read(albums.BY_ID.one(id=id))
    if found is None:
        raise NotFoundError("album", id)
    for each in await images.in_album(library, id) if pictures else []:
        with suppress(NotFoundError):  # its owner was quicker
            await images.remove(library, each.deletehash, None)
    await albums.remove(library, found.deletehash, None)


async def remove_comment(library: ServerContext, id: int) -> None:
    """Delete a comment; `NotFoundError` if there is none."""
    found = await comments.get(library, id)
    await comments.remove(library, id, found.account_id)


async def remove_account(library: ServerContext, name: str) -> None:
    """Delete an account and all that is its own; `NotFoundError` if there is none."""
    found = await accounts.by_name(library, name)
    if found is None:
        raise NotFoundError("account", name)
    await profiles.delete_account_files(library, found.id)


async def remove_application(library: ServerContext, client_id: str) -> None:
    """End all that an application may do in anybody's name, and forget it; `NotFoundError` if there is none."""
    await library.db.write(_remove_application(client_id))


def _remove_application(client_id: str) -> Transaction[None]:
    yield from oauth_grants.end_application(client_id)
    if not (yield applications.DROP.run(id=client_id)):
        raise NotFoundError("application", client_id)
