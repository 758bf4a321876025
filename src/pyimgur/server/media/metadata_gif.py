"""Remove metadata from GIF files: comments, text and application data.

A block is kept only if it is on the allow-list. Structure is read as browsers read it: bytes between blocks are
skipped, and everything behind the trailer is dropped. `data` may be a mapped file: no piece is much longer than
`PIECE_SIZE`, so that memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyimgur.server.media.file_parts import pieces

IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
GRAPHIC_CONTROL, APPLICATION_EXTENSION = 0xF9, 0xFF
LOOP_EXTENSIONS = frozenset((b"NETSCAPE2.0", b"ANIMEXTS1.0"))
PROFILE_EXTENSION = b"\xff\x0bICCRGBG1012"
LONGEST_EXTENSION = 32
"""The most bytes that are read of an extension of which parts are kept."""


def strip_gif(data: bytes) -> Iterator[bytes]:
    """Yield the blocks of the GIF to keep, up to its trailer."""
    at = 13 + _palette_size(data[10])
    yield data[:at]
    while at < len(data):
        start, block = at, data[at]
        if block == IMAGE and at + 10 <= len(data):
            at = _skip_sub_blocks(data, at + 11 + _palette_size(data[at + 9]))
            yield from pieces(data, start, at)
        elif block == EXTENSION:
            at = _skip_sub_blocks(data, at + 2)
            if data[start + 1 : start + 14] == PROFILE_EXTENSION:
                yield from pieces(data, start, at)
            else:
                yield _kept_extension(data[start : min(at, start + LONGEST_EXTENSION)])
        elif block == TRAILER:
            yield data[at : at + 1]
            return
        else:
            at += 1


def _palette_size(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip_sub_blocks(data: bytes, at: int) -> int:
    end = len(data)
    while at < end and (size := data[at]):
        at += size + 1
    return min(at + 1, end)


def _kept_extension(block: bytes) -> bytes:
    """Return the part to keep of an extension that begins like this: frame control, or the number of loops."""
    label, size, content = block[1:2], block[2:3], block[3:]
    if label == b"\xf9" and size >= b"\x04" and len(content) >= 4:
        return block[:2] + b"\x04" + content[:4] + b"\x00"
    if label != b"\xff" or size != b"\x0b":
        return b""
    name, loop = content[:11], content[11:15]
    if name in LOOP_EXTENSIONS and loop[:2] == b"\x03\x01" and len(loop) == 4 and len(content) >= 16:
        return block[:14] + content[11:15] + b"\x00"
    return b""
