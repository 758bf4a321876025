"""The protocol of what can be uploaded, and the callback that reports progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

Progress: TypeAlias = "Callable[[int, int | None], object]"
"""Called with the bytes sent so far, and the size of the whole where it is known."""


class Source(Protocol):
    """Bytes to upload: named, sized where that is known, read from their start each time."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int | None: ...
    @property
    def repeatable(self) -> bool: ...
    def chunks(self) -> Iterator[bytes]: ...


def first_chunk(file: Source) -> bytes:
    """Return the first bytes of a file that can be read twice; b"" of a stream that cannot go back."""
    if not file.repeatable:
        return b""
    return next(iter(file.chunks()), b"")
