"""Folders: a person's favourites sorted into heaps, each for everybody to see or for that person alone.

A favourite lies in one folder or in none. What lies in a private folder is shown to nobody else, in whichever list of
favourites; to others the folder itself is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import favorite_folders as queries
from pyimgur.server.db.queries.favorite_folders import Folder as Folder
from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import favorites

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

NAME_LENGTH = 128
TOGETHER = 200
"""Favourites that one transaction moves."""


async def of_account(library: ServerContext, account: int, *, asker: int | None) -> list[Folder]:
    """A person's folders, those that the asker may see."""
    return [Folder(*row) for row in await library.db.scan(queries.LIST_BY_ACCOUNT.all(account=account, asker=asker))]


async def get(library: ServerContext, account: int, id: int, *, asker: int | None) -> Folder:
    """One of a person's folders.

    Raises:
        NotFoundError: there is none, or it is private and another's.
    """
    return _found(await library.db.read(queries.GET_BY_ID.one(account=account, asker=asker, of=id)), id)


async def create(library: ServerContext, account: int, name: str, *, private: bool) -> Folder:
    """A new folder of this person.

    Raises:
        ValidationError: the name is empty or too long.
    """
    return await library.db.write(_create(account, _check_name(name), private, library.now))


async def change(library: ServerContext, account: int, id: int, *, name: str | None, private: bool | None) -> None:
    """Change what is not None.

    Raises:
        ValidationError: the name is empty or too long.
        NotFoundError: the person has no such folder.
    """
    await library.db.write(_change(account, id, None if name is None else _check_name(name), private))


async def remove(library: ServerContext, account: int, id: int) -> None:
    """Delete a folder; the favourites in it stay favourites.

    Raises:
        NotFoundError: the person has no such folder.
    """
    await library.db.write(_remove(account, id))


async def add_favorites(library: ServerContext, account: int, id: int, things: Sequence[str]) -> None:
    """Lay these images and albums into a folder, whichever they lie in; what is no favourite yet becomes one.

    Raises:
        NotFoundError: the person has no such folder, or there is no such image or album for them.
    """
    for part in _parts(things):
        await library.db.write(_put_in(account, id, part, library.now))


async def remove_favorites(library: ServerContext, account: int, id: int, things: Sequence[str]) -> None:
    """Take these out of a folder; they stay favourites. What does not lie in it is passed over.

    Raises:
        NotFoundError: the person has no such folder.
    """
    for part in _parts(things):
        await library.db.write(_take_out(account, id, part))


def _parts(things: Sequence[str]) -> list[Sequence[str]]:
    """As many as one transaction takes, so that nobody else's waits for thousands; the first part may be empty."""
    return [things[start : start + TOGETHER] for start in range(0, max(len(things), 1), TOGETHER)]


def _check_name(name: str) -> str:
    fit = " ".join(name.split())
    if not fit:
        raise ValidationError("A folder needs a name.")
    if len(fit) > NAME_LENGTH:
        raise ValidationError(f"A folder's name has at most {NAME_LENGTH} characters.")
    return fit


def _found(row: tuple[int, str, int] | None, id: int) -> Folder:
    if row is None:
        raise NotFoundError("folder", str(id))
    return Folder(*row)


def _own(account: int, id: int) -> Transaction[Folder]:
    return _found((yield queries.GET_BY_ID.one(account=account, asker=account, of=id)), id)


def _create(account: int, name: str, private: bool, now: int) -> Transaction[Folder]:
    yield queries.INSERT.run(account=account, name=name, private=int(private), created=now)
    made = yield queries.GET_NEWEST_ID.one(account=account)
    return (yield from _own(account, made.id))


def _change(account: int, id: int, name: str | None, private: bool | None) -> Transaction[None]:
    flag = None if private is None else int(private)
    if not (yield queries.UPDATE.run(person=account, of=id, new_name=name, new_private=flag)):
        raise NotFoundError("folder", str(id))


def _remove(account: int, id: int) -> Transaction[None]:
    if not (yield queries.DELETE.run(person=account, of=id)):
        raise NotFoundError("folder", str(id))


def _put_in(account: int, id: int, things: Sequence[str], now: int) -> Transaction[None]:
    yield from _own(account, id)
    for thing in things:
        if not (yield queries.SET_FOLDER.run(person=account, thing=thing, into=id)):
            yield from favorites.add_favorite(thing, account, now)
            yield queries.SET_FOLDER.run(person=account, thing=thing, into=id)


def _take_out(account: int, id: int, things: Sequence[str]) -> Transaction[None]:
    yield from _own(account, id)
    for thing in things:
        yield queries.CLEAR_FOLDER.run(person=account, thing=thing, of=id)
