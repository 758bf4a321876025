"""The protocol of the bytes to upload, and the callback for progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol, TypeAlias

Progress: TypeAlias = "Callable[[int, int | None], object]"
"""Called with the bytes sent so far, and with the total, or None if it is unknown."""

IfKnown: TypeAlias = Literal["resume", "reuse", "ignore"]
"""What to do about a file that is in the ledger. 'resume': finish an upload that was left open. 'reuse': the same, and
return the image if the file was uploaded before. 'ignore': upload it in any case."""


class Source(Protocol):
    """Bytes to upload, with a name; `size` is None if it is unknown.

    `chunks` reads from the start on each call; unless `repeatable`, it can be called only once. If it `may_block`, an
    event loop must not wait for it: it is not a file on a disk, nor in memory.
    """

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int | None: ...
    @property
    def repeatable(self) -> bool: ...
    @property
    def may_block(self) -> bool: ...
    def chunks(self) -> Iterator[bytes]: ...


def first_chunk(file: Source) -> bytes:
    """Return the first bytes of a file that can be read twice; b"" for a stream that cannot be rewound."""
    if not file.repeatable:
        return b""
    return next(iter(file.chunks()), b"")
