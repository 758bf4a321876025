"""Remove metadata from formats that are sequences of segments: JPEG, PNG, GIF and WebP.

Each function yields the pieces of the file that it keeps; a segment is kept only if it is on the list of its format.
Picture data, color profile, orientation and the timing of an animation are on it. Nothing is decoded, every pass is
linear, and a file without metadata comes out byte for byte. `data` may be a mapped file (not of a JPEG): no piece is
much longer than `PIECE`, or it is a view, so that memory does not grow with the file. Structure is read as browsers
read it: junk between the segments of a JPEG or the blocks of a GIF is skipped, and whatever follows the end of the
picture is dropped.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias
from zlib import crc32, decompressobj

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.metadata_exif import orientation_only
from pyimgur.server.media.sniff import GIF, JPEG, PNG, WEBP, FileType

Piece: TypeAlias = bytes | memoryview
PIECE = 1 << 20
"""The most bytes that are copied at once."""


def _pieces(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from `start` to `end`, a bounded number at a time."""
    for at in range(start, end, PIECE):
        yield data[at : min(at + PIECE, end)]


# ---- JPEG

NEXT_MARKER = re.compile(rb"\xff[^\x00\xff]")
END_OF_SCAN = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""Between these, a byte 0xFF is a stuffed byte, a restart, or damage that decoders pass over."""
END_MARKER = b"\xff\xd9"
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN = 0xD8, 0xD9, 0xDA
APP0, APP1, APP2, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD8)))
CODING = frozenset((*range(0xC0, 0xC8), *range(0xC9, 0xD0), 0xDA, 0xDB, 0xDD))
"""Frames, scans, quantization and Huffman tables, arithmetic conditioning, restart interval."""
JFIF, EXIF, ICC, ADOBE = b"JFIF\x00", b"Exif\x00", b"ICC_PROFILE\x00", b"Adobe"
APPLICATION = {0xE0: (JFIF, 14), 0xE1: (EXIF, 14), 0xE2: (ICC, 14), 0xEE: (ADOBE, 12)}
"""Application segments that decide how the picture is displayed, and the least that decoders need of each."""
FIXED = frozenset((JFIF, ADOBE))
"""Those that decoders read no further than that."""
FIELDS = (b"AVI1", b"\x00\x00\x00\x00mjpg")
"""What says how the fields of an interlaced video lie."""


def jpeg(data: bytes) -> Iterator[bytes]:
    """Yield the pieces of the JPEG to keep, up to the end of its first picture. Raises: NotMedia if it has no scan."""
    yield data[:2]
    scans, names, at = 0, set[bytes](), 2
    for code, start, content, at in _jpeg_segments(data, 2, len(data)):
        scans += code == START_OF_SCAN
        if code in CODING:
            yield data[start:at]
        elif not scans and (kept := _application_segment(code, data[content:at], names)):
            yield data[start : content - 2] + (len(kept) + 2).to_bytes(2, "big") + kept
    if not scans:
        raise UnsupportedMediaError("the JPEG picture is damaged: it has no picture data")
    if at < len(data):  # else its last scan goes on to the end of the file
        yield END_MARKER


def jpeg_scans(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the coded data of each scan begins and ends."""
    for code, _, content, end in _jpeg_segments(data, 2, len(data)):
        if code == START_OF_SCAN:
            yield content - 2 + int.from_bytes(data[content - 2 : content], "big"), end


def _jpeg_segments(data: bytes, at: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield marker, start, start of content and end of each segment; a scan's picture data is part of its segment."""
    while marker := NEXT_MARKER.search(data, at, stop):
        code, start = data[marker.end() - 1], marker.start()
        if code in (START_OF_IMAGE, END_OF_IMAGE):
            return
        if code in WITHOUT_LENGTH:
            at = marker.end()
            continue
        while start > at and data[start - 1] == 0xFF:  # fill bytes
            start -= 1
        content = marker.end() + 2
        at = max(content, marker.end() + int.from_bytes(data[marker.end() : content], "big"))
        if at > stop:
            return
        if code == START_OF_SCAN:
            end = END_OF_SCAN.search(data, at, stop)
            at = end.start() if end else stop
        yield code, start, content, at


def embedded_jpeg_patches(data: bytes, ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    """Yield place and zeros to write over the metadata of JPEGs that are part of a file in which nothing may move."""
    last = 0
    for start, end in sorted(ranges):
        start, end = max(start, last), min(end, len(data))  # one that overlaps another is read once
        last = max(last, end)
        if data[start : start + 2] == b"\xff\xd8":
            yield from ((at, bytes(stop - at)) for at, stop in _jpeg_metadata(data, start + 2, end) if at < stop)


def _jpeg_metadata(data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of what is metadata in these segments, and behind them."""
    for code, _, content, after in _jpeg_segments(data, at, end):
        at = after
        if code not in CODING:
            name, size = APPLICATION.get(code, (b"", 0))
            yield content + (size if name in FIXED and data.startswith(name, content) else 0), after
    last = NEXT_MARKER.search(data, at, end)
    if last and last.group() == END_MARKER:
        yield last.end(), end


def mjpeg_patches(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield place and content to write over the metadata of a frame of MJPEG: one JPEG, or one for each field."""
    start = 0
    while (start := data.find(b"\xff\xd8\xff", start)) >= 0:
        start, names = start + 2, set[bytes]()
        for code, _, content, after in _jpeg_segments(data, start, len(data)):
            start = after
            if code not in CODING and not data.startswith(FIELDS, content):
                kept = _application_segment(code, data[content:after], names)
                if len(kept) <= after - content:
                    yield content, kept.ljust(after - content, b"\x00")


def _application_segment(code: int, content: bytes, names: set[bytes]) -> bytes:
    """Return what to keep of an application segment's content, nothing of one that does not decide the display."""
    name, least = APPLICATION.get(code, (b"", 0))
    if not name or not content.startswith(name) or len(content) < least:
        return b""
    first = name not in names
    names.add(name)
    if name == JFIF:
        return content[: least - 2] + bytes(2) if first else b""  # the last two bytes are the size of the preview
    if name == EXIF:
        block = orientation_only(content[6:]) if first else b""
        return block and b"Exif\x00\x00" + block
    return content[:least] if name == ADOBE else content


# ---- PNG

LARGEST = {
    b"IHDR": 13,
    b"PLTE": 768,
    b"tRNS": 256,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sRGB": 1,
    b"cICP": 4,
    b"mDCV": 24,
    b"mDCv": 24,
    b"cLLI": 8,
    b"cLLi": 8,
    b"sBIT": 4,
    b"bKGD": 6,
    b"pHYs": 9,
    b"acTL": 8,
    b"fcTL": 26,
    b"IEND": 0,
}
"""Chunks to keep, and the most bytes that each may have."""
EXACT = frozenset((b"cHRM", b"mDCV", b"mDCv"))
"""Those of them that decoders ignore if they are shorter."""
TRANSPARENCY, PALETTE = {0: 2, 2: 6, 3: 256}, {3: 768}
"""The most bytes of transparency and palette by color type, where they decide how the picture is displayed."""
ANIMATION = frozenset((b"fcTL", b"fdAT"))
"""Chunks that mean nothing without `acTL`; there may be many."""
DATA_CHUNKS = frozenset((b"IDAT", b"fdAT"))
PROFILE_NAMES = frozenset((b"ICC Profile", b"ICC profile", b"icc", b"sRGB", b"Photoshop ICC profile"))
"""Names of color profiles that do not tell whose screen it was."""


CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By color type."""
INFLATED, FED = 1 << 20, 1 << 16
"""Most bytes that are unpacked, and passed to be unpacked, at once."""
LARGEST_REWRITTEN = 8_000_000
"""The most bytes of an EXIF block or a packed color profile: libpng ignores larger ones."""


def png(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of the PNG or APNG to keep, up to its end, without what follows their compressed pixels."""
    yield data[:8]
    packed: _Packed | None = None
    for name, start, end in _kept_chunks(data):
        if name in REWRITTEN:
            yield _rewritten_chunk(data[start:end])
        elif name in DATA_CHUNKS:
            packed = packed or _Packed(_unpacked_size(data))
            yield from _data_chunk(data, start, end, packed)
        else:
            packed = None if name == b"fcTL" else packed  # the next picture
            yield from _pieces(data, start, min(end, len(data)))


def _data_chunk(data: bytes, start: int, end: int, packed: _Packed) -> Iterator[bytes]:
    content = start + (8 if data[start + 4 : start + 8] == b"IDAT" else 12)
    whole = min(end - 4, len(data))
    used = content + packed.used(memoryview(data)[content:whole])
    if used >= whole:
        yield from _pieces(data, start, min(end, len(data)))
    elif used > content or content == start + 12:  # the frames of an animation are numbered
        yield (used - start - 8).to_bytes(4, "big")
        checksum = 0
        for piece in _pieces(data, start + 4, used):
            checksum = crc32(piece, checksum)
            yield piece
        yield checksum.to_bytes(4, "big")


def _chunk(named: bytes) -> bytes:
    return (len(named) - 4).to_bytes(4, "big") + named + crc32(named).to_bytes(4, "big")


def _unpacked_size(data: bytes) -> int:
    """Return no less than the bytes of all rows with their filters, also of an interlaced picture."""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return ((width * data[24] * CHANNELS.get(data[25], 4) + 7) // 8 + 16) * (height + 16) * 2


class _Packed:
    """The compressed pixels of one picture, as they come in: it finds out where they end."""

    def __init__(self, most: int) -> None:
        self._unpacker, self._left, self._is_known = decompressobj(), most, True

    def used(self, data: memoryview) -> int:
        """Return how many of these bytes are part of the pixels; all, if they are damaged or too many."""
        for start in range(0, len(data), FED):
            if not self._is_known:
                break
            if self._unpacker.eof:
                return start
            self._feed(data[start : start + FED])
            if self._unpacker.eof:
                return min(start + FED, len(data)) - len(self._unpacker.unused_data)
        return len(data)

    def _feed(self, data: memoryview | bytes) -> None:
        try:
            while data and self._left > 0:
                self._left -= len(self._unpacker.decompress(data, INFLATED))
                data = self._unpacker.unconsumed_tail
        except zlib.error:
            self._left = 0
        self._is_known = self._left > 0


def _kept_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each chunk to keep or to rewrite; the last one may be cut off."""
    at, name, names = 8, b"", set[bytes]()
    color = data[25] if len(data) > 25 else 0
    largest = {**LARGEST, b"tRNS": TRANSPARENCY.get(color, -1), b"PLTE": PALETTE.get(color, -1)}
    while at + 8 <= len(data) and name != b"IEND":
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name in ANIMATION:
            kept = b"acTL" in names and size <= largest.get(name, size)
        elif name in REWRITTEN:
            kept = name not in names and size <= LARGEST_REWRITTEN
        else:
            fits = size == largest[name] if name in EXACT else size <= largest.get(name, -1)
            kept = name in DATA_CHUNKS or (fits and name not in names)
        if kept:
            yield name, at, at + 12 + size
        names.add(name)
        at += 12 + size


def png_patches(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield place and content to write over the metadata of a PNG that is a frame of a video: chunks of zeros."""
    at = 8
    while at + 12 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name not in DATA_CHUNKS and size > LARGEST.get(name, -1) and at + 12 + size <= len(data):
            zeros = b"skIp" + bytes(size)
            yield at + 4, zeros + crc32(zeros).to_bytes(4, "big")
        at += 12 + size


def _rewritten_chunk(chunk: bytes) -> bytes:
    """Return the chunk with what is kept of its content; nothing of a damaged one, which decoders ignore."""
    named, checksum = chunk[4:-4], chunk[-4:]
    if len(chunk) != 12 + int.from_bytes(chunk[:4], "big") or crc32(named) != int.from_bytes(checksum, "big"):
        return b""
    content = REWRITTEN[named[:4]](named[4:])
    if not content:
        return b""
    return _chunk(named[:4] + content)


def _exif_content(content: bytes) -> bytes:
    prefix = content[:6] if content.startswith(EXIF) else b""
    block = orientation_only(content[len(prefix) :])
    return block and prefix + block


def _profile_content(content: bytes) -> bytes:
    name, end, profile = content.partition(b"\x00")
    return (name if name in PROFILE_NAMES else b"ICC Profile") + end + profile if end else b""


REWRITTEN: Mapping[bytes, Callable[[bytes], bytes]] = {b"eXIf": _exif_content, b"iCCP": _profile_content}

# ---- GIF

IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
GRAPHIC_CONTROL, APPLICATION_EXTENSION = 0xF9, 0xFF
LOOPS = frozenset((b"NETSCAPE2.0", b"ANIMEXTS1.0"))
PROFILE_EXTENSION = b"\xff\x0bICCRGBG1012"
LONGEST_EXTENSION = 32
"""Bytes of an extension of which parts are kept, at most."""


def gif(data: bytes) -> Iterator[bytes]:
    """Yield the blocks of the GIF to keep, up to its trailer."""
    at = 13 + _palette_size(data[10])
    yield data[:at]
    while at < len(data):
        start, block = at, data[at]
        if block == IMAGE and at + 10 <= len(data):
            at = _after_sub_blocks(data, at + 11 + _palette_size(data[at + 9]))
            yield from _pieces(data, start, at)
        elif block == EXTENSION:
            at = _after_sub_blocks(data, at + 2)
            if data[start + 1 : start + 14] == PROFILE_EXTENSION:
                yield from _pieces(data, start, at)
            else:
                yield _extension(data[start : min(at, start + LONGEST_EXTENSION)])
        elif block == TRAILER:
            yield data[at : at + 1]
            return
        else:
            at += 1


def _palette_size(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_sub_blocks(data: bytes, at: int) -> int:
    end = len(data)
    while at < end and (size := data[at]):
        at += size + 1
    return min(at + 1, end)


def _extension(block: bytes) -> bytes:
    """Return what to keep of an extension by its first bytes: the control of the next frame, the number of loops."""
    label, size, content = block[1:2], block[2:3], block[3:]
    if label == b"\xf9" and size >= b"\x04" and len(content) >= 4:
        return block[:2] + b"\x04" + content[:4] + b"\x00"
    if label != b"\xff" or size != b"\x0b":
        return b""
    name, loop = content[:11], content[11:15]
    if name in LOOPS and loop[:2] == b"\x03\x01" and len(loop) == 4 and len(content) >= 16:
        return block[:14] + content[11:15] + b"\x00"
    return b""


# ---- WebP

CODED_CHUNKS = frozenset((b"VP8 ", b"VP8L"))
PICTURE_CHUNKS = CODED_CHUNKS | {b"ALPH", b"ICCP"}
HAS_XMP, HAS_EXIF = 0x04, 0x08
FRAME_HEADER = 16


def webp(data: bytes) -> Iterator[Piece]:
    """Yield the WebP with the chunks to keep; its flags name no chunk that it no longer has."""
    view = memoryview(data)
    chunks = list(_riff_chunks(view, 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))))
    if not any(name in CODED_CHUNKS or name == b"ANMF" for name, _ in chunks):
        raise UnsupportedMediaError("the WebP picture is damaged: it has no picture data")
    extended = bool(chunks) and chunks[0][0] == b"VP8X"
    exif = next((chunk for name, chunk in chunks if name == b"EXIF"), view[:0]) if extended else view[:0]
    kept = _exif_content(bytes(exif[8 : 8 + LARGEST_REWRITTEN]))
    body = [piece for name, chunk in _shown(chunks) for piece in _webp_chunk(name, chunk, chunk is exif, kept)]
    size = len(b"WEBP") + sum(map(len, body))
    header = b"RIFF" + size.to_bytes(4, "little")
    if header != data[:8] and size + 8 == len(data) and _is_end(view[12:], body):
        header = data[:8]  # the file is cut off, and nothing is removed
    yield header
    yield b"WEBP"
    yield from body


def _is_end(data: memoryview, pieces: Iterable[Piece]) -> bool:
    """Tell whether the data are just these pieces."""
    for piece in pieces:
        if data[: len(piece)] != piece:
            return False
        data = data[len(piece) :]
    return not data


def _riff_chunks(data: memoryview, at: int, end: int) -> Iterator[tuple[bytes, memoryview]]:
    """Yield name and bytes, header and padding included, of each chunk; the last may be cut off."""
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        after = min(at + 8 + size + size % 2, end)
        yield bytes(data[at : at + 4]), data[at:after]
        at = after


def _webp_chunk(name: bytes, chunk: memoryview, first_exif: bool, exif: bytes) -> Iterator[Piece]:
    if name in PICTURE_CHUNKS:
        yield chunk
    elif name == b"VP8X" and len(chunk) >= 18:
        flags = chunk[8] & ~HAS_XMP & (0xFF if exif else ~HAS_EXIF)
        yield _riff_chunk(name, bytes([flags]) + bytes(chunk[9:18]))
    elif name == b"ANIM":
        yield _riff_chunk(name, bytes(chunk[8:14]))
    elif name == b"ANMF":
        yield from _webp_frame(chunk)
    elif first_exif and exif:
        yield _riff_chunk(name, exif)


def _webp_frame(chunk: memoryview) -> Iterator[Piece]:
    header = 8 + FRAME_HEADER
    parts = list(_riff_chunks(chunk, header, len(chunk)))
    if not any(name in CODED_CHUNKS for name, _ in parts) or any(map(_is_cut, parts)):
        raise UnsupportedMediaError("the WebP picture is damaged: it has a frame without picture data")
    kept = [part for name, part in _shown(parts) if name in PICTURE_CHUNKS]
    size = FRAME_HEADER + sum(map(len, kept))
    yield b"ANMF" + size.to_bytes(4, "little") + bytes(chunk[8:header])
    yield from kept
    yield bytes(size % 2)


def _shown(chunks: list[tuple[bytes, memoryview]]) -> list[tuple[bytes, memoryview]]:
    """Return the chunks without transparency that no decoder reads: that of a lossless picture is in its pixels."""
    lossy = any(name == b"VP8 " for name, _ in chunks)
    return [(name, chunk) for name, chunk in chunks if name != b"ALPH" or lossy]


def _is_cut(part: tuple[bytes, memoryview]) -> bool:
    """Whether the chunk is longer than what it is in."""
    _, chunk = part
    return len(chunk) < 8 + int.from_bytes(chunk[4:8], "little")


def _riff_chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


SEGMENT_STRIPPERS: Mapping[FileType, Callable[[bytes], Iterator[Piece]]] = {JPEG: jpeg, PNG: png, GIF: gif, WEBP: webp}
