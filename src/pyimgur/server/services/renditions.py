"""Renditions of images: thumbnails, other sizes, WebP and MP4, made on the first request and stored beside the image.

Simultaneous requests for a rendition share one job. A rendition that is made while its image is deleted is deleted
too. An MP4 is attempted `TRIES` times, also across restarts, and then no more.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from contextlib import suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Never

from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.queries import renditions as queries
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.media import THUMBNAILS, DecoderCrashedError, MediaError, WorkerError
from pyimgur.server.media.worker_pool import Source
from pyimgur.server.services import blob_intents, images
from pyimgur.server.services._lookup import get_or_not_found
from pyimgur.server.services.networks import widest_network_of
from pyimgur.server.services.shield import shielded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from pyimgur.server.blobs import Blob
    from pyimgur.server.services.blob_intents import BlobIntent
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image

    Make: TypeAlias = Callable[[Mapping[str, Path]], Awaitable[None]]
    """Write renditions to temporary files, given by the name of each rendition."""

WIDTHS = (16, 32, 64, 100, 160, 200, 290, 320, 400, 520, 640, 728, 800, 1024, 1280, 1600, 2048, 2560, 4096)
"""The widths that the server makes, so that requests for every width cannot fill the disk."""

FRAMES_PER_SECOND = 60
TRIES = 3
"""Attempts to make the MP4 of an image: a worker that crashed may have lacked memory or time."""


async def thumbnail(context: ServerContext, id: str, suffix: str, *, address: str = "") -> Blob:
    """Open one of the six thumbnails. All six are made together, because decoding is most of the work.

    Raises:
        BusyError: too many renditions wait to be made, in all or for this network address.
    """
    suffixes = {f"{letter}.jpg": letter for letter in THUMBNAILS}

    async def make(outputs: Mapping[str, Path]) -> None:
        targets = {suffixes[name]: path for name, path in outputs.items()}
        await context.media.make_thumbnails(_source(context, id), targets, owner=widest_network_of(address))

    return await _open_or_make(context, id, f"{suffix}.jpg", suffixes, make)


async def scaled(context: ServerContext, id: str, ext: str, maxwidth: int | None = None, *, address: str = "") -> Blob:
    """Open the image, or a video's first frame, as jpg, png or webp.

    Its width is the largest of `WIDTHS` up to `maxwidth`, and never more than the original's.

    Raises:
        BusyError: too many renditions wait to be made, in all or for this network address.
    """
    width = None if maxwidth is None else WIDTHS[max(0, bisect_right(WIDTHS, maxwidth) - 1)]

    async def make(output: Path) -> None:
        await context.media.resize(
            _source(context, id), output, ext=ext, maxwidth=width, owner=widest_network_of(address)
        )

    return await _open_or_make_one(context, id, f"d{width or ''}.{ext}", make)


async def mp4(context: ServerContext, image: Image, *, address: str = "") -> Blob:
    """Open an animation or video as MP4. Making it may take minutes.

    Without a network address, the work counts for the image's account in the queue.

    Raises:
        BusyError: too many MP4s wait to be made, in all or for this network address.
        NotFoundError: the image is a still, or cannot be converted.
    """
    if image.mp4_size is None:
        raise NotFoundError("image", image.id)
    if not images.has_made_mp4(image):
        return await context.blobs.open(image.id)
    owner = widest_network_of(address) or f"account:{image.account_id}"
    try:
        blob = await _open_or_make_one(context, image.id, "mp4", lambda output: _convert(context, image, output, owner))
    except (MediaError, FileNotFoundError) as error:
        may_pass = isinstance(
            error, WorkerError | DecoderCrashedError
        )  # after a timeout or an error of the decoder it will not
        await context.db.write(_run(queries.GIVE_UP, image.id, most=TRIES if may_pass else 0))
        raise NotFoundError("image", image.id) from None
    if not image.mp4_size:
        await context.db.write(_run(queries.SET_MP4_SIZE, image.id, new_size=blob.size))
    return blob


async def _convert(context: ServerContext, image: Image, output: Path, owner: str) -> None:
    """Make one attempt. It is counted before it begins, so that one that kills the server is not repeated forever.

    An MP4 that was made before and is lost is made again without counting.
    """
    if not image.mp4_size and not await context.db.write(_run(queries.ADD_TRY, image.id, most=TRIES)):
        raise WorkerError(f"an MP4 of {image.id} was attempted {TRIES} times")
    try:
        await context.media.to_mp4(_source(context, image.id), output, owner=owner, work=_pixel_count(image))
    except (MediaError, FileNotFoundError):
        raise
    except BaseException:  # a full disk, a full queue or a shutdown is not the image's fault
        await shielded(context.db.write(_run(queries.REMOVE_TRY, image.id)))
        raise


def _source(context: ServerContext, id: str) -> Source:
    return Source(id, partial(context.blobs.materialize, id))


def _pixel_count(image: Image) -> float:
    """Estimate the pixels of all frames together."""
    return image.width * image.height * (image.duration or inf) * FRAMES_PER_SECOND


@transaction
def _run(query: Query[Never], id: str, **args: object) -> Steps[int]:
    return (yield query.run(of=id, **args))


async def stop(context: ServerContext) -> None:
    """Cancel the renditions in progress."""
    tasks = [*context.renditions_in_progress.values()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _open_or_make_one(
    context: ServerContext, id: str, name: str, make: Callable[[Path], Awaitable[None]]
) -> Blob:
    return await _open_or_make(context, id, name, [name], lambda outputs: make(outputs[name]))


async def _open_or_make(context: ServerContext, id: str, name: str, names: Collection[str], make: Make) -> Blob:
    """Open one rendition; if it does not exist, make all of `names` in one job."""
    with suppress(FileNotFoundError):
        return await context.blobs.open(f"{id}.{name}")
    key = f"{id}.{min(names)}"
    task = context.renditions_in_progress.get(key)
    if task is None:
        task = context.renditions_in_progress[key] = asyncio.create_task(_make_and_store(context, id, names, make))
        task.add_done_callback(lambda done: _forget_task(context, key, done))
    await asyncio.shield(task)  # other requests may wait for it
    try:
        return await context.blobs.open(f"{id}.{name}")
    except FileNotFoundError:  # the image was deleted meanwhile
        raise NotFoundError("image", id) from None


async def _make_and_store(context: ServerContext, id: str, names: Collection[str], make: Make) -> None:
    outputs = {name: context.spool_folder.temporary_path() for name in names}
    try:
        await make(outputs)
        await shielded(_store(context, id, outputs))
    finally:
        for path in outputs.values():
            path.unlink(missing_ok=True)


async def _store(context: ServerContext, id: str, outputs: Mapping[str, Path]) -> None:
    """Store renditions; if the image is deleted meanwhile, they are removed."""
    intents = await context.db.write(_begin(id, context.now))
    try:
        for name, path in outputs.items():
            with suppress(FileExistsError):  # another process was faster
                await context.blobs.put(path, f"{id}.{name}")
    finally:
        await blob_intents.finish(context, intents)


@transaction
def _begin(id: str, now: int) -> Steps[list[BlobIntent]]:
    get_or_not_found((yield image_queries.GET_FILE.one(id=id)), "image", id)
    return (yield from blob_intents.begin([id], now))


def _forget_task(context: ServerContext, key: str, task: asyncio.Task[None]) -> None:
    del context.renditions_in_progress[key]
    if not task.cancelled():
        task.exception()  # every request that waited may be gone, and asyncio would log the error as never retrieved
