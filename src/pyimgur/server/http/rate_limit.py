"""Count credits as Imgur does: per application and day, per user and hour, and POST requests per hour.

Counting happens in memory, so that a read costs no write. `save` adds the new counts to the database, where other
processes and the next start read them. An open server sends the headers but does not enforce the limits, unless the
settings say so; `X-RateLimit-Enforced: 0` tells programs that they need not wait.

On an open server a caller may send any client id. Unregistered ones share one count per network, so that nobody can
fill the database with client ids, or use up the credits of others; so do uploads of the server's own page. What counts
as a network, and how wider ones are counted too, says `services.networks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.http.errors import APIError, file_error, too_many
from pyimgur.server.services import applications, credit_usage
from pyimgur.server.services.networks import networks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.http.authentication import Caller
    from pyimgur.server.http.responses import Header
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.networks import Network

UPLOAD_COST = 10
"""Credits of an upload; any other call costs one."""
UNREGISTERED = "*"
"""The name under which all unregistered client ids are counted."""
UPLOAD_PAGE = "upload page"
"""The name under which uploads of the server's own page are counted; they belong to no application."""
COUNTED_PER_NETWORK = frozenset({UNREGISTERED, UPLOAD_PAGE})
"""Names that belong to no application, whose credits one network could use up for all others."""
MAX_CHARGES = 10_000
"""Entries of the cache of what callers are charged."""
HOUR = 3_600
DAY = 24 * HOUR

EXHAUSTED = "Too Many Requests"
DAY_EXHAUSTED = "Daily client requests exceeded"
TOO_FAST = "You are uploading too fast. Please wait {minutes} more minutes."


class Quota(NamedTuple):
    """Credits per window; windows start on the full hour or day."""

    limit: int
    seconds: int
    exhausted: str = EXHAUSTED
    """The error when nothing is left."""

    def times(self, factor: int) -> Quota:
        """Return the quota of so many networks together."""
        return self if factor == 1 else self._replace(limit=self.limit * factor)


NOT_ENFORCED = (b"x-ratelimit-enforced", b"0")


class Remaining(NamedTuple):
    """What is left of a quota."""

    limit: int
    remaining: int
    reset: int
    """Seconds."""


class Window:
    """What a key has used of a quota in one window, and how much of it is not in the database yet."""

    __slots__ = ("ends", "quota", "spent", "unsaved")

    def __init__(self, quota: Quota, ends: int, spent: int) -> None:
        self.quota = quota
        self.ends = ends
        self.spent = spent
        self.unsaved = 0

    def take(self, cost: int, now: int) -> Remaining:
        """Charge the cost, even if it exceeds the quota."""
        self.spent += cost
        self.unsaved += cost
        limit = self.quota.limit
        return Remaining(limit, limit - self.spent if self.spent < limit else 0, self.ends - now)

    @property
    def starts(self) -> int:
        """The start of the window, which is its key in the database."""
        return self.ends - self.quota.seconds


class Usage(NamedTuple):
    """What is left after a request."""

    application: Remaining
    user: Remaining
    posts: Remaining | None
    enforced: bool

    def headers(self) -> Sequence[Header]:
        """Return the headers with Imgur's names. All values are integers, resets are in seconds."""
        (limit, remaining, reset), (user_limit, user_remaining, user_reset), posts, enforced = self
        headers: list[Header] = [
            (b"x-ratelimit-clientlimit", b"%d" % limit),
            (b"x-ratelimit-clientremaining", b"%d" % remaining),
            (b"x-ratelimit-clientreset", b"%d" % reset),
            (b"x-ratelimit-userlimit", b"%d" % user_limit),
            (b"x-ratelimit-userremaining", b"%d" % user_remaining),
            (b"x-ratelimit-userreset", b"%d" % user_reset),
        ]
        if not enforced:
            headers.append(NOT_ENFORCED)
        if posts:
            headers += [
                (b"x-post-rate-limit-limit", b"%d" % posts.limit),
                (b"x-post-rate-limit-remaining", b"%d" % posts.remaining),
                (b"x-post-rate-limit-reset", b"%d" % posts.reset),
            ]
        return headers


class Charge(NamedTuple):
    """The windows in which one kind of request of a caller is counted, per quota: several if wider networks count."""

    application: Sequence[Window]
    user: Sequence[Window]
    posts: Sequence[Window]
    uploads: Sequence[Window]
    ends: int
    """When the first of the windows ends."""

    def check(self, cost: int, now: int) -> None:
        """Raise the error for a used-up quota if one of the windows has not so much left."""
        for windows, price in ((self.application, cost), (self.user, cost), (self.posts, 1), (self.uploads, 1)):
            for window in windows:
                if window.spent + price > window.quota.limit:
                    raise _exhausted(window, now, upload=cost > 1)

    def take(self, cost: int, now: int, *, enforced: bool) -> Usage:
        """Charge all windows."""
        application, user, posts, uploads, _ = self
        if uploads:
            _take(uploads, 1, now)
        left_of_posts = _take(posts, 1, now) if posts else None
        return Usage(_take(application, cost, now), _take(user, cost, now), left_of_posts, enforced)


class RateLimiter:
    """Counts the credits that are used through this process.

    Several servers on one database would see each other's counts with each `save`, so that together they might exceed a
    limit by what is used between two; the limits that keep guessers out are in the database (`services.throttle`).
    """

    def __init__(self, context: ServerContext) -> None:
        self.context = context
        self.enforced = context.settings.enforces_credits
        credits = context.settings.credits
        self.application = Quota(credits.application, DAY, DAY_EXHAUSTED)
        self.anonymous, self.person = Quota(credits.anonymous, HOUR), Quota(credits.person, HOUR)
        self.posts, self.uploads = Quota(credits.posts, HOUR), Quota(credits.uploads, HOUR, TOO_FAST)
        self.forget()

    def forget(self) -> None:
        """Forget the counts that are not in the database yet."""
        self._windows: dict[str, Window] = {}
        self._charges: dict[object, Charge] = {}

    async def spend(self, caller: Caller, cost: int, *, post: bool = False) -> Usage:
        """Charge the caller.

        Raises:
            APIError: limits are enforced and the caller has not enough credits; then nothing was charged.
        """
        now, post, upload = self.context.now, post and cost > 0, cost > 1
        kind = caller, post, upload, self.enforced
        charges = self._charges
        charge = charges.get(kind)
        if charge is None or charge.ends <= now:
            charge = await self._find_charge(caller, now, post=post, upload=upload)
            if len(charges) >= MAX_CHARGES:
                charges.clear()
            charges[kind] = charge  # if `save` has begun anew meanwhile, this is forgotten too
        if cost and self.enforced:
            charge.check(cost, now)
        return charge.take(cost, now, enforced=self.enforced)

    async def set_left(self, caller: Caller, left: int) -> None:
        """Set the credits that a user has left in this hour, for tests."""
        now, name = self.context.now, await self._name(caller.client_id)
        for window in await self._user_windows(caller, name, networks_of(caller.address)[:1], now):
            window.take(window.quota.limit - left - window.spent, now)

    async def save(self) -> None:
        """Add the new counts to the database, and forget them here, so that they are read again."""
        unsaved = [(key, window, window.unsaved) for key, window in self._windows.items() if window.unsaved]
        if unsaved:
            await credit_usage.add(self.context, [(key, window.starts, spent) for key, window, spent in unsaved])
        for _, window, saved in unsaved:
            window.unsaved -= saved  # requests during the write have added to it
        self._windows = {key: window for key, window in self._windows.items() if window.unsaved}
        self._charges = {}

    async def _find_charge(self, caller: Caller, now: int, *, post: bool, upload: bool) -> Charge:
        """Return the windows of a request."""
        networks = networks_of(caller.address)[: None if self.enforced else 1]  # wider ones matter only for refusals
        name = await self._name(caller.client_id)
        shared = name in COUNTED_PER_NETWORK
        quotas = (
            await self._windows_of(f"client:{name}", self.application, networks if shared else (), now),
            await self._user_windows(caller, name, networks, now),
            await self._windows_of("post", self.posts, networks, now) if post else [],
            await self._windows_of("upload", self.uploads, networks, now) if upload else [],
        )
        return Charge(*quotas, ends=min(window.ends for windows in quotas for window in windows))

    async def _name(self, client_id: str) -> str:
        """Return the name under which a client id is counted."""
        registered = client_id == UPLOAD_PAGE or await applications.is_registered(self.context, client_id)
        return client_id if registered else UNREGISTERED

    async def _user_windows(self, caller: Caller, name: str, networks: Sequence[Network], now: int) -> Sequence[Window]:
        """Return the windows of an account, or of an anonymous caller in each of the networks."""
        if caller.account_id is None:
            return await self._windows_of(f"user:{name}", self.anonymous, networks, now)
        return [await self._window(f"user:{name}:{caller.account_id}", self.person, now)]

    async def _windows_of(self, key: str, quota: Quota, networks: Sequence[Network], now: int) -> list[Window]:
        """Return the windows of a key in each of the networks, the narrowest first; one for all, if none is given."""
        if not networks:
            return [await self._window(key, quota, now)]
        return [await self._window(f"{key}:{name}", quota.times(factor), now) for name, factor in networks]

    async def _window(self, key: str, quota: Quota, now: int) -> Window:
        if window := self._current(key, now):
            return window
        start = now - now % quota.seconds
        window = Window(quota, start + quota.seconds, await credit_usage.usage_in_window(self.context, key, start))
        if read_meanwhile := self._current(key, now):
            return read_meanwhile  # requests are counted in it
        self._windows[key] = window
        return window

    def _current(self, key: str, now: int) -> Window | None:
        window = self._windows.get(key)
        return window if window and window.ends > now else None


def _take(windows: Sequence[Window], cost: int, now: int) -> Remaining:
    """Charge every window, and return what is left where least is; nearly always there is one."""
    if len(windows) == 1:
        return windows[0].take(cost, now)
    return min((window.take(cost, now) for window in windows), key=lambda left: left.remaining)


def _exhausted(window: Window, now: int, *, upload: bool) -> APIError:
    """Return the error for a used-up quota, in one of Imgur's three forms, with the seconds to wait."""
    wait, text = window.ends - now, window.quota.exhausted
    if not upload or text == DAY_EXHAUSTED:
        return too_many(text, wait)
    error = file_error(TOO_FAST.format(minutes=-(-wait // 60)), code=429, status=429)
    return APIError(429, error.error, headers=[(b"retry-after", b"%d" % wait)])
