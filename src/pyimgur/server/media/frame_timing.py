"""How many frames an animated picture has and how long they show, read from its structure without decoding a pixel.

Works on the mapped bytes of GIF, APNG, WebP and AVIF; a file that ends early has the frames it has.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, repeat
from typing import BinaryIO, cast

from pyimgur.server.media.errors import MediaTooLargeError
from pyimgur.server.media.file_parts import let_go, mapped
from pyimgur.server.media.metadata_boxes import boxes
from pyimgur.server.media.sniff import AVIF, GIF, PNG, WEBP, FileType

MAX_FRAMES = 10_000
"""Over three minutes at 50 frames a second; a file with more is made to keep decoders busy."""
HURRIED, CALM = 0.010, 0.100
"""Browsers show a frame that asks for 10 ms or less for 100 ms."""

Bytes = bytes | mmap.mmap


def frame_timing(kind: FileType, file: BinaryIO) -> tuple[int, float | None]:
    """Frames, and seconds of one run if there is more than one frame."""
    shown = of_frames(kind, file) if kind in PARSERS else []
    return (len(shown), round(sum(shown), 3)) if len(shown) > 1 else (1, None)


def of_frames(kind: FileType, file: BinaryIO) -> list[float]:
    """Return for how many seconds browsers show each frame.

    Raises:
        MediaTooLargeError: there are more than `MAX_FRAMES`.
    """
    delays = list[float]()
    with mapped(file) as data:
        for delay in islice(PARSERS[kind](data), MAX_FRAMES + 1):
            delays.append(delay)
            let_go(data)
    if len(delays) > MAX_FRAMES:
        raise MediaTooLargeError(f"the animation has more than {MAX_FRAMES} frames")
    return [CALM if delay <= HURRIED else delay for delay in delays]


def gif_delays(data: Bytes) -> Iterator[float]:
    """Seconds of each frame of a GIF: blocks are an extension (0x21), a frame (0x2C) or the end."""
    at, delay, end = 13 + _palette(data[10]), 0.0, len(data)
    while at + 1 < end:
        block, label = data[at], data[at + 1]
        if block == 0x21:
            if label == 0xF9 and at + 6 < end:
                delay = int.from_bytes(data[at + 4 : at + 6], "little") / 100
            at = _skip_sub_blocks(data, at + 2)
        elif block == 0x2C and at + 10 < end:
            yield delay
            at, delay = _skip_sub_blocks(data, at + 11 + _palette(data[at + 9])), 0.0
        else:
            return


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip_sub_blocks(data: Bytes, at: int) -> int:
    """Where a chain of length-prefixed pieces, ended by an empty one, is over."""
    end = len(data)
    while at < end and (size := data[at]):
        at += size + 1
    return at + 1


def png_delays(data: Bytes) -> Iterator[float]:
    """Seconds of each frame of an APNG: one fcTL chunk a frame."""
    at = 8
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name == b"fcTL" and at + 32 <= len(data):
            share = int.from_bytes(data[at + 28 : at + 30], "big")
            whole = int.from_bytes(data[at + 30 : at + 32], "big")
            yield share / (whole or 100)
        at += size + 12


def webp_delays(data: Bytes) -> Iterator[float]:
    """Seconds of each frame of an animated WebP: one ANMF chunk a frame."""
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"ANMF":
            yield int.from_bytes(data[at + 20 : at + 23], "little") / 1000
        at += 8 + size + size % 2


def avif_delays(data: Bytes) -> Iterator[float]:
    """Seconds of each frame of an AVIF sequence: the first track's `stts` box counts them, in ticks of its `mdhd`."""
    media = _inside(data, (b"moov", b"trak", b"mdia"), (0, len(data)))
    header = _inside(data, (b"mdhd",), media)
    times = _inside(data, (b"minf", b"stbl", b"stts"), media)
    if not header or not times:
        return
    at = header[0] + (20 if data[header[0] : header[0] + 1] == b"\1" else 12)
    ticks = int.from_bytes(data[at : at + 4], "big")
    for entry in range(times[0] + 8, times[1] - 7, 8):
        count, delta = (int.from_bytes(data[start : start + 4], "big") for start in (entry, entry + 4))
        yield from repeat(delta / ticks if ticks else 0.0, count)


def _inside(data: Bytes, path: tuple[bytes, ...], stretch: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return where the content of a box begins and ends, of the first one of this path in a stretch of the file."""
    for name in path:
        if stretch is None:
            return None
        found = (box for box in boxes(cast("bytes", data), *stretch) if box.name == name)
        stretch = next(((box.start, box.end) for box in found), None)
    return stretch


PARSERS: Mapping[FileType, Callable[[Bytes], Iterator[float]]] = {
    GIF: gif_delays,
    PNG: png_delays,
    WEBP: webp_delays,
    AVIF: avif_delays,
}
