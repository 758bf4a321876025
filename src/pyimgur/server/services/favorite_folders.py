"""Folders of favorites, public or private.

A favorite is in one folder or in none. Others do not see a private folder, nor the favorites in it in any list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import favorite_folders as queries
from pyimgur.server.db.queries.favorite_folders import Folder as Folder
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import favorites
from pyimgur.server.services._lookup import get_or_not_found

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

NAME_LENGTH = 128
MAX_BATCH = 200
"""Favorites that one transaction moves, so that other writes do not wait for thousands."""


async def list_by_account(context: ServerContext, account: int, *, viewer: int | None) -> list[Folder]:
    """Return the account's folders that the viewer may see."""
    return await context.db.scan(queries.LIST_BY_ACCOUNT.all(account=account, viewer=viewer))


async def get(context: ServerContext, account: int, id: int, *, viewer: int | None) -> Folder:
    """Return one of the account's folders.

    Raises:
        NotFoundError: the account has no such folder, or the viewer may not see it.
    """
    folder = await context.db.read(queries.GET_BY_ID.one(account=account, viewer=viewer, of=id))
    return get_or_not_found(folder, "folder", id)


async def create(context: ServerContext, account: int, name: str, *, private: bool) -> Folder:
    """Create a folder for the account.

    Raises:
        ValidationError: the name is empty or too long.
    """
    return await context.db.write(_create(account, _check_name(name), private, context.now))


async def change(context: ServerContext, account: int, id: int, *, name: str | None, private: bool | None) -> None:
    """Set what is not None.

    Raises:
        ValidationError: the name is empty or too long.
        NotFoundError: the account has no such folder.
    """
    await context.db.write(_change(account, id, None if name is None else _check_name(name), private))


async def remove(context: ServerContext, account: int, id: int) -> None:
    """Delete a folder; its contents stay favorites.

    Raises:
        NotFoundError: the account has no such folder.
    """
    await context.db.write(_remove(account, id))


async def add_favorites(context: ServerContext, account: int, id: int, item_ids: Sequence[str]) -> None:
    """Move images and albums into a folder, from any other; those that are not favorites yet become favorites.

    More than `MAX_BATCH` take several transactions: if one fails, the items before it are moved.

    Raises:
        NotFoundError: the account has no such folder, or there is no such image or album that it may see.
    """
    for batch in _batches(item_ids):
        await context.db.write(_add_favorites(account, id, batch, context.now))


async def remove_favorites(context: ServerContext, account: int, id: int, item_ids: Sequence[str]) -> None:
    """Move images and albums out of a folder; they stay favorites, and those in other folders are ignored.

    Raises:
        NotFoundError: the account has no such folder.
    """
    for batch in _batches(item_ids):
        await context.db.write(_remove_favorites(account, id, batch))


def _batches(item_ids: Sequence[str]) -> list[Sequence[str]]:
    """Return the items for each transaction; the first batch may be empty, and still checks the folder."""
    return [item_ids[start : start + MAX_BATCH] for start in range(0, max(len(item_ids), 1), MAX_BATCH)]


def _check_name(name: str) -> str:
    """Return the name with single spaces between words; raise `ValidationError` if it is empty or too long."""
    name = " ".join(name.split())
    if not name:
        raise ValidationError("A folder needs a name.")
    if len(name) > NAME_LENGTH:
        raise ValidationError(f"A folder's name has at most {NAME_LENGTH} characters.")
    return name


@transaction
def _get_own(account: int, id: int) -> Steps[Folder]:
    folder: Folder | None = yield queries.GET_BY_ID.one(account=account, viewer=account, of=id)
    return get_or_not_found(folder, "folder", id)


@transaction
def _create(account: int, name: str, private: bool, now: int) -> Steps[Folder]:
    return (yield queries.INSERT.exactly_one(account=account, name=name, private=int(private), created=now))


@transaction
def _change(account: int, id: int, name: str | None, private: bool | None) -> Steps[None]:
    flag = None if private is None else int(private)
    if not (yield queries.UPDATE.run(person=account, of=id, new_name=name, new_private=flag)):
        raise NotFoundError("folder", str(id))


@transaction
def _remove(account: int, id: int) -> Steps[None]:
    if not (yield queries.DELETE.run(person=account, of=id)):
        raise NotFoundError("folder", str(id))


@transaction
def _add_favorites(account: int, id: int, item_ids: Sequence[str], now: int) -> Steps[None]:
    yield from _get_own(account, id)
    for item_id in item_ids:
        if not (yield queries.SET_FOLDER.run(person=account, item=item_id, into=id)):
            yield from favorites.add_favorite(item_id, account, now)
            yield queries.SET_FOLDER.run(person=account, item=item_id, into=id)


@transaction
def _remove_favorites(account: int, id: int, item_ids: Sequence[str]) -> Steps[None]:
    yield from _get_own(account, id)
    for item_id in item_ids:
        yield queries.CLEAR_FOLDER.run(person=account, item=item_id, of=id)
