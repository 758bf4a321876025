"""Other forms of a picture: thumbnails, other sizes, WebP, MP4; made when first asked for, and kept beside it.

However many ask at the same time, a form is made once. One that is made while its picture is deleted goes with it.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, text, update

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import image
from pyimgur.server.library import images
from pyimgur.server.library.arrivals import MP4
from pyimgur.server.library.errors import Missing
from pyimgur.server.media import MediaError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from pyimgur.server.library import Library
    from pyimgur.server.library.images import Image

WIDTHS = (16, 32, 64, 100, 160, 200, 290, 320, 400, 520, 640, 728, 800, 1024, 1280, 1600, 2048, 2560, 4096)
"""The widths that are made: whoever asks for each number in turn shall not fill the disk."""

CONVERTED = Query(
    update(image)
    .where(image.c.id == bindparam("of"), image.c.mp4_size == text("0"))
    .values(mp4_size=bindparam("new_size"))
)


async def thumbnail(library: Library, id: str, suffix: str) -> Path:
    """One of the six thumbnails."""
    source = library.blobs.path(id)
    return await _form(library, id, f"{suffix}.jpg", lambda made: library.media.thumbnail(source, made, suffix))


async def scaled(library: Library, id: str, ext: str, maxwidth: int | None = None) -> Path:
    """The picture, or a video's first frame, as jpg, png or webp: as wide as one of `WIDTHS`, and `maxwidth` at most.

    Nothing is ever enlarged.
    """
    width = None if maxwidth is None else WIDTHS[max(0, bisect_right(WIDTHS, maxwidth) - 1)]
    source = library.blobs.path(id)
    return await _form(
        library, id, f"d{width or ''}.{ext}", lambda made: library.media.scaled(source, made, ext=ext, maxwidth=width)
    )


async def mp4(library: Library, picture: Image) -> Path:
    """What moves as an MP4, which may take minutes if it has not been made yet.

    Raises:
        Missing: it does not move, or cannot be made an MP4.
    """
    if picture.mp4_size is None:
        raise Missing("image", picture.id)
    source = library.blobs.path(picture.id)
    if picture.type == MP4:
        return source
    try:
        made = await _form(library, picture.id, "mp4", lambda made: library.media.to_mp4(source, made))
    except (MediaError, FileNotFoundError):
        if library.media.closed:
            raise
        await library.db.write(_converted(picture.id, None))
        raise Missing("image", picture.id) from None
    if not picture.mp4_size:
        await library.db.write(_converted(picture.id, made.stat().st_size))
    return made


def _converted(id: str, size: int | None) -> Work[None]:
    yield CONVERTED.run(of=id, new_size=size)


async def _form(library: Library, id: str, form: str, make: Callable[[Path], Awaitable[None]]) -> Path:
    name = f"{id}.{form}"
    target = library.blobs.derived(name)
    if target.exists():  # costs less than the way to a thread
        return target
    task = library.making.get(name)
    if task is None:
        task = library.making[name] = asyncio.create_task(_make(library, id, name, make))
        task.add_done_callback(lambda done: _made(library, name, done))
    return await asyncio.shield(task)  # others may wait for it too


async def _make(library: Library, id: str, name: str, make: Callable[[Path], Awaitable[None]]) -> Path:
    made = library.blobs.temporary()
    await make(made)
    target = await library.blobs.keep_derived(made, name)
    if (
        await library.db.read(images.BY_ID.one(id=id)) is None
    ):  # deleted meanwhile, and this came too late to go with it
        await library.blobs.remove(id)
        raise Missing("image", id)
    return target


def _made(library: Library, name: str, done: asyncio.Task[Path]) -> None:
    del library.making[name]
    if not done.cancelled():
        done.exception()  # nobody may be left to hear it
