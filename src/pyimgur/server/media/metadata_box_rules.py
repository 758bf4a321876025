"""Rules for what to keep of an ISO box file whose picture data is found by offset: nothing may move.

A `Plan` collects the ranges to keep and the patches to write over them. A `Rule` decides about the content of one box;
a box without a rule becomes free space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pyimgur.server.media.iso_boxes import Box, boxes
from pyimgur.server.media.metadata_inplace import Range
from pyimgur.server.media.part_limit import part_limit


@dataclass(slots=True)
class Plan:
    """Which ranges of the file are kept, and what is then written over them."""

    data: bytes
    ranges: list[Range] = field(default_factory=list[Range])
    patches: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])

    pictures: list[Range] = field(default_factory=list[Range])
    """Where picture data is."""
    exif: Range | None = None
    """Where the EXIF block is."""
    reach: int = 0
    """The end of the last item: readers refuse a file in which an item ends beyond its end."""

    _parts: Iterator[int] = field(default_factory=part_limit)

    def keep(self, start: int, end: int) -> None:
        """Keep the bytes from `start` to `end`.

        Raises:
            MediaTooLargeError: the file has too many boxes, items or samples.
        """
        next(self._parts)
        self.ranges.append((start, end))

    def keep_picture(self, start: int, end: int) -> None:
        """Keep the bytes from `start` to `end` as picture data."""
        self.keep(start, end)
        self.pictures.append((start, min(end, len(self.data))))

    def free(self, box: Box) -> None:
        """Rename the box to `free`, so that readers skip it."""
        self.patches.append((box.at + 4, b"free"))


Rule = Callable[[Plan, Box], None]
Rules = Mapping[bytes, Rule]


def apply(plan: Plan, box: Box, rules: Rules) -> None:
    """Keep the box as its rule says; without a rule it becomes free space."""
    plan.keep(box.at, box.start)
    if box.name in rules:
        rules[box.name](plan, box)
    elif box.name != b"free":
        plan.free(box)


def keep_all(plan: Plan, box: Box) -> None:
    """Keep all of the content."""
    plan.keep(box.start, box.end)


def keep_first(size: int) -> Rule:
    """Return a rule that keeps the first bytes of the content."""
    return lambda plan, box: plan.keep(box.start, min(box.start + size, box.end))


def keep_header(plan: Plan, box: Box) -> None:
    """Keep the header of the box only; items and samples keep their parts of its content."""


def keep_inner(skip: int, rules: Rules) -> Rule:
    """Return a rule that keeps a header of `skip` bytes, and applies these rules to the boxes behind it."""

    def rule(plan: Plan, box: Box) -> None:
        plan.keep(box.start, box.start + skip)
        for inner in boxes(plan.data, box.start + skip, box.end):
            apply(plan, inner, rules)

    return rule


def without_times(sizes: tuple[int, int]) -> Rule:
    """Return a rule that keeps the fields of a header without the times of creation and modification.

    Args:
        sizes: how long the fields of version 0 and of version 1 are; what follows is not read.
    """

    def rule(plan: Plan, box: Box) -> None:
        is_long = plan.data[box.start] == 1
        plan.keep(box.start, box.start + 4)
        plan.keep(box.start + 4 + (16 if is_long else 8), min(box.start + sizes[is_long], box.end))

    return rule


def keep_entries(count_at: int, first: int, size: int, long_size: int = 0) -> Rule:
    """Return a rule that keeps a table up to its last entry.

    Args:
        count_at: the offset of the number of entries.
        first: the offset of the first entry.
        size: the bytes of an entry.
        long_size: the bytes of an entry in version 1, if others.
    """

    def rule(plan: Plan, box: Box) -> None:
        count = int.from_bytes(plan.data[box.start + count_at : min(box.start + count_at + 4, box.end)], "big")
        entry = long_size if long_size and plan.data[box.start] == 1 else size
        plan.keep(box.start, min(box.start + first + count * entry, box.end))

    return rule
