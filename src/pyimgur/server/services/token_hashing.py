"""Make random secrets (tokens, pins, codes, client secrets), and hash them for storage as SHA-256 digests.

A plain digest is enough for long random secrets. Passwords are neither long nor random: `accounts` hashes them with
argon2.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from secrets import token_hex

TOKEN_BYTES = 20
"""Gives 40 lower-case hex characters as Imgur's tokens have; programs reject anything but `[0-9a-z]+`."""


def new_secret(size: int = TOKEN_BYTES) -> str:
    """Return a new random secret of `size` bytes, as twice as many hex characters."""
    return token_hex(size)


def digest(secret: str) -> str:
    """Return the digest of a secret, which is stored in its place."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def constant_time_equal(one: str, other: str) -> bool:
    """Return whether two secrets are equal; the time it takes does not reveal where they differ."""
    return compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
