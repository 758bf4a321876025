"""The aspect ratio that a container states, written where ffmpeg's writers leave it out.

PyAV cannot set it for a stream whose packets are copied: the writers of Matroska and AVI ask the stream for it, and
others the codec. So the finished file gets it, in room that `room` reserves or that the writer left; its size stays.
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
SIDES = {b"\xb0": (b"\x54\xcc", b"\x54\xdd"), b"\xba": (b"\x54\xaa", b"\x54\xbb")}
"""Width and height of a frame, and the edges that are cropped from it."""
STEREO_MODE = b"\x53\xb8"
EYES: dict[int, Size] = {1: (2, 1), 8: (2, 1), 9: (2, 1), 11: (2, 1), 2: (1, 2), 3: (1, 2), 6: (1, 2), 7: (1, 2)}
"""How many pictures, one for each eye, a frame has beside and above each other."""
CHECKSUM, VOID = b"\xbf", b"\xec"
ROOM = " " * 32
"""A title, in whose place the display size is written."""
HEAD = 16
"""No identifier and size of an element are longer."""
PROPERTIES = struct.Struct("<4sI9I8I")
"""The chunk `vprp` of an AVI, with one field."""


class Element(NamedTuple):
    """An EBML element: its identifier, and where its content begins and ends."""

    id: bytes
    start: int
    end: int


def room(kind: FileType) -> dict[str, str]:
    """Return the metadata that the video stream of a new file of this kind needs for `write_aspect`."""
    return {"title": ROOM} if kind in (MKV, WEBM) else {}


def write_aspect(file: BinaryIO, kind: FileType, coded: Size, ratio: Fraction | None) -> None:
    """Write the aspect ratio of the pixels of the only video in a file that was written with `room`.

    `coded` is the size of its frames, `ratio` that of the width of a pixel to its height; None if nothing is known.
    """
    if kind in (MKV, WEBM):
        _write_matroska(file, ratio)
    elif kind is AVI and ratio:
        _write_avi(file, coded, Fraction(*coded) * ratio)


def display_size(coded: Size, ratio: Fraction) -> Size:
    """Return the size of a frame in square pixels: in neither direction less than it has pixels."""
    width, height = coded
    return (round(width * ratio), height) if ratio > 1 else (width, round(height / ratio))


def _write_matroska(file: BinaryIO, ratio: Fraction | None) -> None:
    tracks = _find_tracks(file)
    if tracks is None:
        return
    file.seek(tracks.start)
    content = file.read(tracks.end - tracks.start)
    made = b"".join(
        _track(content[each.start : each.end], each.start - at, ratio) if each.id == TRACK else content[at : each.end]
        for at, each in _elements(content)
        if each.id != CHECKSUM
    )
    if len(made) < len(content):  # it had a checksum, which comes first
        made = CHECKSUM + b"\x84" + zlib.crc32(made).to_bytes(4, "little") + made
    file.seek(tracks.start)
    file.write(made)


def _find_tracks(file: BinaryIO) -> Element | None:
    """Return where the tracks are described, which is before the first picture."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(HEAD)
        if not head:
            return None
        found = _element(head)
        if found.id == TRACKS:
            return Element(TRACKS, at + found.start, at + found.end)
        at += found.start if found.id == SEGMENT else found.end


def _element(data: bytes, at: int = 0) -> Element:
    """Return the element that begins there."""
    start = at + _length(data[at])
    size = _length(data[start])
    content = start + size
    value = int.from_bytes(data[start:content], "big") & ((1 << 7 * size) - 1)
    return Element(data[at:start], content, content + value)


def _length(first: int) -> int:
    """Return how many bytes a number or an identifier has that begins with this one."""
    return 9 - first.bit_length()


def _elements(data: bytes) -> Iterator[tuple[int, Element]]:
    """Yield the elements in the content of another one, each with where it begins."""
    at = 0
    while at < len(data):
        found = _element(data, at)
        yield at, found
        at = found.end


def _track(content: bytes, head: int, ratio: Fraction | None) -> bytes:
    """Return a track of the same length, `head` and content, without its name, and with pixels of this ratio."""
    made = b""
    for at, each in _elements(content):
        if each.id == VIDEO:
            made += _sized(VIDEO, _video(content[each.start : each.end], ratio))
        elif each.id != NAME:
            made += content[at : each.end]
    spare = len(content) - len(made)
    padding = VOID + (0x1000_0000 | spare - 5).to_bytes(4, "big") + bytes(spare - 5) if spare else b""
    return TRACK + ((1 << 7 * (head - 1)) | len(content)).to_bytes(head - 1, "big") + made + padding


def _video(content: bytes, ratio: Fraction | None) -> bytes:
    if ratio is None:
        return content
    found = {each.id: int.from_bytes(content[each.start : each.end], "big") for _, each in _elements(content)}
    kept = (content[at : each.end] for at, each in _elements(content) if each.id not in DISPLAY)
    display = zip(DISPLAY, _matroska_size(found, ratio), strict=False)
    return b"".join((*kept, *(_sized(id, value.to_bytes(4, "big")) for id, value in display)))


def _matroska_size(video: Mapping[bytes, int], ratio: Fraction) -> Size:
    """Return the display size: of what cropping leaves and, where a frame is for two eyes, of one of them."""
    width, height = (video[side] - sum(video.get(edge, 0) for edge in edges) for side, edges in SIDES.items())
    across, down = EYES.get(video.get(STEREO_MODE, 0), (1, 1))
    return display_size((width, height), ratio * down / across)


def _sized(id: bytes, content: bytes) -> bytes:
    return id + (0x4000 | len(content)).to_bytes(2, "big") + content


def _write_avi(file: BinaryIO, coded: Size, aspect: Fraction) -> None:
    """Put the chunk of video properties in front of the padding in the description of the stream."""
    file.seek(0)
    head = file.read(1 << 16)
    at = head.find(b"JUNK", head.find(b"strf"))
    size = int.from_bytes(head[at + 4 : at + 8], "little")
    if at < 0 or size < PROPERTIES.size + 8:
        return
    aspect = aspect.limit_denominator(0xFFFF)
    shape = aspect.denominator | aspect.numerator << 16
    width, height = coded
    field = (height, width, height, width, 0, 0, 0, 0)
    chunk = PROPERTIES.pack(b"vprp", PROPERTIES.size - 8, 0, 0, 0, width, height, shape, width, height, 1, *field)
    file.seek(at)
    file.write(chunk + b"JUNK" + (size - PROPERTIES.size).to_bytes(4, "little"))
