"""How many calls are left: rate-limit headers read into one small value that never sleeps.

Imgur counts credits: per application and day ("client"), and per user or address and hour
("user"); an upload costs 10, any other call 1. Header values are integers, but any may be missing.
A reset is a unix time in old answers and in `GET /3/credits`, and seconds from now in newer headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ._core.decode import to_int
from ._core.request import check_choice

PolicyName = Literal["raise", "wait", "ignore"]
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
_RESETS = {field for field in _HEADERS if field.endswith("_reset")}
_LONG = 180
"""Seconds from which on minutes are said."""
_HOUR, _DAY = 3_600, 86_400
"""Seconds after which the user's credits, and the application's, are full again."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do when the credits are used up.

    'raise': a `RateLimitError` with `retry_at`, before a call that would be refused is even sent (the
    fifth day over the limit in a month blocks an application for the rest of it). 'wait': wait, if that
    takes no more than `longest` seconds, and tell `on_wait(seconds, why)` before. 'ignore': send anyway.

    Raises:
        ArgumentError: it is another word.
    """

    policy: PolicyName = "raise"
    longest: float = 3600.0
    on_wait: Callable[[float, str], object] | None = None

    def __post_init__(self) -> None:
        check_choice("policy", self.policy, PolicyName)


DEFAULT_POLICY = Policy()


class Budget(NamedTuple):
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
    enforced: bool = True
    """False where the server counts, but refuses nothing for it."""

    def free_at(self, cost: int, now: float) -> float | None:
        """When there will be credits for a call that costs so many; None if there are, or nobody knows."""
        client, user = self.client_remaining, self.user_remaining
        enough = (client is None or client >= cost) and (user is None or user >= cost)
        if enough or not self.enforced or not cost:
            return None
        kinds = ((client, self.client_reset), (user, self.user_reset))
        ends = [end for left, end in kinds if left is not None and left < cost and end is not None and end > now]
        return max(ends, default=None)

    def spent(self, cost: int) -> Budget:
        """What is left after a call, until its answer tells."""
        if not cost:
            return self
        client, user = self.client_remaining, self.user_remaining
        return self._replace(
            client_remaining=_subtract(client, cost),
            user_remaining=_subtract(user, cost),
        )

    def updated(self, headers: Mapping[str, str], now: float) -> Budget:
        """What is known after an answer with these (lower-case) headers."""
        return self._replace(**heard(headers, now))

    def renewed(self, now: float, reserved: int = 0) -> Budget:
        """The same; where the credits have come back meanwhile, all are there but those that are reserved."""
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
    """The fields of a `Budget` that an answer with these (lower-case) headers tells."""
    told: dict[str, int] = {}
    for field, name in _HEADERS.items():
        if name in headers and (value := to_int(headers[name])) is not None:
            told[field] = moment(value, now) if field in _RESETS else value
    if "x-ratelimit-enforced" in headers:
        told["enforced"] = headers["x-ratelimit-enforced"] != "0"
    return told


def moment(value: int, now: float) -> int:
    """A reset, given as a unix time or as seconds from now, as a unix time."""
    return value if value >= _A_UNIX_TIME else int(now) + value


def again_in(seconds: float) -> str:
    """When to come back, in words."""
    return f"again in {seconds:.0f} s" if seconds < _LONG else f"again in {seconds / 60:.0f} min"
