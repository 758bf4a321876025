"""Convert a BMP with unusual bit masks to one with a byte per color, which Pillow reads.

Browsers support any masks with 16 or 32 bits per pixel (4-4-4-4, 10 bits per color, BGR); Pillow supports a few
layouts. So Pillow gets a view of the file whose rows are converted as they are read: only a few rows are in memory.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import SEEK_CUR, SEEK_END, BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from PIL import Image, ImageMath

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEADER_SIZES = frozenset((40, 52, 56, 108, 124))
PLAIN, BITFIELDS, ALPHA_BITFIELDS = 0, 3, 6
ALPHA_HEADER_SIZE = 56
"""The smallest header with an alpha mask; with such a header, uncompressed 32-bit pixels have alpha too."""
RAW_MODES = {16: "I;16", 32: "I;32"}
BGRA, BGRX = (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0)
READ_BY_PILLOW = frozenset(((16, 0xF800, 0x7E0, 0x1F, 0), (16, 0x7C00, 0x3E0, 0x1F, 0), (32, *BGRX), (32, *BGRA)))
"""The usual layouts, which Pillow reads itself: bits per pixel and masks."""
V4_HEADER_SIZE = 108
FILE_HEADER_SIZE = 14


class Layout(NamedTuple):
    """Where the pixels are in the file, and which of their bits are red, green, blue and alpha."""

    width: int
    height: int
    bits: int
    start: int
    masks: tuple[int, int, int, int]

    @property
    def stride(self) -> int:
        """The number of bytes of a row."""
        return (self.width * self.bits + 31) // 32 * 4


def as_bgra(file: BinaryIO) -> BinaryIO:
    """Return the BMP with a byte per color, or the file itself if Pillow reads it or browsers do not."""
    file.seek(0)
    head = file.read(FILE_HEADER_SIZE + ALPHA_HEADER_SIZE)
    file.seek(0)
    layout = _layout(head)
    if layout is None or (head[30] == BITFIELDS and (layout.bits, *layout.masks) in READ_BY_PILLOW):
        return file
    return BufferedReader(_ConvertedFile(file, layout, head[18:26]))


def _layout(head: bytes) -> Layout | None:
    """Return the layout of a BMP with masks that browsers support, of one run of bits each; else None."""
    if len(head) < FILE_HEADER_SIZE + ALPHA_HEADER_SIZE:
        return None
    start, size, width, height = struct.unpack_from("<IIii", head, 10)
    bits, compression = struct.unpack_from("<HI", head, 28)
    if size not in HEADER_SIZES or bits not in RAW_MODES or width < 1:
        return None
    if compression == PLAIN and bits == 32 and size >= ALPHA_HEADER_SIZE:
        return Layout(width, abs(height), bits, start or FILE_HEADER_SIZE + size, BGRA)
    if compression not in (BITFIELDS, ALPHA_BITFIELDS):
        return None
    has_alpha = size >= ALPHA_HEADER_SIZE or compression == ALPHA_BITFIELDS
    red, green, blue, alpha = struct.unpack_from("<IIII", head, 54)
    masks = (red, green, blue, alpha if has_alpha else 0)
    if any((mask + (mask & -mask)) & mask for mask in masks):
        return None
    own_masks = (16 if compression == ALPHA_BITFIELDS else 12) if size == 40 else 0
    return Layout(width, abs(height), bits, start or FILE_HEADER_SIZE + size + own_masks, masks)


class _LambdaEval(Protocol):
    """`ImageMath.lambda_eval`, whose own annotation in Pillow is `Any`."""

    def __call__(self, expression: Callable[[dict[str, int]], int], **images: Image.Image) -> Image.Image: ...


def _band(pixels: Image.Image, mask: int) -> Image.Image:
    """Return the color of this mask as a band of 8 bits."""
    if not mask:
        return Image.new("L", pixels.size)
    low, width = (mask & -mask).bit_length() - 1, mask.bit_count()
    shift, most = low + max(0, width - 8), (1 << min(width, 8)) - 1
    evaluate: _LambdaEval = ImageMath.lambda_eval
    band = evaluate(lambda images: images["pixels"] >> shift & most, pixels=pixels).convert("L")
    return band.point([value * 255 // most for value in range(most + 1)] + [255] * (255 - most))


class _ConvertedFile(RawIOBase):
    """The converted file: a header, and rows of 4 bytes per pixel."""

    def __init__(self, file: BinaryIO, layout: Layout, dimensions: bytes) -> None:
        super().__init__()
        self._file, self._layout, self._position = file, layout, 0
        self._stride = layout.width * 4
        masks = BGRA if layout.masks[3] else BGRX
        start = FILE_HEADER_SIZE + V4_HEADER_SIZE
        info = struct.pack("<I8sHHI20x4I", V4_HEADER_SIZE, dimensions, 1, 32, BITFIELDS, *masks)
        self._head = struct.pack("<2s8xI", b"BM", start) + info.ljust(V4_HEADER_SIZE, b"\0")
        self._end = start + self._stride * layout.height

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Change the position, and return it."""
        self._position = max(0, offset + {SEEK_CUR: self._position, SEEK_END: self._end}.get(whence, 0))
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read from the header or from the rows; return the number of bytes."""
        view = memoryview(buffer).cast("B")
        at = self._position - len(self._head)
        data = self._head[self._position :] if at < 0 else self._rows(at, len(view))
        data = data[: len(view)]
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _rows(self, at: int, size: int) -> bytes:
        """Return converted pixels from this offset on, up to the end of the row that holds the last of `size` bytes."""
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
