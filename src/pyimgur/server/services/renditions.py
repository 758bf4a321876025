"""Renditions of a picture: thumbnails, other sizes, WebP, MP4; made when first asked for, and kept beside it.

However many ask at the same time, one is made once. One that is made while its picture is deleted goes with it. An
MP4 is tried a few times, over restarts too, and then no more.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from math import inf
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.queries import renditions as queries
from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.media import THUMBNAILS, Crashed, MediaError, WorkerError
from pyimgur.server.services import images
from pyimgur.server.services.shield import shielded
from pyimgur.server.services.throttle import network

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image

    Make: TypeAlias = Callable[[Mapping[str, Path]], Awaitable[None]]

WIDTHS = (16, 32, 64, 100, 160, 200, 290, 320, 400, 520, 640, 728, 800, 1024, 1280, 1600, 2048, 2560, 4096)
"""The widths that are made: whoever asks for each number in turn shall not fill the disk."""

FRAMES_PER_SECOND = 60
TRIES = 3
"""How often it is tried to make an MP4 of a picture: what crashed once may have lacked memory, or time."""


async def thumbnail(library: ServerContext, id: str, suffix: str, *, address: str = "") -> Path:
    """One of the six thumbnails. The first one asked for brings the others along: decoding is most of their cost.

    Raises:
        BusyError: too many renditions wait to be made, for this address or in all.
    """
    letters = {f"{letter}.jpg": letter for letter in THUMBNAILS}
    source = library.blobs.path(id)

    async def make(made: Mapping[str, Path]) -> None:
        targets = {letters[name]: path for name, path in made.items()}
        await library.media.thumbnails(source, targets, owner=network(address))

    return await _make_together(library, id, f"{suffix}.jpg", letters, make)


async def scaled(library: ServerContext, id: str, ext: str, maxwidth: int | None = None, *, address: str = "") -> Path:
    """The picture, or a video's first frame, as jpg, png or webp: as wide as one of `WIDTHS`, and `maxwidth` at most.

    Nothing is ever enlarged.

    Raises:
        BusyError: too many renditions wait to be made, for this address or in all.
    """
    width = None if maxwidth is None else WIDTHS[max(0, bisect_right(WIDTHS, maxwidth) - 1)]
    source = library.blobs.path(id)

    async def make(made: Path) -> None:
        await library.media.scaled(source, made, ext=ext, maxwidth=width, owner=network(address))

    return await _rendition(library, id, f"d{width or ''}.{ext}", make)


async def mp4(library: ServerContext, picture: Image, *, address: str = "") -> Path:
    """What moves as an MP4, which may take minutes if it has not been made yet.

    Without an address it is made in the name of its account.

    Raises:
        BusyError: too many MP4s wait to be made, for this address or in all.
        NotFoundError: it does not move, or cannot be made an MP4.
    """
    if picture.mp4_size is None:
        raise NotFoundError("image", picture.id)
    if not images.has_made_mp4(picture):
        return library.blobs.path(picture.id)
    try:
        owner = network(address) or f"account:{picture.account_id}"
        made = await _rendition(library, picture.id, "mp4", lambda made: _convert(library, picture, made, owner))
    except (MediaError, FileNotFoundError) as error:
        again = isinstance(error, WorkerError | Crashed)  # a time-out would be one again, and so would a refusal
        await library.db.write(_once(queries.GIVE_UP, picture.id, most=TRIES if again else 0))
        raise NotFoundError("image", picture.id) from None
    if not picture.mp4_size:
        await library.db.write(_once(queries.SET_MP4_SIZE, picture.id, new_size=made.stat().st_size))
    return made


async def _convert(library: ServerContext, picture: Image, made: Path, owner: str) -> None:
    """One try, which counts before it begins: one that takes the whole server down must not be made for ever.

    What was made once, and was lost, is made again without counting.
    """
    if not picture.mp4_size and not await library.db.write(_once(queries.ADD_TRY, picture.id, most=TRIES)):
        raise WorkerError(f"an MP4 of {picture.id} was tried {TRIES} times")
    try:
        await library.media.to_mp4(library.blobs.path(picture.id), made, owner=owner, work=_work(picture))
    except (MediaError, FileNotFoundError):
        raise
    except BaseException:  # a full disk, a long queue, the end of the server: nothing that the picture can help
        await shielded(library.db.write(_once(queries.REMOVE_TRY, picture.id)))
        raise


def _work(picture: Image) -> float:
    """About how many pixels all its frames have."""
    return picture.width * picture.height * (picture.duration or inf) * FRAMES_PER_SECOND


def _once(query: Query, id: str, **args: object) -> Transaction[int]:
    return (yield query.run(of=id, **args))


async def stop(library: ServerContext) -> None:
    """Leave off making what is being made."""
    making = [*library.renditions_in_progress.values()]
    for task in making:
        task.cancel()
    await asyncio.gather(*making, return_exceptions=True)


async def _rendition(library: ServerContext, id: str, name: str, make: Callable[[Path], Awaitable[None]]) -> Path:
    return await _make_together(library, id, name, [name], lambda made: make(made[name]))


async def _make_together(library: ServerContext, id: str, name: str, together: Collection[str], make: Make) -> Path:
    """One rendition of those that are made together."""
    target = library.blobs.derived(f"{id}.{name}")
    if target.exists():  # costs less than the way to a thread
        return target
    key = f"{id}.{min(together)}"
    task = library.renditions_in_progress.get(key)
    if task is None:
        task = library.renditions_in_progress[key] = asyncio.create_task(_make(library, id, together, make))
        task.add_done_callback(lambda done: _made(library, key, done))
    await asyncio.shield(task)  # others may wait for it too
    return target


async def _make(library: ServerContext, id: str, together: Collection[str], make: Make) -> None:
    made = {name: library.blobs.temporary() for name in together}
    await make(made)
    try:
        async with images.deletion_intent(
            library, [id]
        ) as marks:  # it may be deleted meanwhile, and this must go with it
            if not marks and await _is_deleted(library, id):
                raise NotFoundError("image", id)
            for name, path in made.items():
                await library.blobs.put_derived(path, f"{id}.{name}")
    finally:
        for path in made.values():
            path.unlink(missing_ok=True)
    if await _is_deleted(library, id):
        raise NotFoundError("image", id)


async def _is_deleted(library: ServerContext, id: str) -> bool:
    return await library.db.read(image_queries.GET_BY_ID.one(id=id)) is None


def _made(library: ServerContext, key: str, done: asyncio.Task[None]) -> None:
    del library.renditions_in_progress[key]
    if not done.cancelled():
        done.exception()  # nobody may be left to hear it
