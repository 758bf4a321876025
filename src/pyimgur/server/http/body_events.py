"""What the body parsers yield: a `Part` where a field or file begins, its bytes, and None at its end."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

FILE_NAMES = frozenset({"image", "video", "file", "media", "upload", "picture", "photo", "source"})
"""Names of parts that hold the file even without a file name."""
MAX_NAME_BYTES = 256


class Part(NamedTuple):
    """The beginning of a part: its name, and the file name if the body declares it as a file."""

    name: str
    filename: str | None = None


Event: TypeAlias = Part | bytes | None


class BodyParseError(ValueError):
    """The body violates the syntax that it began with; the text says how."""


def text_of(raw: bytes | str) -> str:
    """Decode UTF-8, or else Latin-1. A str holds bytes that were decoded as Latin-1."""
    octets = raw.encode("latin-1") if isinstance(raw, str) else raw
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
