"""What must be known by its holder alone: made at random, kept as a SHA-256 digest.

A plain digest is enough for what is long and random; passwords, which are neither, go through argon2 in `accounts`.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from secrets import token_hex

TOKEN_BYTES = 20
"""Gives Imgur's 40 lower-case hex characters; programs refuse anything but `[0-9a-z]+`."""


def new_secret(size: int = TOKEN_BYTES) -> str:
    """A new secret of twice as many characters."""
    return token_hex(size)


def digest(secret: str) -> str:
    """What is stored instead of the secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def constant_time_equal(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
