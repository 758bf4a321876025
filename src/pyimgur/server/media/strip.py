"""The same picture without what its camera noted: no EXIF, GPS, XMP, IPTC, comments, previews or trailing data.

Nothing is decoded or recompressed. Colour profiles stay, and so does the orientation, without which the picture would
lie on its side: it is all that is left of the EXIF block. Works on bytes; knows JPEG, PNG and WebP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from zlib import crc32

from pyimgur.server.media.errors import NotMedia
from pyimgur.server.media.kinds import JPEG, PNG, WEBP, Kind

APP0, APP15, COMMENT = 0xE0, 0xEF, 0xFE
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
KEPT_SEGMENTS = ((APP0, b"JFIF\x00"), (0xE2, b"ICC_PROFILE\x00"), (0xEE, b"Adobe"))
"""What of a JPEG's application segments tells how to show it."""
AFTER_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
KEPT_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT pHYs bKGD hIST sPLT cICP mDCV cLLI acTL fcTL fdAT".split()
)
KEPT_RIFF = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
WEBP_EXIF, WEBP_XMP = 0x08, 0x04


def jpeg(data: bytes, orientation: int) -> Iterator[bytes]:
    """The pieces of the JPEG that are kept, up to the end of its first picture."""
    yield data[:2]
    if orientation != 1:
        exif = b"Exif\x00\x00" + _exif(orientation)
        yield b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == END_OF_IMAGE:
            break
        if marker == START_OF_SCAN:
            following = AFTER_SCAN.search(data, end)
            end = following.start() if following else len(data)
        if _kept(marker, data[at + 4 : at + 16]):
            yield data[at:end]
        at = end
    else:
        if at < len(data) and data[at : at + 2] != b"\xff\xd9":
            raise NotMedia("the JPEG picture is damaged")
    yield b"\xff\xd9"


def _kept(marker: int, start: bytes) -> bool:
    if APP0 <= marker <= APP15:
        return any(marker == kept and start.startswith(name) for kept, name in KEPT_SEGMENTS)
    return marker != COMMENT


def png(data: bytes, orientation: int) -> Iterator[bytes]:
    """The chunks of the PNG that are kept, up to its end."""
    yield data[:8]
    at, name = 8, b""
    while at + 12 <= len(data) and name != b"IEND":
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name in KEPT_CHUNKS:
            yield data[at : at + 12 + size]
        if name == b"IHDR" and orientation != 1:
            chunk = b"eXIf" + _exif(orientation)
            yield (len(chunk) - 4).to_bytes(4, "big") + chunk + crc32(chunk).to_bytes(4, "big")
        at += 12 + size


def webp(data: bytes, orientation: int) -> Iterator[bytes]:
    """The WebP with the chunks that are kept."""
    body = b"WEBP" + b"".join(_riff_chunks(data, orientation))
    yield b"RIFF" + len(body).to_bytes(4, "little") + body


def _riff_chunks(data: bytes, orientation: int) -> Iterator[bytes]:
    at, extended = 12, False
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        whole = data[at : at + 8 + size + size % 2]
        if name == b"VP8X" and len(whole) > 8:
            extended = True
            flags = whole[8] & ~(WEBP_EXIF | WEBP_XMP) | (WEBP_EXIF if orientation != 1 else 0)
            yield whole[:8] + bytes([flags]) + whole[9:]
        elif name in KEPT_RIFF:
            yield whole
        at += len(whole)
    if extended and orientation != 1:
        exif = _exif(orientation)
        yield b"EXIF" + len(exif).to_bytes(4, "little") + exif


def _exif(orientation: int) -> bytes:
    """A TIFF header and a directory with the one entry: orientation, a short."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2, "big") + b"\x00\x00"
    return b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"


STRIPPERS: Mapping[Kind, Callable[[bytes, int], Iterator[bytes]]] = {JPEG: jpeg, PNG: png, WEBP: webp}
