"""Removals by the operator of a server: anybody's images, albums, comments, accounts, and applications.

Each object is removed in the same way as by its owner, so nothing of it stays behind.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import accounts, albums, applications, comments, images, oauth_tokens, profiles
from pyimgur.server.services._lookup import get_or_not_found

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


async def remove_image(context: ServerContext, id: str) -> None:
    """Delete an image.

    Raises:
        NotFoundError: there is no such image.
    """
    image = await images.get(context, id)
    await images.remove(context, image.deletehash, None)


async def remove_album(context: ServerContext, id: str, *, pictures: bool = False) -> None:
    """Delete an album, and with `pictures` also the images in it, whoever owns them.

    Raises:
        NotFoundError: there is no such album.
    """
    album = get_or_not_found(await albums.find(context, id), "album", id)
    for image in await images.list_by_album(context, id) if pictures else []:
        with suppress(NotFoundError):  # deleted meanwhile
            await images.remove(context, image.deletehash, None)
    await albums.remove(context, album.deletehash, None)


async def remove_comment(context: ServerContext, id: int) -> None:
    """Delete a comment.

    Raises:
        NotFoundError: there is no such comment.
    """
    comment = await comments.get(context, id)
    await comments.remove(context, id, comment.account_id)


async def remove_account(context: ServerContext, name: str) -> None:
    """Delete an account with everything it owns.

    Raises:
        NotFoundError: there is no such account.
    """
    account = get_or_not_found(await accounts.find_by_name(context, name), "account", name)
    await profiles.delete_account_with_files(context, account.id)


async def remove_application(context: ServerContext, client_id: str) -> None:
    """Delete an application, and revoke its access to all accounts.

    Raises:
        NotFoundError: there is no such application.
    """
    await context.db.write(_remove_application(client_id))


@transaction
def _remove_application(client_id: str) -> Steps[None]:
    yield from oauth_tokens.revoke_all_of_application(client_id)
    yield from applications.delete(client_id)
