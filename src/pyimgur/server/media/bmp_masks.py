"""A BMP whose pixels are cut up by bit masks, as a BMP with a byte for each color, which Pillow reads.

Browsers show 16 or 32 bits a pixel by any masks (4-4-4-4, 10 bits a color, BGR); Pillow knows a handful of layouts. So
Pillow gets a view of the file, whose rows are converted as they are read: no more than a few rows are in memory.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import SEEK_CUR, SEEK_END, BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from PIL import Image, ImageMath

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEADERS = frozenset((40, 52, 56, 108, 124))
PLAIN, BITFIELDS, ALPHA_BITFIELDS = 0, 3, 6
FIRST_WITH_ALPHA = 56
"""The smallest header that has a mask of the transparency by itself; with it, 32 plain bits have transparency too."""
RAW_MODES = {16: "I;16", 32: "I;32"}
BGRA, BGRX = (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0)
READ_BY_PILLOW = frozenset(((16, 0xF800, 0x7E0, 0x1F, 0), (16, 0x7C00, 0x3E0, 0x1F, 0), (32, *BGRX), (32, *BGRA)))
"""The usual layouts: bits and masks. They are left to Pillow."""
V4_HEADER = 108
FILE_HEADER = 14


class Layout(NamedTuple):
    """Where the pixels are, and which of their bits are red, green, blue and alpha."""

    width: int
    height: int
    bits: int
    start: int
    masks: tuple[int, int, int, int]

    @property
    def stride(self) -> int:
        """Bytes of a row."""
        return (self.width * self.bits + 31) // 32 * 4


def readable(file: BinaryIO) -> BinaryIO:
    """Return the BMP with a byte for each color: the file itself where Pillow reads it, or nobody does."""
    file.seek(0)
    head = file.read(FILE_HEADER + FIRST_WITH_ALPHA)
    file.seek(0)
    layout = _layout(head)
    if layout is None or (head[30] == BITFIELDS and (layout.bits, *layout.masks) in READ_BY_PILLOW):
        return file
    return BufferedReader(_Rows(file, layout, head[18:26]))


def _layout(head: bytes) -> Layout | None:
    """Return the layout of a BMP with masks that browsers read too: each is one run of bits."""
    if len(head) < FILE_HEADER + FIRST_WITH_ALPHA:
        return None
    start, size, width, height = struct.unpack_from("<IIii", head, 10)
    bits, compression = struct.unpack_from("<HI", head, 28)
    if size not in HEADERS or bits not in RAW_MODES or width < 1:
        return None
    if compression == PLAIN and bits == 32 and size >= FIRST_WITH_ALPHA:
        return Layout(width, abs(height), bits, start or FILE_HEADER + size, BGRA)
    if compression not in (BITFIELDS, ALPHA_BITFIELDS):
        return None
    has_alpha = size >= FIRST_WITH_ALPHA or compression == ALPHA_BITFIELDS
    red, green, blue, alpha = struct.unpack_from("<IIII", head, 54)
    masks = (red, green, blue, alpha if has_alpha else 0)
    if any((mask + (mask & -mask)) & mask for mask in masks):
        return None
    own_masks = (16 if compression == ALPHA_BITFIELDS else 12) if size == 40 else 0
    return Layout(width, abs(height), bits, start or FILE_HEADER + size + own_masks, masks)


class _Evaluates(Protocol):
    """Pillow's own annotation of this is of any type."""

    def __call__(self, expression: Callable[[dict[str, int]], int], **images: Image.Image) -> Image.Image: ...


def _band(pixels: Image.Image, mask: int) -> Image.Image:
    """Return what the bits of the mask say, as 8 bits."""
    if not mask:
        return Image.new("L", pixels.size)
    low, width = (mask & -mask).bit_length() - 1, mask.bit_count()
    shift, most = low + max(0, width - 8), (1 << min(width, 8)) - 1
    evaluate: _Evaluates = ImageMath.lambda_eval
    band = evaluate(lambda images: images["pixels"] >> shift & most, pixels=pixels).convert("L")
    return band.point([value * 255 // most for value in range(most + 1)] + [255] * (255 - most))


class _Rows(RawIOBase):
    """The converted file: a header, and rows of 4 bytes a pixel."""

    def __init__(self, file: BinaryIO, layout: Layout, sides: bytes) -> None:
        super().__init__()
        self._file, self._layout, self._at = file, layout, 0
        self._stride = layout.width * 4
        masks = BGRA if layout.masks[3] else BGRX
        start = FILE_HEADER + V4_HEADER
        info = struct.pack("<I8sHHI20x4I", V4_HEADER, sides, 1, 32, BITFIELDS, *masks)
        self._head = struct.pack("<2s8xI", b"BM", start) + info.ljust(V4_HEADER, b"\0")
        self._end = start + self._stride * layout.height

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to this position, and return it."""
        self._at = max(0, offset + {SEEK_CUR: self._at, SEEK_END: self._end}.get(whence, 0))
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read from the header or from the rows; return how many bytes."""
        view = memoryview(buffer).cast("B")
        at = self._at - len(self._head)
        data = self._head[self._at :] if at < 0 else self._rows(at, len(view))
        data = data[: len(view)]
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _rows(self, at: int, size: int) -> bytes:
        """Return converted pixels from this place on: of all rows that so many bytes are in and that are there."""
        layout = self._layout
        first, skipped = divmod(at, self._stride)
        rows = min(-(-(skipped + size) // self._stride), layout.height - first)
        self._file.seek(layout.start + first * layout.stride)
        data = self._file.read(max(0, rows) * layout.stride)
        rows = len(data) // layout.stride
        if not rows:
            return b""
        raw = RAW_MODES[layout.bits]
        pixels = Image.frombytes("I", (layout.width, rows), data[: rows * layout.stride], "raw", raw, layout.stride, 1)
        red, green, blue, alpha = (_band(pixels, mask) for mask in layout.masks)
        return Image.merge("RGBA", (blue, green, red, alpha)).tobytes()[skipped:]
