"""Rate limits: parse the headers of a response into a small value, which never sleeps.

Imgur counts credits: per application and day ("client"), and per user or IP address and hour ("user"); an upload costs
10, any other call 1. Header values are integers, and any may be missing. A reset is a unix time in older responses and
in `GET /3/credits`, and seconds from now in newer headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from ._core.decode import to_int
from ._core.request import check_choice

PolicyName = Literal["raise", "wait", "ignore"]
_MIN_UNIX_TIME = 10**9
"""A smaller reset is in seconds from now."""
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
_RESETS = frozenset(field for field in _HEADERS if field.endswith("_reset"))
_parsed = lru_cache(1024)(to_int)
"""Parses a header; most have the text that they had in the response before."""
_IN_MINUTES = 180
"""Seconds from which on times are shown in minutes."""
_HOUR, _DAY = 3_600, 86_400
"""Seconds after which the credits of the user, and of the application, reset."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do when the credits are used up.

    'raise': raise a `RateLimitError` with `retry_at`, before a call that would fail is even sent (the fifth day over
    the limit in a month blocks an application for the rest of the month). 'wait': wait until the credits reset, if
    that takes at most `longest` seconds; `on_wait(seconds, reason)` is called before. 'ignore': send anyway.

    Raises:
        ArgumentError: `policy` is another word.
    """

    policy: PolicyName = "raise"
    longest: float = 3600.0
    on_wait: Callable[[float, str], object] | None = None

    def __post_init__(self) -> None:
        check_choice("policy", self.policy, PolicyName)


DEFAULT_POLICY = Policy()


class Budget(NamedTuple):
    """The credits left, as Imgur reported them last; None if it did not. Resets are unix times."""

    client_limit: int | None = None
    client_remaining: int | None = None
    client_reset: int | None = None
    user_limit: int | None = None
    user_remaining: int | None = None
    user_reset: int | None = None
    post_limit: int | None = None
    post_remaining: int | None = None
    post_reset: int | None = None
    enforced: bool = True
    """False if the server counts credits, but enforces no limit."""

    def free_at(self, cost: int, now: float) -> float | None:
        """Return the unix time at which a call of this cost has enough credits; None if it has now, or if unknown."""
        client, user = self.client_remaining, self.user_remaining
        enough = (client is None or client >= cost) and (user is None or user >= cost)
        if enough or not self.enforced or not cost:
            return None
        limits = ((client, self.client_reset), (user, self.user_reset))
        short = [reset for left, reset in limits if left is not None and left < cost]
        resets = [reset for reset in short if reset is not None and reset > now]
        return max(resets, default=None)

    def spent(self, cost: int) -> Budget:
        """Return the credits left after a call of this cost, until its response reports them."""
        if not cost:
            return self
        client, user = self.client_remaining, self.user_remaining
        return self._replace(
            client_remaining=_subtract(client, cost),
            user_remaining=_subtract(user, cost),
        )

    def updated(self, headers: Mapping[str, str], now: float) -> Budget:
        """Return the credits after a response with these headers, whose names are lower case."""
        return self._replace(**heard(headers, now))

    def renewed(self, now: float, reserved: int = 0) -> Budget:
        """Return the credits at this time: those that have reset since are full again, minus the reserved ones."""
        client, user = self.client_reset, self.user_reset
        if (client is None or client > now) and (user is None or user > now):
            return self
        full: dict[str, int | None] = {}
        if client is not None and client <= now:
            full |= {"client_remaining": _subtract(self.client_limit, reserved), "client_reset": int(now) + _DAY}
        if user is not None and user <= now:
            full |= {"user_remaining": _subtract(self.user_limit, reserved), "user_reset": int(now) + _HOUR}
        return self._replace(**full)


def _subtract(limit: int | None, taken: int) -> int | None:
    return None if limit is None else max(0, limit - taken)


def heard(headers: Mapping[str, str], now: float) -> dict[str, int]:
    """Return the fields of a `Budget` in these headers, whose names are lower case."""
    fields: dict[str, int] = {}
    for field, name in _HEADERS.items():
        if name in headers and (value := _parsed(headers[name])) is not None:
            fields[field] = moment(value, now) if field in _RESETS else value
    if "x-ratelimit-enforced" in headers:
        fields["enforced"] = headers["x-ratelimit-enforced"] != "0"
    return fields


def moment(value: int, now: float) -> int:
    """Return a reset, which is a unix time or seconds from now, as a unix time."""
    return value if value >= _MIN_UNIX_TIME else int(now) + value


def again_in(seconds: float) -> str:
    """Say when to retry, as in "again in 5 min"."""
    return f"again in {seconds:.0f} s" if seconds < _IN_MINUTES else f"again in {seconds / 60:.0f} min"
