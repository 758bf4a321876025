"""Remove metadata from GIF files: comments, text and application data.

A block is kept only if it is on the allow-list and affects an image that follows it: of several extensions with the
same purpose, decoders use the last one. Bytes between blocks and behind the trailer are dropped. `data` may be a mapped
file: no piece is much longer than `PIECE_SIZE`, so that memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyimgur.server.media.file_parts import pieces
from pyimgur.server.media.gif_blocks import EXTENSION, GRAPHIC_CONTROL, IMAGE, TRAILER, gif_blocks, header_end

LOOP_EXTENSIONS = frozenset((b"NETSCAPE2.0", b"ANIMEXTS1.0"))
APPLICATION_START, GRAPHIC_CONTROL_START = b"\x21\xff\x0b", bytes((EXTENSION, GRAPHIC_CONTROL))
LOOP_START = b"\x03\x01"
PROFILE_EXTENSION = b"\x21\xff\x0bICCRGBG1012"
IS_TRANSPARENT, DISPOSAL, RESERVED_BITS = 0x01, 0x1C, 0xE0
"""Flags of frame control. Pillow, unlike browsers, keeps transparency and disposal of an earlier extension if the last
one has none."""
LONGEST_EXTENSION = 32
"""The most bytes that are read of an extension of which parts are kept."""


def strip_gif(data: bytes) -> Iterator[bytes]:
    """Yield the blocks of the GIF to keep, up to its trailer."""
    yield data[: header_end(data)]
    pending, last_loop, has_profile = dict[bytes, bytes](), b"", False
    for code, start, end in gif_blocks(data):
        if code == IMAGE:
            yield from pending.values()
            last_loop = pending.get(LOOP_START, last_loop)
            pending.clear()
            yield from pieces(data, start, end)
        elif code == TRAILER:
            yield data[start:end]
        elif data[start : start + len(PROFILE_EXTENSION)] == PROFILE_EXTENSION:
            if not has_profile:
                yield from pieces(data, start, end)
            has_profile = True
        else:
            purpose, extension = _kept_extension(data[start : min(end, start + LONGEST_EXTENSION)])
            pending.pop(purpose, None)
            if purpose and extension != last_loop:
                pending[purpose] = extension


def _kept_extension(block: bytes) -> tuple[bytes, bytes]:
    """Return purpose and content of an extension that begins like this; nothing if it is metadata.

    The purpose is frame control, or the number of loops.
    """
    if block.startswith(GRAPHIC_CONTROL_START) and len(block) >= 7 and block[2] >= 4:
        content = bytes((block[3] & ~RESERVED_BITS, *block[4:7]))
        purpose = bytes((content[0] & IS_TRANSPARENT, bool(content[0] & DISPOSAL)))
        return purpose, GRAPHIC_CONTROL_START + b"\x04" + content + b"\x00"
    if block.startswith(APPLICATION_START) and block[3:14] in LOOP_EXTENSIONS and block[14:16] == LOOP_START:
        return (LOOP_START, block[:18] + b"\x00") if len(block) >= 19 else (b"", b"")
    return b"", b""
