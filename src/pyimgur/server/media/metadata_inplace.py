"""Overwrite everything in a file except some ranges: for formats whose parts are found by offset.

Nothing moves. The parts of the picture are listed as ranges, and everything else in the file is set to zero: values of
other tags, their directories, gaps, trailing data. A file without metadata comes out byte for byte. If the structure
does not tell which bytes are picture data, the file is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]


def zero_outside(data: bytes, ranges: Iterable[Range]) -> tuple[bytearray, int]:
    """Return the data with zeros outside these ranges, and the end of the last range."""
    wiped, source, last = bytearray(len(data)), memoryview(data), 0
    for start, end in sorted(ranges):
        start, end = max(start, last), min(end, len(data))
        if start < end:
            wiped[start:end] = source[start:end]
            last = end
    return wiped, last


def keep_ranges(data: bytes, ranges: Iterable[Range]) -> bytearray:
    """Return the data with zeros outside these ranges, cut off behind the last one unless only zeros follow it."""
    wiped, last = zero_outside(data, ranges)
    if any(memoryview(data)[last:]):
        del wiped[last:]
    return wiped
