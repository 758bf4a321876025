"""Random ids of images and albums (seven letters and digits), and delete hashes (fifteen)."""

from __future__ import annotations

import string
from secrets import token_bytes

ALPHABET = string.ascii_letters + string.digits
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_UNEVEN = bytes(range(256 - 256 % len(ALPHABET), 256))
"""Bytes that are skipped, because they would make some characters more likely than others."""
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
"""Path segments of the server's own URLs, which cannot be ids."""


def new_id() -> str:
    """Return a random id; it may be taken already, with a chance of one to 3.5 million million for each id in use."""
    while (id := _random(LENGTH)).lower() in RESERVED:
        pass
    return id


def new_deletehash() -> str:
    """Return a new delete hash, a secret that allows editing and deleting one image or album."""
    return _random(DELETEHASH_LENGTH)


def is_id(text: str) -> bool:
    """Return whether the text could be an id of this server."""
    return len(text) == LENGTH and text.isascii() and text.isalnum()


def is_deletehash(key: str) -> bool:
    """Return whether a key is a delete hash and not an id, judging by its length."""
    return len(key) == DELETEHASH_LENGTH


def _random(length: int) -> str:
    """Return random characters of the alphabet, all equally likely, from one read of the system's random numbers."""
    text = b""
    while len(text) < length:
        text += token_bytes(2 * length).translate(_LETTERS, _UNEVEN)
    return text[:length].decode()
