"""Reduce the compressed pixels of a PNG to what a decoder needs: one zlib stream with all rows and nothing else.

A stream that ends with its last row is kept byte for byte, without what follows it. Any other stream with all rows, or
with damage, is compressed again: only a decoder can tell what in it are pixels. Runs in constant memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol
from zlib import compressobj, decompressobj

MAX_INFLATED, MAX_FED = 1 << 20, 1 << 16
"""The most bytes that are decompressed at once, and that are passed to the decompressor at once."""
MAX_END_SIZE = 12
"""The most bytes between the last pixel and the end of a stream: end of block, an empty last block, checksum."""
MAX_PER_BYTE = 8 * 258 + 1
"""More bytes than one byte of a stream can stand for."""
LEVEL = 3
"""The compression level, which limits the time that an attack can cost: large pictures take seconds."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Channels by color type."""
INTERLACE_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Column and row of the first pixel of a pass, and the steps to the next column and row."""
WHOLE_PICTURE = ((0, 0, 1, 1),)


def row_bytes(header: bytes, width: int, height: int) -> int:
    """Return the bytes of all rows with their filter types.

    Args:
        header: the content of IHDR.
        width: the width of the picture, or of the frame of an animation.
        height: its height.
    """
    bits, is_interlaced = header[8] * CHANNELS.get(header[9], 4), header[12]
    total = 0
    for column, row, column_step, row_step in INTERLACE_PASSES if is_interlaced else WHOLE_PICTURE:
        columns = -(-max(0, width - column) // column_step)
        rows = -(-max(0, height - row) // row_step)
        total += rows * ((columns * bits + 7) // 8 + 1) if columns else 0
    return total


def used_bytes(stream: Iterable[bytes], size: int) -> int | None:
    """Return how many bytes of the stream a decoder needs; None if it has to be compressed again.

    Args:
        stream: the pieces of the stream.
        size: the bytes of all rows.
    """
    decompressor, left, fed, end_size = decompressobj(), size, 0, 0
    for piece in stream:
        fed, rest = fed + len(piece), piece
        try:
            while rest:
                limit = min(MAX_INFLATED, left) or 1
                output = decompressor.decompress(rest, limit)
                if left == 0 and output:
                    return None
                end_size += (len(rest) - len(decompressor.unconsumed_tail)) * (left == 0)
                left, rest = left - len(output), decompressor.unconsumed_tail
        except zlib.error:
            return None
        if decompressor.eof:
            behind = len(decompressor.unused_data)
            return fed - behind if end_size - behind <= MAX_END_SIZE else None
    lacks_rows = left > 0 and len(decompressor.decompress(b"", left)) < left
    return fed if lacks_rows else None  # nothing can follow the pixels of a stream that ends before them


def compressed_again(stream: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the pieces of a new stream with the rows of this one, as far as they can be read.

    Args:
        stream: the pieces of the stream.
        size: the bytes of all rows.
    """
    compressor = compressobj(LEVEL)
    left = size
    for rows in _rows(stream, size):
        left -= len(rows)
        yield from filter(None, (compressor.compress(rows),))
    yield compressor.flush(zlib.Z_SYNC_FLUSH if left else zlib.Z_FINISH)


def _rows(stream: Iterable[bytes], left: int) -> Iterator[bytes]:
    """Yield the bytes of the rows, at most `left` of them, up to the first damage."""
    decompressor = decompressobj()
    for piece in chain(stream, (b"",)):
        rest, is_first = piece, True
        while (rest or is_first) and left and not decompressor.eof:
            limit, before = min(MAX_INFLATED, left), decompressor.copy()
            try:
                output = decompressor.decompress(rest, limit)
            except zlib.error:
                yield _output_before_damage(before.copy, rest, limit)
                return
            yield output
            left, rest, is_first = left - len(output), decompressor.unconsumed_tail, False


class _Decompressor(Protocol):
    """The type of `zlib.decompressobj()`, which has no public name."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _output_before_damage(copy: Callable[[], _Decompressor], data: bytes, limit: int) -> bytes:
    """Return what is decompressed before the data turns out to be damaged, at most `limit` bytes.

    Args:
        copy: returns a new copy of the decompressor.
        data: its next input.
        limit: the most bytes to return.
    """

    def output(fed: int, limit_of_next_byte: int) -> bytes:
        decompressor = copy()
        rows = decompressor.decompress(data[:fed], limit)
        left = min(limit_of_next_byte, limit - len(rows))
        return rows + (decompressor.decompress(data[fed : fed + 1], left) if left else b"")

    intact = _largest(lambda fed: output(fed, 0), len(data))
    return output(intact, _largest(lambda most: output(intact, most), MAX_PER_BYTE))


def _largest(decompress: Callable[[int], object], end: int) -> int:
    """Return the largest number below `end` that finds no damage, by binary search; 0 finds none."""
    low = 0
    while end - low > 1:
        middle = (low + end) // 2
        try:
            decompress(middle)
        except zlib.error:
            end = middle
        else:
            low = middle
    return low
