"""Albums: images in an order. `album_images` holds the rules for the images in them.

Anybody who knows the id sees a public or hidden album. A secret one is seen by its owner and by whoever knows its
delete hash; once it is in the gallery, by everybody. See `authorization` for who may edit an album.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import albums as queries
from pyimgur.server.db.queries.albums import Album as Album
from pyimgur.server.db.queries.albums import DefaultPrivacy
from pyimgur.server.db.query import BoundQuery, Steps, transaction
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import album_images, ids, posts
from pyimgur.server.services.authorization import authorize_edit, is_owner, may_edit
from pyimgur.server.services.text_limits import check_description

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

PRIVACIES = ("public", "hidden", "secret")
LAYOUTS = ("blog", "grid", "horizontal", "vertical")
PAGE = 50
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumFields:
    """The fields of an album that a request sets; None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    cover: str | None = None
    privacy: str | None = None
    layout: str | None = None
    images: Sequence[str] | None = None
    """Ids or delete hashes of all images that the album will hold, in this order."""


async def create(context: ServerContext, fields: AlbumFields, *, account: int | None, client_id: str | None) -> Album:
    """Create an album, an account's own or an anonymous one.

    Raises:
        ValidationError: the description is too long, or the images are too many or may not be added.
    """
    check_description(fields.description)
    limit = context.settings.limits.album_images
    return await context.db.write(_create(fields, account, client_id, context.now, limit))


@transaction
def _create(fields: AlbumFields, account: int | None, client_id: str | None, now: int, limit: int) -> Steps[Album]:
    id = ids.new_id()
    yield queries.INSERT.run(
        id=id,
        deletehash=ids.new_deletehash(),
        account_id=account,
        client_id=client_id,
        title=fields.title or None,
        description=fields.description or None,
        privacy=_known_word(fields.privacy, PRIVACIES) or (yield from _default_privacy(account)),
        layout=_known_word(fields.layout, LAYOUTS) or "blog",
        cover=fields.cover or None,
        created=now,
    )
    yield from album_images.add(id, account, fields.images or (), space=limit, limit=limit)
    return (yield queries.GET_BY_ID.exactly_one(id=id))


@transaction
def _default_privacy(account: int | None) -> Steps[str]:
    """Return the privacy in the account's settings; hidden without an account."""
    if account is None:
        return "hidden"
    settings: DefaultPrivacy | None = yield queries.GET_DEFAULT_PRIVACY.one(account=account)
    return settings.album_privacy if settings else "hidden"


def _known_word(word: str | None, words: Sequence[str]) -> str | None:
    """Return the word if it is one of these; Imgur ignores any other."""
    return word if word in words else None


async def get(context: ServerContext, key: str, viewer: int | None) -> Album:
    """Return the album of this id or delete hash.

    Raises:
        NotFoundError: there is no such album, or the viewer may not see it.
    """
    album = await context.db.read(_by_key(key))
    if album is None or not (ids.is_deletehash(key) or is_visible(album, viewer)):
        raise NotFoundError("album", key)
    return album


async def find(context: ServerContext, id: str) -> Album | None:
    """Return the album of this id whatever its privacy, or None: for the operator of the server."""
    return await context.db.read(queries.GET_BY_ID.one(id=id))


def _by_key(key: str) -> BoundQuery[Album | None]:
    return queries.GET_BY_DELETEHASH.one(deletehash=key) if ids.is_deletehash(key) else queries.GET_BY_ID.one(id=key)


def is_visible(album: Album, viewer: int | None) -> bool:
    """Return whether the viewer may see this album if they know only its id."""
    return album.privacy != "secret" or bool(album.in_gallery) or is_owner(album, viewer)


async def change(context: ServerContext, key: str, viewer: int | None, fields: AlbumFields) -> Album:
    """Set the fields that are not None; an empty text removes the old one.

    Raises:
        ValidationError: as `create`, or the key is empty.
        NotFoundError, ForbiddenError: as `get_editable`.
    """
    check_description(fields.description)
    return await context.db.write(_change(key, viewer, fields, context.settings.limits.album_images))


@transaction
def _change(key: str, viewer: int | None, fields: AlbumFields, limit: int) -> Steps[Album]:
    album = yield from get_editable(key, viewer)
    if fields.images is not None:
        yield from album_images.replace(album.id, viewer, fields.images, limit=limit)
    yield queries.UPDATE.run(
        of=album.id,
        new_title=fields.title,
        new_description=fields.description,
        new_cover=fields.cover or None,
        new_privacy=_known_word(fields.privacy, PRIVACIES),
        new_layout=_known_word(fields.layout, LAYOUTS),
    )
    if album.in_gallery:
        yield from posts.update_search_words(album.id)
    return (yield queries.GET_BY_ID.exactly_one(id=album.id))


async def remove(context: ServerContext, key: str, viewer: int | None) -> None:
    """Delete the album, and not its images. Errors as `get_editable`."""
    await context.db.write(_remove(key, viewer))


@transaction
def _remove(key: str, viewer: int | None) -> Steps[None]:
    album = yield from get_editable(key, viewer)
    if album.in_gallery:
        yield from posts.remove_post(album.id)
    yield queries.DELETE.run(id=album.id)


async def add_images(context: ServerContext, key: str, viewer: int | None, images: Sequence[str]) -> None:
    """Add images at the end of the album; those that it already holds keep their place.

    Raises:
        ValidationError: the images are too many or may not be added; nothing was added.
        NotFoundError, ForbiddenError: as `get_editable`.
    """
    await context.db.write(append(key, viewer, images, context.settings.limits.album_images))


@transaction
def append(key: str, viewer: int | None, images: Sequence[str], limit: int) -> Steps[None]:
    """Add images as `add_images` does, within a transaction; an album holds at most `limit`."""
    album = yield from get_editable(key, viewer)
    space = max(0, limit - album.images_count)
    yield from album_images.add(album.id, viewer, images, space=space, limit=limit)


async def remove_images(context: ServerContext, key: str, viewer: int | None, images: Sequence[str]) -> None:
    """Remove images from the album, without deleting them. Errors as `get_editable`."""
    await context.db.write(_remove_images(key, viewer, images))


@transaction
def _remove_images(key: str, viewer: int | None, images: Sequence[str]) -> Steps[None]:
    album = yield from get_editable(key, viewer)
    yield from album_images.remove(album.id, images)


@transaction
def get_editable(key: str, viewer: int | None) -> Steps[Album]:
    """Return the album of this id or delete hash, if the viewer may edit it.

    Raises:
        ValidationError: the key is empty.
        NotFoundError: there is no such album, or it is secret and the viewer may not edit it.
        ForbiddenError: the album is not the viewer's, and the key is not its delete hash.
    """
    row: Album | None = yield _by_key(key)
    if row is not None and row.privacy == "secret" and not may_edit(row, key, viewer):
        row = None  # for others, a secret album does not exist
    return authorize_edit("album", row, key, viewer)


async def check_writable(context: ServerContext, key: str, viewer: int | None) -> None:
    """Check, before an upload is stored, that its album takes another image.

    Raises:
        ValidationError: the viewer may not edit the album, or it does not exist or is full.
    """
    row = await context.db.read(_by_key(key))
    if row is None or not may_edit(row, key, viewer):
        raise ValidationError(
            f"You are not the owner of album '{key}', which means you can't add images to it. "
            "For anonymous albums, use the album deletehash."
        )
    if row.images_count >= (limit := context.settings.limits.album_images):
        raise album_images.album_full(limit)


async def list_by_account(
    context: ServerContext, account: int, *, viewer: int | None, page: int = 0, per_page: int = PAGE
) -> list[Album]:
    """Return one page of an account's albums, newest first. Only the owner sees those that are not public."""
    limit = max(1, min(per_page, LARGEST_PAGE))
    query = queries.LIST_BY_ACCOUNT if viewer == account else queries.LIST_PUBLIC_BY_ACCOUNT
    return await context.db.scan(query.all(account=account, limit=limit, offset=page * limit))


async def count_by_account(context: ServerContext, account: int, *, viewer: int | None) -> int:
    """Return how many albums of an account the viewer may see in `of_account`."""
    query = queries.COUNT_BY_ACCOUNT if viewer == account else queries.COUNT_PUBLIC_BY_ACCOUNT
    return (await context.db.scan(query.exactly_one(account=account))).total
