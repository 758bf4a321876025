"""Write the aspect ratio into finished Matroska and AVI files, where ffmpeg's muxers omit it.

The muxers of Matroska and AVI take it from the stream, others from the codec, and PyAV cannot set it on a stream whose
packets are copied. So it is written afterwards, into space that `reserve_metadata` reserved or that the muxer left
free; the size of the file stays the same.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import BinaryIO, NamedTuple

from pyimgur.server.media.sniff import AVI, MKV, WEBM, FileType

Size = tuple[int, int]

SEGMENT, TRACKS, TRACK, VIDEO, NAME = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0", b"\x53\x6e"
DISPLAY = b"\x54\xb0", b"\x54\xba", b"\x54\xb2"
"""Width, height and unit of the display size."""
CROPS = {b"\xb0": (b"\x54\xcc", b"\x54\xdd"), b"\xba": (b"\x54\xaa", b"\x54\xbb")}
"""Width and height of a frame, and the edges that are cropped from it."""
STEREO_MODE = b"\x53\xb8"
VIEWS_PER_FRAME: dict[int, Size] = {
    1: (2, 1),
    8: (2, 1),
    9: (2, 1),
    11: (2, 1),
    2: (1, 2),
    3: (1, 2),
    6: (1, 2),
    7: (1, 2),
}
"""How many views, one per eye, a frame contains horizontally and vertically, by stereo mode."""
CHECKSUM, VOID = b"\xbf", b"\xec"
RESERVED_TITLE = " " * 32
"""A title that reserves space for the display size."""
HEAD_SIZE = 16
"""The most bytes of the ID and size of an element."""
AVI_PROPERTIES = struct.Struct("<4sI9I8I")
"""The `vprp` chunk of an AVI, with one field."""


class Element(NamedTuple):
    """An EBML element: its ID, and the start and end of its content."""

    id: bytes
    start: int
    end: int


def reserve_metadata(kind: FileType) -> dict[str, str]:
    """Return the metadata that the video stream of a new file of this kind needs for `write_aspect`."""
    return {"title": RESERVED_TITLE} if kind in (MKV, WEBM) else {}


def write_aspect(file: BinaryIO, kind: FileType, coded: Size, ratio: Fraction | None) -> None:
    """Write the pixel aspect ratio of the only video stream in a file that was written with `reserve_metadata`.

    Args:
        file: the file, open for reading and writing.
        kind: its format.
        coded: the size of its frames.
        ratio: width to height of a pixel; None if it is unknown, and from PyAV 19 on 0.
    """
    if kind in (MKV, WEBM):
        _write_matroska(file, ratio or None)
    elif kind is AVI and ratio:
        _write_avi(file, coded, Fraction(*coded) * ratio)


def display_size(coded: Size, ratio: Fraction) -> Size:
    """Return the size of a frame in square pixels; neither side is shorter than its number of pixels."""
    width, height = coded
    return (round(width * ratio), height) if ratio > 1 else (width, round(height / ratio))


def _write_matroska(file: BinaryIO, ratio: Fraction | None) -> None:
    tracks = _find_tracks(file)
    if tracks is None:
        return
    file.seek(tracks.start)
    content = file.read(tracks.end - tracks.start)
    rewritten = b"".join(
        _rewrite_track(content[child.start : child.end], child.start - at, ratio)
        if child.id == TRACK
        else content[at : child.end]
        for at, child in _child_elements(content)
        if child.id != CHECKSUM
    )
    if len(rewritten) < len(content):  # the tracks had a checksum, which comes first
        rewritten = CHECKSUM + b"\x84" + zlib.crc32(rewritten).to_bytes(4, "little") + rewritten
    file.seek(tracks.start)
    file.write(rewritten)


def _find_tracks(file: BinaryIO) -> Element | None:
    """Return the element that describes the tracks, which comes before the first frame."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(HEAD_SIZE)
        if not head:
            return None
        element = _parse_element(head)
        if element.id == TRACKS:
            return Element(TRACKS, at + element.start, at + element.end)
        at += element.start if element.id == SEGMENT else element.end


def _parse_element(data: bytes, at: int = 0) -> Element:
    """Return the element at this offset."""
    start = at + _length_from_first_byte(data[at])
    size = _length_from_first_byte(data[start])
    content = start + size
    value = int.from_bytes(data[start:content], "big") & ((1 << 7 * size) - 1)
    return Element(data[at:start], content, content + value)


def _length_from_first_byte(first: int) -> int:
    """Return the length of a number or ID by its first byte."""
    return 9 - first.bit_length()


def _child_elements(data: bytes) -> Iterator[tuple[int, Element]]:
    """Yield offset and element of each child in the content of an element."""
    at = 0
    while at < len(data):
        element = _parse_element(data, at)
        yield at, element
        at = element.end


def _rewrite_track(content: bytes, header_size: int, ratio: Fraction | None) -> bytes:
    """Return the track with this pixel aspect ratio and without its name, padded to the same length."""
    rewritten = b""
    for at, child in _child_elements(content):
        if child.id == VIDEO:
            rewritten += _element_bytes(VIDEO, _rewrite_video(content[child.start : child.end], ratio))
        elif child.id != NAME:
            rewritten += content[at : child.end]
    spare = len(content) - len(rewritten)
    padding = VOID + (0x1000_0000 | spare - 5).to_bytes(4, "big") + bytes(spare - 5) if spare else b""
    size = ((1 << 7 * (header_size - 1)) | len(content)).to_bytes(header_size - 1, "big")
    return TRACK + size + rewritten + padding


def _rewrite_video(content: bytes, ratio: Fraction | None) -> bytes:
    if ratio is None:
        return content
    fields = {
        child.id: int.from_bytes(content[child.start : child.end], "big") for _, child in _child_elements(content)
    }
    kept = (content[at : child.end] for at, child in _child_elements(content) if child.id not in DISPLAY)
    display = zip(DISPLAY, _matroska_size(fields, ratio), strict=False)
    return b"".join((*kept, *(_element_bytes(id, value.to_bytes(4, "big")) for id, value in display)))


def _matroska_size(video: Mapping[bytes, int], ratio: Fraction) -> Size:
    """Return the display size of a frame after cropping, or of one view of a stereo frame."""
    width, height = (video[side] - sum(video.get(edge, 0) for edge in edges) for side, edges in CROPS.items())
    across, down = VIEWS_PER_FRAME.get(video.get(STEREO_MODE, 0), (1, 1))
    return display_size((width, height), ratio * down / across)


def _element_bytes(id: bytes, content: bytes) -> bytes:
    return id + (0x4000 | len(content)).to_bytes(2, "big") + content


def _write_avi(file: BinaryIO, coded: Size, aspect: Fraction) -> None:
    """Write the `vprp` chunk over the start of the padding in the stream header."""
    file.seek(0)
    head = file.read(1 << 16)
    at = head.find(b"JUNK", head.find(b"strf"))
    size = int.from_bytes(head[at + 4 : at + 8], "little")
    if at < 0 or size < AVI_PROPERTIES.size + 8:
        return
    aspect = aspect.limit_denominator(0xFFFF)
    shape = aspect.denominator | aspect.numerator << 16
    width, height = coded
    field = (height, width, height, width, 0, 0, 0, 0)
    chunk = AVI_PROPERTIES.pack(
        b"vprp", AVI_PROPERTIES.size - 8, 0, 0, 0, width, height, shape, width, height, 1, *field
    )
    file.seek(at)
    file.write(chunk + b"JUNK" + (size - AVI_PROPERTIES.size).to_bytes(4, "little"))
