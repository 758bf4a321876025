"""How many calls are left: rate-limit headers read into one small value that never sleeps.

Imgur counts credits: per application and day ("client"), and per user or address and hour
("user"); an upload costs 10, any other call 1. Header values are integers, but any may be missing.
A reset is a unix time in old answers and in `GET /3/credits`, and seconds from now in newer headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

_A_UNIX_TIME = 10**9
_HEADERS = {
    "client_limit": "x-ratelimit-clientlimit",
    "client_remaining": "x-ratelimit-clientremaining",
    "client_reset": "x-ratelimit-clientreset",
    "user_limit": "x-ratelimit-userlimit",
    "user_remaining": "x-ratelimit-userremaining",
    "user_reset": "x-ratelimit-userreset",
    "post_limit": "x-post-rate-limit-limit",
    "post_remaining": "x-post-rate-limit-remaining",
    "post_reset": "x-post-rate-limit-reset",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """Credits as last told by Imgur; None where it did not tell. Resets are unix times."""

    client_limit: int | None = None
    client_remaining: int | None = None
    client_reset: int | None = None
    user_limit: int | None = None
    user_remaining: int | None = None
    user_reset: int | None = None
    post_limit: int | None = None
    post_remaining: int | None = None
    post_reset: int | None = None

    def updated(self, headers: Mapping[str, str], now: float) -> Budget:
        """What is known after an answer with these (lower-case) headers."""
        told = {field: value for field, name in _HEADERS.items() if (value := _number(headers.get(name))) is not None}
        if not told:
            return self
        resets = {field: moment(value, now) for field, value in told.items() if field.endswith("_reset")}
        return replace(self, **(told | resets))


def moment(value: int, now: float) -> int:
    """A reset, given as a unix time or as seconds from now, as a unix time."""
    return value if value >= _A_UNIX_TIME else int(now) + value


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
