"""Albums: pictures in an order. Changed by their owner, or by whoever has the delete hash.

A public or hidden album is seen by anybody who knows its id; a secret one by its owner, or with its
delete hash. One's own pictures go in by id, anonymous ones by delete hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Text, bindparam, delete, func, insert, select, text, update

from pyimgur.server.db.query import BoundQuery, Query, Transaction
from pyimgur.server.db.schema import account, album, album_image, image
from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import album_images, ids, posts
from pyimgur.server.services.text_limits import check_description

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

PRIVACIES = ("public", "hidden", "secret")
LAYOUTS = ("blog", "grid", "horizontal", "vertical")
PAGE = 50
LARGEST_PAGE = 100

FIRST = (
    select(album_image.c.image_id)
    .where(album_image.c.album_id == album.c.id)
    .order_by(album_image.c.position)
    .limit(1)
    .scalar_subquery()
)
_COUNT = select(func.count()).where(album_image.c.album_id == album.c.id).scalar_subquery()
_COVER = image.alias("cover_image")
CHOSEN = (
    select(album_image.c.image_id)
    .where(album_image.c.album_id == album.c.id, album_image.c.image_id == album.c.cover)
    .scalar_subquery()
)
"""The cover that was asked for, as long as the album holds it."""
FROM = (
    select(
        *list(album.c)[1:],
        account.c.name.label("account_name"),
        _COUNT.label("images_count"),
        _COVER.c.id.label("cover_id"),
        _COVER.c.width.label("cover_width"),
        _COVER.c.height.label("cover_height"),
    )
    .select_from(album)
    .outerjoin(account, account.c.id == album.c.account_id)
    .outerjoin(_COVER, _COVER.c.id == func.coalesce(CHOSEN, FIRST))
)
BY_ID = Query(FROM.where(album.c.id == bindparam("id")))
BY_DELETEHASH = Query(FROM.where(album.c.deletehash == bindparam("deletehash")))
_OF_ACCOUNT = (
    FROM.order_by(album.c.created.desc(), album.c.number.desc()).limit(bindparam("limit")).offset(bindparam("offset"))
)
ALL_OF_ACCOUNT = Query(_OF_ACCOUNT.where(album.c.account_id == bindparam("account")))
PUBLIC_OF_ACCOUNT = Query(
    _OF_ACCOUNT.where(album.c.account_id == bindparam("account"), album.c.privacy == text("'public'"))
)
_HOW_MANY = select(func.count().label("count")).where(album.c.account_id == bindparam("account"))
COUNT_ALL = Query(_HOW_MANY)
COUNT_PUBLIC = Query(_HOW_MANY.where(album.c.privacy == text("'public'")))
ADD = Query(insert(album))
CHOSEN_PRIVACY = Query(select(account.c.album_privacy).where(account.c.id == bindparam("account")))
UPDATE = Query(
    update(album)
    .where(album.c.id == bindparam("of"))
    .values(
        title=func.nullif(func.coalesce(bindparam("new_title", type_=Text), album.c.title), ""),
        description=func.nullif(func.coalesce(bindparam("new_description", type_=Text), album.c.description), ""),
        cover=func.coalesce(bindparam("new_cover", type_=Text), album.c.cover),
        privacy=func.coalesce(bindparam("new_privacy", type_=Text), album.c.privacy),
        layout=func.coalesce(bindparam("new_layout", type_=Text), album.c.layout),
    )
)
DELETE = Query(delete(album).where(album.c.id == bindparam("id")))


class Album(NamedTuple):
    """One album's row, with what lists show of its pictures."""

    id: str
    deletehash: str
    account_id: int | None
    client_id: str | None
    title: str | None
    description: str | None
    cover: str | None
    privacy: str
    layout: str
    created: int
    views: int
    nsfw: int | None
    section: str | None
    in_gallery: int
    account_name: str | None
    images_count: int
    cover_id: str | None
    """The chosen cover, or the first picture."""
    cover_width: int | None
    cover_height: int | None


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
    yield ADD.run(
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
    return Album(*(yield BY_ID.one(id=id)))


def _usual_privacy(account: int | None) -> Transaction[str]:
    """What albums of which nothing is said are: hidden, or what the account has chosen."""
    chosen = None if account is None else (yield CHOSEN_PRIVACY.one(account=account))
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
    return BY_DELETEHASH.one(deletehash=key) if ids.is_deletehash(key) else BY_ID.one(id=key)


def is_visible(row: Album, asker: int | None) -> bool:
    """Whether the asker may see this album, if all that is known of it is the id."""
    return row.privacy != "secret" or bool(row.in_gallery) or _owns(row, asker)


def _owns(row: Album, asker: int | None) -> bool:
    return asker is not None and row.account_id == asker


async def change(library: ServerContext, key: str, asker: int | None, details: AlbumFields) -> Album:
    """Change what is not None; an empty text removes it."""
    check_description(details.description)
    return await library.db.write(_edit(key, asker, details, library.settings.limits.album_images))


def _edit(key: str, asker: int | None, details: AlbumFields, most: int) -> Transaction[Album]:
    found = yield from get_editable(key, asker)
    yield from _change(found.id, asker, details, most)
    if found.in_gallery:
        yield from posts.update_search_words(found.id)
    return Album(*(yield BY_ID.one(id=found.id)))


def _change(id: str, asker: int | None, details: AlbumFields, most: int) -> Transaction[None]:
    if details.images is not None:
        yield from album_images.replace(id, asker, details.images, most=most)
    yield UPDATE.run(
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
    yield DELETE.run(id=found.id)


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
    if not key:
        raise ValidationError("An ID is required.")
    by_hash = ids.is_deletehash(key)
    found = yield _named(key)
    if found is None or (not by_hash and found.privacy == "secret" and not _owns(found, asker)):
        raise NotFoundError("album", key)
    if not by_hash and not _owns(found, asker):
        raise ForbiddenError("Unauthorized" if asker is None else "Permission denied")
    return Album(*found)


async def check_writable(library: ServerContext, key: str, asker: int | None) -> None:
    """Before an upload is kept: whether its album may be added to.

    Raises:
        ValidationError: it is another's, or an anonymous one named by its id, or full.
    """
    by_hash = ids.is_deletehash(key)
    found = await library.db.read(_named(key))
    if found is None or not (by_hash or _owns(found, asker)):
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
    query = ALL_OF_ACCOUNT if asker == account else PUBLIC_OF_ACCOUNT
    rows = await library.db.scan(query.all(account=account, limit=limit, offset=page * limit))
    return [Album(*row) for row in rows]


async def count(library: ServerContext, account: int, *, asker: int | None) -> int:
    """How many albums of an account the asker may see."""
    query = COUNT_ALL if asker == account else COUNT_PUBLIC
    return int((await library.db.scan(query.one(account=account))).count)
