"""Pictures: added when they are on the disk, read by anybody who knows the id, changed by their owner.

The *key* of a call that changes something is the id (then its owner must ask) or the delete hash
(then anybody may who knows it). An upload is answered only after its file and its row are safe:
file synced and named, then one commit. One that comes again under the same key is answered with the
picture of the first time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Text, bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Call, Query, Work
from pyimgur.server.db.schema import account, album_image, image, upload_key
from pyimgur.server.library import albums, arrivals, ids, posts
from pyimgur.server.library.errors import Denied, Invalid, Missing
from pyimgur.server.library.uninterrupted import to_the_end
from pyimgur.server.media import TooLarge

if TYPE_CHECKING:
    from pyimgur.server.blobs import Incoming
    from pyimgur.server.db.sqlite import Database
    from pyimgur.server.library import Library
    from pyimgur.server.media import Look

PAGE = 50
LARGEST_PAGE = 100
KEY_LIFETIME = 86_400
"""Seconds that an upload's key is known."""
_TRIES = 5

COLUMNS = (*image.c, account.c.name.label("account_name"))
FROM = select(*COLUMNS).select_from(image).outerjoin(account, account.c.id == image.c.account_id)
BY_ID = Query(FROM.where(image.c.id == bindparam("id")))
BY_DELETEHASH = Query(FROM.where(image.c.deletehash == bindparam("deletehash")))
BY_RECEIVED = Query(
    FROM.where(image.c.account_id == bindparam("account"), image.c.received_sha256 == bindparam("sha256"))
    .order_by(image.c.created, image.c.id)
    .limit(1)
)
OF_ACCOUNT = Query(
    FROM.where(image.c.account_id == bindparam("account"))
    .order_by(image.c.created.desc(), image.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
COUNT = Query(select(func.count().label("count")).where(image.c.account_id == bindparam("account")))
IN_ALBUM = Query(
    FROM.join(album_image, album_image.c.image_id == image.c.id)
    .where(album_image.c.album_id == bindparam("album"))
    .order_by(album_image.c.position)
)
ADD = Query(insert(image))
UPDATE = Query(
    update(image)
    .where(image.c.id == bindparam("of"))
    .values(
        title=func.nullif(func.coalesce(bindparam("new_title", type_=Text), image.c.title), ""),
        description=func.nullif(func.coalesce(bindparam("new_description", type_=Text), image.c.description), ""),
    )
)
DELETE = Query(delete(image).where(image.c.id == bindparam("id")))
EARLIER = Query(
    FROM.join(upload_key, upload_key.c.image_id == image.c.id).where(
        upload_key.c.key == bindparam("key"),
        upload_key.c.owner == bindparam("owner"),
        upload_key.c.created > bindparam("since"),
    )
)
REMEMBER = Query(insert(upload_key))
FORGET = Query(delete(upload_key).where(upload_key.c.created <= bindparam("since")))
_LISTED = func.json_each(bindparam("ids")).table_valued("value")
KNOWN = Query(select(image.c.id).where(image.c.id.in_(select(_LISTED.c.value))))


class Image(NamedTuple):
    """One picture's row, with its owner's name."""

    id: str
    deletehash: str
    account_id: int | None
    client_id: str | None
    title: str | None
    description: str | None
    name: str
    type: str
    ext: str
    animated: int
    has_sound: int
    width: int
    height: int
    size: int
    duration: float | None
    sha256: str
    created: int
    views: int
    bandwidth: int
    nsfw: int | None
    section: str | None
    in_gallery: int
    received_sha256: str
    """The digest of what was sent, which stripping may have changed."""
    mp4_size: int | None
    """Bytes of the MP4 that it is or has; 0 until that is made, None where there will be none."""
    account_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is said of a new picture by the one who brings it."""

    account: int | None = None
    client_id: str | None = None
    title: str | None = None
    description: str | None = None
    name: str = ""
    album: str | None = None
    """An own album's id, or the delete hash of an anonymous one."""
    key: str | None = None
    """What the same upload has in common each time it is sent."""
    sha256: str = ""
    """The digest that the file must have, in hex."""
    reuse: bool = False
    """An account that has sent this very file before gets the picture of then."""
    disable_audio: bool = False

    @property
    def owner(self) -> str:
        """Among whose uploads the key is looked for."""
        return f"client:{self.client_id}" if self.account is None else f"account:{self.account}"


async def add(library: Library, incoming: Incoming, upload: Upload) -> Image:
    """Keep what came in as a new picture, and put it at the end of its album.

    Raises:
        NotMedia, TooLarge: it is nothing that can be kept.
        Invalid: the album is another's, or the file is not the one that was announced.
        Full: the disk is full; nothing is kept.
    """
    received = incoming.sha256
    if upload.sha256 and upload.sha256 != received:
        raise Invalid(f"The file was damaged on its way: its SHA-256 is {received}, not {upload.sha256}")
    if earlier := await sent_before(library, upload, received):
        return earlier
    incoming.flush()
    look = await library.media.look(incoming.path)
    _check_size(library, incoming, look)
    if upload.album:
        await albums.check_writable(library, upload.album, upload.account)
    look = await arrivals.prepare(library, incoming, look, own=upload.account is not None, mute=upload.disable_audio)
    stored = await to_the_end(_store(library, incoming, look, upload, received))
    if stored.mp4_size == 0:
        library.unconverted.set()
    return stored


async def add_from(library: Library, url: str, upload: Upload) -> Image:
    """Keep what lies at an address as a new picture.

    Raises:
        Unfetchable: nothing could be had from there.
    """
    async with library.blobs.incoming() as incoming:
        await library.fetcher.fetch(url, incoming)
        return await add(library, incoming, upload)


async def sent_before(library: Library, upload: Upload, sha256: str) -> Image | None:
    """The picture of an upload that came before, under the same key or, where that is asked for, as the same file.

    The same file counts for accounts only: applications are shared, and the answer holds the delete hash.
    """
    found = None
    if upload.key:
        found = await library.db.read(_earlier(upload, int(library.settings.clock())))
    if found is None and upload.reuse and sha256 and upload.account is not None:
        found = await library.db.read(BY_RECEIVED.one(account=upload.account, sha256=sha256))
        if found and upload.album:
            await albums.add_images(library, upload.album, upload.account, [found.id])
    return found and Image(*found)


async def _store(library: Library, incoming: Incoming, look: Look, upload: Upload, received: str) -> Image:
    id = await _keep(library, incoming)
    try:
        stored = await library.db.write(_add(id, incoming, look, upload, received, int(library.settings.clock())))
    except Exception:
        await library.blobs.remove(id)
        raise
    if stored.id != id:  # the same upload, sent again meanwhile, was faster
        await library.blobs.remove(id)
    return stored


def _check_size(library: Library, incoming: Incoming, look: Look) -> None:
    limits = library.settings.limits
    if incoming.size > (limits.animation_bytes if look.animated else limits.image_bytes):
        raise TooLarge(f"a picture of {incoming.size:,} bytes is over the limit")


async def _keep(library: Library, incoming: Incoming) -> str:
    """The id under which the file lies on the disk now."""
    for _ in range(_TRIES):
        try:
            await library.blobs.keep(incoming, id := ids.fresh())
        except FileExistsError:
            continue
        return id
    raise AssertionError("no free id")  # pragma: no cover - chance


def _add(id: str, incoming: Incoming, look: Look, upload: Upload, received: str, now: int) -> Work[Image]:
    if upload.key and (earlier := (yield _earlier(upload, now))):
        return Image(*earlier)
    deletehash = ids.fresh_deletehash()
    yield ADD.run(
        id=id,
        deletehash=deletehash,
        account_id=upload.account,
        client_id=upload.client_id,
        title=upload.title or None,
        description=upload.description or None,
        name=upload.name,
        type=look.type,
        ext=look.ext,
        animated=int(look.animated),
        has_sound=int(look.has_sound),
        width=look.width,
        height=look.height,
        size=incoming.size,
        duration=look.duration,
        sha256=incoming.sha256,
        created=now,
        received_sha256=received,
        mp4_size=arrivals.mp4_size(look, incoming.size),
    )
    if upload.key:
        yield FORGET.run(since=now - KEY_LIFETIME)
        yield REMEMBER.run(key=upload.key, owner=upload.owner, image_id=id, created=now)
    if upload.album:
        yield from albums.append(upload.album, upload.account, [deletehash])
    return Image(*(yield BY_ID.one(id=id)))


def _earlier(upload: Upload, now: int) -> Call:
    return EARLIER.one(key=upload.key, owner=upload.owner, since=now - KEY_LIFETIME)


async def get(library: Library, id: str) -> Image:
    """The picture of this id; whoever knows it may see it.

    Raises:
        Missing: there is none.
    """
    found = await library.db.read(BY_ID.one(id=id))
    if found is None:
        raise Missing("image", id)
    return Image(*found)


async def by_deletehash(library: Library, deletehash: str) -> Image:
    """The picture that this hash deletes.

    Raises:
        Missing: there is none.
    """
    found = await library.db.read(BY_DELETEHASH.one(deletehash=deletehash))
    if found is None:
        raise Missing("image", deletehash)
    return Image(*found)


async def change(library: Library, key: str, asker: int | None, *, title: str | None, description: str | None) -> None:
    """Change what is not None; an empty text removes it."""
    await library.db.write(_update(key, asker, title, description))


def _update(key: str, asker: int | None, title: str | None, description: str | None) -> Work[None]:
    found = yield from editable(key, asker)
    yield UPDATE.run(of=found.id, new_title=title, new_description=description)
    if found.in_gallery:
        yield from posts.reword(found.id)


async def remove(library: Library, key: str, asker: int | None) -> None:
    """Delete the picture for good: its row at once, its file right after."""
    await to_the_end(_discard(library, key, asker))


async def _discard(library: Library, key: str, asker: int | None) -> None:
    await library.blobs.remove(await library.db.write(_remove(key, asker)))


def _remove(key: str, asker: int | None) -> Work[str]:
    found = yield from editable(key, asker)
    if found.in_gallery:
        yield from posts.leave(found.id)
    yield DELETE.run(id=found.id)
    return found.id


def editable(key: str, asker: int | None) -> Work[Image]:
    """The picture of this id or delete hash, if the asker may change it.

    Raises:
        Invalid: there is no key.
        Missing: there is no such picture.
        Denied: it is another's, and the delete hash was not given.
    """
    if not key:
        raise Invalid("An ID is required.")
    by_hash = ids.is_deletehash(key)
    found = yield (BY_DELETEHASH.one(deletehash=key) if by_hash else BY_ID.one(id=key))
    if found is None:
        raise Missing("image", key)
    if not by_hash and (asker is None or found.account_id != asker):
        raise Denied("Unauthorized" if asker is None else "Permission denied")
    return Image(*found)


async def of_account(library: Library, account: int, *, page: int = 0, per_page: int = PAGE) -> list[Image]:
    """One page of an account's pictures, newest first."""
    limit = max(1, min(per_page, LARGEST_PAGE))
    rows = await library.db.scan(OF_ACCOUNT.all(account=account, limit=limit, offset=page * limit))
    return [Image(*row) for row in rows]


async def count(library: Library, account: int) -> int:
    """How many pictures an account has."""
    return int((await library.db.scan(COUNT.one(account=account))).count)


async def in_album(library: Library, album_id: str) -> list[Image]:
    """An album's pictures in their order."""
    return [Image(*row) for row in await library.db.scan(IN_ALBUM.all(album=album_id))]


def known(db: Database, some: list[str]) -> list[str]:
    """Which of these ids have a row; blocks, for the sweep at a start."""
    return [row.id for row in db.scan_here(KNOWN.all(ids=json.dumps(some)))]
