"""Pictures: read by anybody who knows the id, changed by their owner. How they come: `uploads`.

The *key* of a call that changes something is the id (then its owner must ask) or the delete hash
(then anybody may who knows it).
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import images as queries
from pyimgur.server.db.queries.images import Image as Image
from pyimgur.server.db.queries.images import Stored as Stored
from pyimgur.server.db.query import BoundQuery, Transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import ids, posts
from pyimgur.server.services.authorization import authorize_edit
from pyimgur.server.services.shield import shielded
from pyimgur.server.services.text_limits import check_description

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from pyimgur.server.db.dialects.sqlite.engine import SQLiteEngine
    from pyimgur.server.services.context import ServerContext

COLUMNS = queries.COLUMNS
MP4 = "video/mp4"
PAGE = 50
LARGEST_PAGE = 100
LARGE = 250
"""More images of an album are not read, or shown on a page, in one go."""
SLICE = 100
"""How many of them are read at a time then."""


def has_made_mp4(row: Image | Stored) -> bool:
    """Tell whether its MP4 is made here, and not the file that was uploaded.

    An MP4 that browsers do not play is converted like any other video; one that they play was never tried to be.
    """
    return row.mp4_size is not None and (row.type != MP4 or row.mp4_size == 0 or row.mp4_tries > 0)


def served_size(row: Image) -> int:
    """Return how many bytes its link serves."""
    return row.mp4_size if row.type == MP4 and row.mp4_size and row.mp4_tries else row.size


async def stored(library: ServerContext, id: str) -> Stored:
    """The file of the picture of this id.

    Raises:
        NotFoundError: there is none.
    """
    found = await library.db.read(queries.GET_FILE.one(id=id))
    if found is None:
        raise NotFoundError("image", id)
    return Stored(*found)


async def get(library: ServerContext, id: str) -> Image:
    """The picture of this id; whoever knows it may see it.

    Raises:
        NotFoundError: there is none.
    """
    found = await library.db.read(queries.GET_BY_ID.one(id=id))
    if found is None:
        raise NotFoundError("image", id)
    return Image(*found)


async def find(library: ServerContext, id: str) -> Image | None:
    """Return the picture of this id, or None."""
    found = await library.db.read(queries.GET_BY_ID.one(id=id))
    return None if found is None else Image(*found)


async def by_deletehash(library: ServerContext, deletehash: str) -> Image:
    """The picture that this hash deletes.

    Raises:
        NotFoundError: there is none.
    """
    found = await library.db.read(queries.GET_BY_DELETEHASH.one(deletehash=deletehash))
    if found is None:
        raise NotFoundError("image", deletehash)
    return Image(*found)


async def change(
    library: ServerContext, key: str, asker: int | None, *, title: str | None, description: str | None
) -> None:
    """Change what is not None; an empty text removes it.

    Raises:
        ValidationError: the description is too long.
    """
    check_description(description)
    await library.db.write(_update(key, asker, title, description))


def _update(key: str, asker: int | None, title: str | None, description: str | None) -> Transaction[None]:
    found = yield from get_editable(key, asker)
    yield queries.UPDATE_TEXT.run(of=found.id, new_title=title, new_description=description)
    if found.in_gallery:
        yield from posts.update_search_words(found.id)


async def remove(library: ServerContext, key: str, asker: int | None) -> None:
    """Delete the picture for good: its row at once, its file right after."""
    await shielded(_discard(library, key, asker))


async def _discard(library: ServerContext, key: str, asker: int | None) -> None:
    found = await library.db.read(_named(key))
    async with deletion_intent(library, [found.id] if found else []):
        await library.db.write(_remove(key, asker))


@asynccontextmanager
async def deletion_intent(library: ServerContext, some: Sequence[str]) -> AsyncGenerator[list[Path]]:
    """Within this block, rows of these pictures go, or files are made of them: what has no row after it has no file.

    Each has a second name meanwhile, by which the next start finds it after a crash; given are these.
    """
    marks = await asyncio.to_thread(library.blobs.begin_intent, some)
    try:
        yield marks
    finally:
        await shielded(_settle(library, some, marks))


async def _settle(library: ServerContext, some: Sequence[str], marks: Sequence[Path]) -> None:
    rows = set(await asyncio.to_thread(existing_ids, library.db, [*some]))
    failed: OSError | None = None
    for id in some:
        try:
            if id not in rows:
                await library.blobs.remove(id)
        except OSError as error:  # the marks stay: the next start tries again
            failed = error
    if failed is not None:
        raise failed
    await asyncio.to_thread(library.blobs.end_intent, marks)


def _remove(key: str, asker: int | None) -> Transaction[None]:
    found = yield from get_editable(key, asker)
    if found.in_gallery:
        yield from posts.remove_post(found.id)
    yield queries.DELETE.run(id=found.id)


def _named(key: str) -> BoundQuery:
    return queries.GET_BY_DELETEHASH.one(deletehash=key) if ids.is_deletehash(key) else queries.GET_BY_ID.one(id=key)


def get_editable(key: str, asker: int | None) -> Transaction[Image]:
    """The picture of this id or delete hash, if the asker may change it.

    Raises:
        ValidationError: there is no key.
        NotFoundError: there is no such picture.
        ForbiddenError: it is another's, and the delete hash was not given.
    """
    return Image(*authorize_edit("image", (yield _named(key)), key, asker))


async def of_account(library: ServerContext, account: int, *, page: int = 0, per_page: int = PAGE) -> list[Image]:
    """One page of an account's pictures, newest first."""
    limit = max(1, min(per_page, LARGEST_PAGE))
    rows = await library.db.scan(queries.LIST_BY_ACCOUNT.all(account=account, limit=limit, offset=page * limit))
    return [Image(*row) for row in rows]


async def count(library: ServerContext, account: int) -> int:
    """How many pictures an account has."""
    return int((await library.db.scan(queries.COUNT_BY_ACCOUNT.one(account=account))).count)


async def in_album(library: ServerContext, album_id: str) -> list[Image]:
    """An album's pictures in their order: all of them, so for albums of which it is known that they are not large."""
    return [Image(*row) for row in await library.db.scan(queries.LIST_BY_ALBUM.all(album=album_id))]


async def slices_of_album(library: ServerContext, album_id: str) -> AsyncGenerator[list[Image]]:
    """Yield an album's pictures in their order, `SLICE` at a time, each slice as it is when its turn comes."""
    position, last = -1, ""
    while rows := await library.db.scan(
        queries.LIST_AFTER_POSITION.all(album=album_id, position=position, image=last, limit=SLICE)
    ):
        *_, position = rows[-1]
        last = rows[-1].id
        yield [Image(*row[:-1]) for row in rows]


async def page_of_album(library: ServerContext, album_id: str, page: int = 0) -> list[Image]:
    """Return the pictures of one page of an album, `LARGE` at most."""
    call = queries.LIST_PAGE_OF_ALBUM.all(album=album_id, limit=LARGE, offset=page * LARGE)
    return [Image(*row) for row in await library.db.scan(call)]


async def one_in_album(library: ServerContext, album_id: str, id: str) -> Image:
    """Return one picture of an album.

    Raises:
        NotFoundError: the album does not hold it.
    """
    found = await library.db.read(queries.GET_IN_ALBUM.one(album=album_id, id=id))
    if found is None:
        raise NotFoundError("image", id)
    return Image(*found)


def existing_ids(db: SQLiteEngine, some: list[str]) -> list[str]:
    """Which of these ids have a row; blocks, for the sweep at a start."""
    return [row.id for row in db.scan_blocking(queries.LIST_EXISTING_IDS.all(ids=json.dumps(some)))]
