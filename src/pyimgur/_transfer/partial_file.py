"""The hidden files that downloads write into, and the partial ones among them that the next download resumes.

A partial file that can be resumed has a known name, and ends with the ETag of its picture.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from .filename_template import truncate_utf8

_MAX_ETAG = 80
"""Bytes of the longest ETag that is stored: a SHA-256 in quotes has 66."""
OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""Flags with which partial files are opened: never through a symbolic link."""


def own_part(target: Path) -> Path:
    """Return a new path beside the target for the partial file of one download."""
    return target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}~.part")


def _resumable_part(target: Path) -> Path:
    """Return the path of a partial file that the next download resumes; it ends with the picture's ETag."""
    return target.with_name(f"{_prefix(target)}part")


def is_strong_etag(etag: str) -> bool:
    """Return whether this ETag identifies the exact bytes of a picture, and can be stored."""
    return etag.startswith('"') and etag.isascii() and etag.isprintable() and len(etag) <= _MAX_ETAG


def _prefix(target: Path) -> str:
    return f".{truncate_utf8(target.name, 100)}."


def take_over_partial(target: Path, part: Path) -> str:
    """Rename the partial file of an earlier download to `part` and return its ETag; empty if there is none."""
    try:
        _resumable_part(target).rename(part)  # by its known name, as a folder may have a million files
    except OSError:
        return ""
    try:
        return _strip_etag(part)
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            part.unlink()
        return ""


def _strip_etag(part: Path) -> str:
    """Remove the ETag from the end of a partial file, and return it.

    Raises:
        OSError, ValueError: it does not end with an ETag.
    """
    descriptor = os.open(part, os.O_RDWR | OPEN_FLAGS)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        size = file.seek(-_MAX_ETAG, os.SEEK_END)
        etag = file.read(_MAX_ETAG).decode("ascii").rstrip()
        file.truncate(size)
    if not is_strong_etag(etag):
        raise ValueError("not a partial file of a download")
    return etag


def keep_partial(part: Path, etag: str, target: Path) -> None:
    """Keep a partial file for the next download of `target`.

    Raises:
        OSError: it cannot be written.
    """
    with part.open("ab", buffering=0) as file:
        file.write(etag.encode().ljust(_MAX_ETAG))
    part.replace(_resumable_part(target))
