"""Albums: pictures in an order. Changed by their owner, or by whoever has the delete hash.

A public or hidden album is seen by anybody who knows its id; a secret one by its owner, or with its
delete hash. One's own pictures go in by id, anonymous ones by delete hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import albums as queries
from pyimgur.server.db.queries.albums import Album as Album
from pyimgur.server.db.query import BoundQuery, Transaction
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import album_images, ids, posts
from pyimgur.server.services.authorization import authorize_edit, is_owner, may_edit
from pyimgur.server.services.text_limits import check_description

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

BY_ID = queries.GET_BY_ID
PRIVACIES = ("public", "hidden", "secret")
LAYOUTS = ("blog", "grid", "horizontal", "vertical")
PAGE = 50
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumFields:
    """What is said of an album; None leaves it as it is."""

    title: str | None = None
    description: str | None = None
    cover: str | None = None
    privacy: str | None = None
    layout: str | None = None
    images: Sequence[str] | None = None
    """Ids or delete hashes: all it holds afterwards, in this order."""


async def create(library: ServerContext, details: AlbumFields, *, account: int | None, client_id: str | None) -> Album:
    """Make an album, an account's own or an anonymous one."""
    check_description(details.description)
    most = library.settings.limits.album_images
    return await library.db.write(_create(details, account, client_id, library.now, most))


def _create(
    details: AlbumFields, account: int | None, client_id: str | None, now: int, most: int
) -> Transaction[Album]:
    id = ids.new_id()
    yield queries.INSERT.run(
        id=id,
        deletehash=ids.fresh_deletehash(),
        account_id=account,
        client_id=client_id,
        title=details.title or None,
        description=details.description or None,
        privacy=_one_of(details.privacy, PRIVACIES) or (yield from _usual_privacy(account)),
        layout=_one_of(details.layout, LAYOUTS) or "blog",
        cover=details.cover or None,
        created=now,
    )
    yield from album_images.add(id, account, details.images or (), room=most, most=most)
    return Album(*(yield queries.GET_BY_ID.one(id=id)))


def _usual_privacy(account: int | None) -> Transaction[str]:
    """What albums of which nothing is said are: hidden, or what the account has chosen."""
    chosen = None if account is None else (yield queries.GET_DEFAULT_PRIVACY.one(account=account))
    return chosen.album_privacy if chosen else "hidden"


def _one_of(given: str | None, words: Sequence[str]) -> str | None:
    """A word Imgur knows; it passes over any other."""
    return given if given in words else None


async def get(library: ServerContext, key: str, asker: int | None) -> Album:
    """The album of this id or delete hash.

    Raises:
        NotFoundError: there is none, or it is secret, another's, and not in the gallery.
    """
    by_hash = ids.is_deletehash(key)
    found = await library.db.read(_named(key))
    if found is None or not (by_hash or is_visible(Album(*found), asker)):
        raise NotFoundError("album", key)
    return Album(*found)


def _named(key: str) -> BoundQuery:
    return queries.GET_BY_DELETEHASH.one(deletehash=key) if ids.is_deletehash(key) else queries.GET_BY_ID.one(id=key)


def is_visible(row: Album, asker: int | None) -> bool:
    """Whether the asker may see this album, if all that is known of it is the id."""
    return row.privacy != "secret" or bool(row.in_gallery) or is_owner(row, asker)


async def change(library: ServerContext, key: str, asker: int | None, details: AlbumFields) -> Album:
    """Change what is not None; an empty text removes it."""
    check_description(details.description)
    return await library.db.write(_edit(key, asker, details, library.settings.limits.album_images))


def _edit(key: str, asker: int | None, details: AlbumFields, most: int) -> Transaction[Album]:
    found = yield from get_editable(key, asker)
    yield from _change(found.id, asker, details, most)
    if found.in_gallery:
        yield from posts.update_search_words(found.id)
    return Album(*(yield queries.GET_BY_ID.one(id=found.id)))


def _change(id: str, asker: int | None, details: AlbumFields, most: int) -> Transaction[None]:
    if details.images is not None:
        yield from album_images.replace(id, asker, details.images, most=most)
    yield queries.UPDATE.run(
        of=id,
        new_title=details.title,
        new_description=details.description,
        new_cover=details.cover or None,
        new_privacy=_one_of(details.privacy, PRIVACIES),
        new_layout=_one_of(details.layout, LAYOUTS),
    )


async def remove(library: ServerContext, key: str, asker: int | None) -> None:
    """Delete the album; its pictures stay."""
    await library.db.write(_remove(key, asker))


def _remove(key: str, asker: int | None) -> Transaction[None]:
    found = yield from get_editable(key, asker)
    if found.in_gallery:
        yield from posts.remove_post(found.id)
    yield queries.DELETE.run(id=found.id)


async def add_images(library: ServerContext, key: str, asker: int | None, images: Sequence[str]) -> None:
    """Put pictures at the album's end; those it holds already stay where they are."""
    await library.db.write(append(key, asker, images, library.settings.limits.album_images))


def append(key: str, asker: int | None, images: Sequence[str], most: int) -> Transaction[None]:
    """The transaction of `add_images`; an album holds at most `most`."""
    found = yield from get_editable(key, asker)
    yield from album_images.add(found.id, asker, images, room=max(0, most - found.images_count), most=most)


async def remove_images(library: ServerContext, key: str, asker: int | None, images: Sequence[str]) -> None:
    """Take pictures out of the album; they are not deleted."""
    await library.db.write(_take_out(key, asker, images))


def _take_out(key: str, asker: int | None, images: Sequence[str]) -> Transaction[None]:
    found = yield from get_editable(key, asker)
    yield from album_images.remove(found.id, images)


def get_editable(key: str, asker: int | None) -> Transaction[Album]:
    """The album of this id or delete hash, if the asker may change it.

    Raises:
        ValidationError: there is no key.
        NotFoundError: there is no such album.
        ForbiddenError: it is another's, and the delete hash was not given.
    """
    row = yield _named(key)
    if row is not None and row.privacy == "secret" and not may_edit(row, key, asker):
        row = None  # a secret album does not exist for others
    return Album(*authorize_edit("album", row, key, asker))


async def check_writable(library: ServerContext, key: str, asker: int | None) -> None:
    """Before an upload is kept: whether its album may be added to.

    Raises:
        ValidationError: it is another's, or an anonymous one named by its id, or full.
    """
    found = await library.db.read(_named(key))
    if found is None or not may_edit(found, key, asker):
        raise ValidationError(
            f"You are not the owner of album '{key}', which means you can't add images to it. "
            "For anonymous albums, use the album deletehash."
        )
    if found.images_count >= (most := library.settings.limits.album_images):
        raise album_images.full(most)


async def of_account(
    library: ServerContext, account: int, *, asker: int | None, page: int = 0, per_page: int = PAGE
) -> list[Album]:
    """One page of an account's albums, newest first; those that are not public for the owner alone."""
    limit = max(1, min(per_page, LARGEST_PAGE))
    query = queries.LIST_BY_ACCOUNT if asker == account else queries.LIST_PUBLIC_BY_ACCOUNT
    rows = await library.db.scan(query.all(account=account, limit=limit, offset=page * limit))
    return [Album(*row) for row in rows]


async def count(library: ServerContext, account: int, *, asker: int | None) -> int:
    """How many albums of an account the asker may see."""
    query = queries.COUNT_BY_ACCOUNT if asker == account else queries.COUNT_PUBLIC_BY_ACCOUNT
    return int((await library.db.scan(query.one(account=account))).count)
