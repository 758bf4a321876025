"""What the library refuses: what happened, in words an API answer can carry. No HTTP here."""

from __future__ import annotations

from pyimgur.server.errors import Busy, Full, LibraryError, NoSandbox, Unfetchable, Unusable

__all__ = [
    "Busy",
    "Denied",
    "Full",
    "Held",
    "Invalid",
    "LibraryError",
    "Missing",
    "NoSandbox",
    "Unfetchable",
    "Unusable",
]


class Missing(LibraryError):
    """There is no such thing, or it is not for the one who asks."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"Unable to find {'an' if kind[:1] in 'aeiou' else 'a'} {kind} with the id, {key}")
        self.kind = kind
        self.key = key


class Denied(LibraryError):
    """It is there, but not this one's to do."""


class Invalid(LibraryError):
    """What was asked makes no sense."""


class Held(LibraryError):
    """Another server uses this data folder."""
