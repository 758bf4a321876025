"""A unified diff of two texts that differ within lines only, in time that grows with their size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

_CONTEXT = 3


def unified_diff(name: str, old: bytes, new: bytes) -> str:
    """Return the diff as `patch` reads it; both texts have the same number of lines."""
    before, after = old.split(b"\n"), new.split(b"\n")
    assert len(before) == len(after)
    changed = [number for number, (line, other) in enumerate(zip_longest(before, after)) if line != other]
    lines = [f"--- {name}", f"+++ {name}"] if changed else []
    for first, last in _hunks(changed, len(before) - (not before[-1])):
        size = last - first
        lines.append(f"@@ -{first + 1},{size} +{first + 1},{size} @@")
        lines += _hunk(before, after, first, last)
    return "".join(f"{line}\n" for line in lines)


def _hunks(changed: Sequence[int], count: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of lines around changes; near ones share a range."""
    start = end = -1
    for number in changed:
        if start >= 0 and number - _CONTEXT <= end:
            end = min(count, number + _CONTEXT + 1)
            continue
        if start >= 0:
            yield start, end
        start, end = max(0, number - _CONTEXT), min(count, number + _CONTEXT + 1)
    if start >= 0:
        yield start, end


def _hunk(before: Sequence[bytes], after: Sequence[bytes], first: int, last: int) -> Iterator[str]:
    number = first
    while number < last:
        if before[number] == after[number]:
            yield from _line(" ", before, number)
            number += 1
            continue
        end = next((other for other in range(number, last) if before[other] == after[other]), last)
        for mark, lines in (("-", before), ("+", after)):
            for other in range(number, end):
                yield from _line(mark, lines, other)
        number = end


def _line(mark: str, lines: Sequence[bytes], number: int) -> Iterator[str]:
    yield mark + lines[number].decode("utf-8", "surrogateescape")
    if number == len(lines) - 1:
        yield "\\ No newline at end of file"
