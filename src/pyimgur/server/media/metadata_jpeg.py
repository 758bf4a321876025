"""Remove metadata from JPEG files, and from JPEGs inside TIFF, HEIC and MJPEG.

A segment is kept only if it is on the allow-list. Structure is read as browsers read it: bytes between segments are
skipped, and everything behind the end of the picture is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.metadata_exif import orientation_only
from pyimgur.server.media.part_limit import part_limit

NEXT_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
"""The start of a segment: neither a stuffed byte nor a marker without a length."""
END_OF_SCAN = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""Between it and this, a byte 0xFF is a stuffed byte, a restart, or damage that decoders skip."""
END_MARKER = b"\xff\xd9"
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN = 0xD8, 0xD9, 0xDA
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
CODING_SEGMENTS = frozenset((*range(0xC0, 0xC8), *range(0xC9, 0xD0), 0xDA, 0xDB, 0xDD))
"""Frames, scans, quantization and Huffman tables, arithmetic conditioning, restart interval."""
JFIF, EXIF, ICC, ADOBE = b"JFIF\x00", b"Exif\x00", b"ICC_PROFILE\x00", b"Adobe"
APPLICATION_SEGMENTS = {APP0: (JFIF, 14), APP1: (EXIF, 14), APP2: (ICC, 14), APP14: (ADOBE, 12)}
"""Application segments that decide how the picture is displayed, and the fewest bytes that decoders need of each."""
FIXED_SIZE_SEGMENTS = frozenset((JFIF, ADOBE))
"""Those of which decoders read no more than these bytes."""
INTERLACE_SEGMENTS = (b"AVI1", b"\x00\x00\x00\x00mjpg")
"""Starts of the segments that describe the fields of an interlaced video."""


def strip_jpeg(data: bytes) -> Iterator[bytes]:
    """Yield the pieces of the JPEG to keep, up to the end of its first picture.

    Raises:
        UnsupportedMediaError: it has no scan.
    """
    yield data[:2]
    scans, names, at = 0, set[bytes](), 2
    for code, start, content, at in _jpeg_segments(data, 2, len(data)):
        scans += code == START_OF_SCAN
        if code in CODING_SEGMENTS:
            yield data[start:at]
        elif not scans and (kept := _kept_application_content(code, data[content:at], names)):
            yield data[start : content - 2] + (len(kept) + 2).to_bytes(2, "big") + kept
    if not scans:
        raise UnsupportedMediaError("the JPEG image is damaged: it has no picture data")
    if at < len(data):  # else the last scan extends to the end of the file
        yield END_MARKER


def jpeg_scans(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of the coded data of each scan."""
    for code, _, content, end in _jpeg_segments(data, 2, len(data)):
        if code == START_OF_SCAN:
            yield content - 2 + int.from_bytes(data[content - 2 : content], "big"), end


def _jpeg_segments(data: bytes, at: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield marker, start, start of content, and end of each segment; a scan includes its coded data."""
    parts = part_limit()
    while marker := NEXT_MARKER.search(data, at, stop):
        next(parts)
        code, start = data[marker.end() - 1], marker.start()
        if code in (START_OF_IMAGE, END_OF_IMAGE):
            return
        start = at + len(data[at:start].rstrip(b"\xff"))  # fill bytes
        content = marker.end() + 2
        at = max(content, marker.end() + int.from_bytes(data[marker.end() : content], "big"))
        if at > stop:
            return
        if code == START_OF_SCAN:
            end = END_OF_SCAN.search(data, at, stop)
            at = end.start() if end else stop
        yield code, start, content, at


def embedded_jpeg_patches(data: bytes, ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    """Yield patches of zeros for the metadata of JPEGs inside a file in which nothing may move."""
    last = 0
    for start, end in sorted(ranges):
        start, end = max(start, last), min(end, len(data))  # overlapping ranges are read once
        last = max(last, end)
        if data[start : start + 2] == b"\xff\xd8":
            yield from ((at, bytes(stop - at)) for at, stop in _jpeg_metadata(data, start + 2, end) if at < stop)


def _jpeg_metadata(data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of the metadata in these segments, and of the data behind them."""
    for code, _, content, after in _jpeg_segments(data, at, end):
        at = after
        if code not in CODING_SEGMENTS:
            name, size = APPLICATION_SEGMENTS.get(code, (b"", 0))
            yield content + (size if name in FIXED_SIZE_SEGMENTS and data.startswith(name, content) else 0), after
    last = NEXT_MARKER.search(data, at, end)
    if last and last.group() == END_MARKER:
        yield last.end(), end


def mjpeg_patches(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield patches for the metadata of a frame of MJPEG, which is one JPEG, or one per field."""
    start = 0
    while (start := data.find(b"\xff\xd8\xff", start)) >= 0:
        start, names = start + 2, set[bytes]()
        for code, _, content, after in _jpeg_segments(data, start, len(data)):
            start = after
            if code not in CODING_SEGMENTS and not data.startswith(INTERLACE_SEGMENTS, content):
                kept = _kept_application_content(code, data[content:after], names)
                if len(kept) <= after - content:
                    yield content, kept.ljust(after - content, b"\x00")


def _kept_application_content(code: int, content: bytes, names: set[bytes]) -> bytes:
    """Return the content to keep of an application segment; nothing if it does not affect the display."""
    name, least = APPLICATION_SEGMENTS.get(code, (b"", 0))
    if not name or not content.startswith(name) or len(content) < least:
        return b""
    is_first = name not in names
    names.add(name)
    if name == JFIF:
        return content[: least - 2] + bytes(2) if is_first else b""  # the last two bytes are the size of the preview
    if name == EXIF:
        block = orientation_only(content[6:]) if is_first else b""
        return block and b"Exif\x00\x00" + block
    return content[:least] if name == ADOBE else content
