"""Fresh names for pictures and albums: seven letters and digits, and fifteen for a delete hash."""

from __future__ import annotations

import string
from secrets import choice

ALPHABET = string.ascii_letters + string.digits
LENGTH = 7
DELETEHASH_LENGTH = 15
RESERVED = frozenset(
    (
        "account",
        "comment",
        "credits",
        "delete",
        "download",
        "folders",
        "gallery",
        "healthz",
        "memegen",
        "message",
        "oauth2",
        "openapi",
        "removed",
        "replies",
        "static",
        "topics",
    )
)
"""Words of addresses, which are no ids."""


def new_id() -> str:
    """An id that nobody has yet, as far as chance goes: one in three million million."""
    while (made := _random(LENGTH)).lower() in RESERVED:
        pass
    return made


def fresh_deletehash() -> str:
    """A secret that deletes and edits what it belongs to."""
    return _random(DELETEHASH_LENGTH)


def is_deletehash(key: str) -> bool:
    """Whether a key is a delete hash rather than an id: its length tells."""
    return len(key) == DELETEHASH_LENGTH


def _random(length: int) -> str:
    return "".join(choice(ALPHABET) for _ in range(length))
