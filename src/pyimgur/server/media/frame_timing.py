"""Count the frames of an animated image and add up their durations, without decoding them.

Works on the mapped bytes of GIF, APNG, WebP and AVIF. Of a truncated file, the frames that are there are counted.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, repeat
from typing import BinaryIO, cast

from pyimgur.server.media.errors import MediaTooLargeError
from pyimgur.server.media.file_parts import map_file, release_pages
from pyimgur.server.media.gif_blocks import EXTENSION, GRAPHIC_CONTROL, IMAGE, gif_blocks
from pyimgur.server.media.iso_boxes import boxes
from pyimgur.server.media.metadata_webp import IS_ANIMATED
from pyimgur.server.media.part_limit import part_limit
from pyimgur.server.media.png_chunks import used_chunks
from pyimgur.server.media.sniff import AVIF, GIF, PNG, WEBP, FileType

MAX_FRAMES = 10_000
"""Over three minutes at 50 frames per second; a file with more is probably an attack on decoders."""
SHORTEST_DELAY, DEFAULT_DELAY = 0.010, 0.100
"""Browsers display a frame with a delay of 10 ms or less for 100 ms."""

Bytes = bytes | mmap.mmap


def frame_timing(kind: FileType, file: BinaryIO) -> tuple[int, float | None]:
    """Return the number of frames, and the seconds of one run if there is more than one frame."""
    durations = frame_durations(kind, file) if kind in PARSERS else []
    return (len(durations), round(sum(durations), 3)) if len(durations) > 1 else (1, None)


def frame_durations(kind: FileType, file: BinaryIO) -> list[float]:
    """Return for how many seconds browsers display each frame.

    Raises:
        MediaTooLargeError: there are more than `MAX_FRAMES` frames.
    """
    delays = list[float]()
    with map_file(file) as data:
        for delay in islice(PARSERS[kind](data), MAX_FRAMES + 1):
            delays.append(delay)
            release_pages(data)
    if len(delays) > MAX_FRAMES:
        raise MediaTooLargeError(f"the animation has more than {MAX_FRAMES} frames")
    return [DEFAULT_DELAY if delay <= SHORTEST_DELAY else delay for delay in delays]


def gif_delays(data: Bytes) -> Iterator[float]:
    """Yield the delay of each frame of a GIF in seconds; an extension before the frame states it."""
    delay = 0.0
    for code, start, end in gif_blocks(data):
        if code == IMAGE:
            yield delay
            delay = 0.0
        elif code == EXTENSION and start + 6 < end and data[start + 1] == GRAPHIC_CONTROL:
            delay = int.from_bytes(data[start + 4 : start + 6], "little") / 100


def png_delays(data: Bytes) -> Iterator[float]:
    """Yield the delay of each frame of an APNG in seconds; each frame has one fcTL chunk."""
    for chunk in used_chunks(cast("bytes", data)):
        if chunk.name == b"fcTL":
            numerator = int.from_bytes(data[chunk.start + 28 : chunk.start + 30], "big")
            denominator = int.from_bytes(data[chunk.start + 30 : chunk.start + 32], "big")
            yield numerator / (denominator or 100)


def webp_delays(data: Bytes) -> Iterator[float]:
    """Yield the delay of each frame of an animated WebP in seconds; each frame has one ANMF chunk."""
    at, parts = 12, part_limit()
    if data[12:16] != b"VP8X" or not data[20] & IS_ANIMATED:
        return
    while at + 8 <= len(data):
        next(parts)
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"ANMF":
            yield int.from_bytes(data[at + 20 : at + 23], "little") / 1000
        at += 8 + size + size % 2


def avif_delays(data: Bytes) -> Iterator[float]:
    """Yield the delay of each frame of an AVIF sequence in seconds.

    The `stts` box of the first track counts its frames by duration, in the time scale of its `mdhd` box.
    """
    media = _find_box(data, (b"moov", b"trak", b"mdia"), (0, len(data)))
    header = _find_box(data, (b"mdhd",), media)
    times = _find_box(data, (b"minf", b"stbl", b"stts"), media)
    if not header or not times:
        return
    at = header[0] + (20 if data[header[0] : header[0] + 1] == b"\1" else 12)
    ticks = int.from_bytes(data[at : at + 4], "big")
    for entry, _ in zip(range(times[0] + 8, times[1] - 7, 8), part_limit(), strict=False):
        count, delta = (int.from_bytes(data[start : start + 4], "big") for start in (entry, entry + 4))
        yield from repeat(delta / ticks if ticks else 0.0, count)


def _find_box(data: Bytes, path: tuple[bytes, ...], content: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return start and end of the content of the first box with this path, below a box with this content."""
    for name in path:
        if content is None:
            return None
        matches = (box for box in boxes(cast("bytes", data), *content) if box.name == name)
        content = next(((box.start, box.end) for box in matches), None)
    return content


PARSERS: Mapping[FileType, Callable[[Bytes], Iterator[float]]] = {
    GIF: gif_delays,
    PNG: png_delays,
    WEBP: webp_delays,
    AVIF: avif_delays,
}
