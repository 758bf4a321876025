"""Read boxes of the ISO base media file format: MP4, AVIF and HEIC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyimgur.server.media.part_limit import part_limit


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name, the offset of its header, and the start and end of its content."""

    name: bytes
    at: int
    start: int
    end: int


def boxes(data: bytes, at: int, end: int, parts: Iterator[int] | None = None) -> Iterator[Box]:
    """Yield the boxes in a range of the file, counted by `parts` or else by themselves; the last may be cut off."""
    parts = parts or part_limit()
    while at + 8 <= end:
        next(parts)
        size, name, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        stop = min(at + size, end) if size else end
        if stop < at + header:
            return
        yield Box(name, at, at + header, stop)
        at = stop
