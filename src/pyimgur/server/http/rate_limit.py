"""Credits, as Imgur counts them: so many a day for an application, so many an hour for whoever uses it, so many POSTs.

Counted in memory, so that a read costs no write. `save` adds what was counted since the last time to the database,
where another process or the next start finds it. An open server shows the figures and refuses nobody, unless the
settings say so; `X-RateLimit-Enforced: 0` tells programs that there is nothing to wait for.

Whoever calls an open server may name any client id. Those that nobody registered are counted under one name for each
network, so that nobody fills the database with names, or uses up what others have.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.http.errors import APIError, file_error, too_many
from pyimgur.server.services import applications, credit_usage, throttle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.http.authentication import Caller
    from pyimgur.server.http.responses import Header
    from pyimgur.server.services.context import ServerContext

_network = lru_cache(4096)(throttle.network)

UPLOAD_COST = 10
"""Credits; any other call costs one."""
UNREGISTERED = "*"
"""What client ids that nobody registered are counted under."""
UPLOAD_PAGE = "upload page"
"""Under which name the uploads of the server's own page are counted; they belong to no application."""
MOST_NAMES = 10_000
HOUR = 3_600
DAY = 24 * HOUR

EXHAUSTED = "Too Many Requests"
DAY_EXHAUSTED = "Daily client requests exceeded"
TOO_FAST = "You are uploading too fast. Please wait {minutes} more minutes."


class Quota(NamedTuple):
    """So many credits in so many seconds; windows begin on the full hour or day."""

    limit: int
    seconds: int
    exhausted: str = EXHAUSTED
    """What is said when there is nothing left."""


NOT_ENFORCED = (b"x-ratelimit-enforced", b"0")


class Remaining(NamedTuple):
    """What is left of one budget."""

    limit: int
    remaining: int
    reset: int
    """Seconds."""


class Window:
    """What one key has spent of a budget in one window, and how much of it the database does not know yet."""

    __slots__ = ("budget", "ends", "spent", "unsaved")

    def __init__(self, budget: Quota, ends: int, spent: int) -> None:
        self.budget = budget
        self.ends = ends
        self.spent = spent
        self.unsaved = 0

    def take(self, price: int, now: int) -> Remaining:
        """Charge the price, whether or not it is there."""
        self.spent += price
        self.unsaved += price
        limit = self.budget.limit
        return Remaining(limit, limit - self.spent if self.spent < limit else 0, self.ends - now)

    @property
    def begins(self) -> int:
        """The window's name in the database."""
        return self.ends - self.budget.seconds


class Usage(NamedTuple):
    """What is left after a request."""

    application: Remaining
    user: Remaining
    posts: Remaining | None
    enforced: bool

    def headers(self) -> Sequence[Header]:
        """In Imgur's spelling; every value is an integer, and every reset is in seconds."""
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


class RateLimiter:
    """Counts for one process."""

    def __init__(self, library: ServerContext) -> None:
        self.library = library
        self.counts: dict[str, Window] = {}
        self.names: dict[str, str] = {}
        self.enforced = library.settings.enforces_credits
        most = library.settings.credits
        self.application = Quota(most.application, DAY, DAY_EXHAUSTED)
        self.anonymous, self.person = Quota(most.anonymous, HOUR), Quota(most.person, HOUR)
        self.posts, self.uploads = Quota(most.posts, HOUR), Quota(most.uploads, HOUR, TOO_FAST)

    async def spend(self, caller: Caller, cost: int, *, post: bool = False) -> Usage:
        """Charge the caller; a closed server refuses who has not enough left, and then charges nothing."""
        now = self.library.now
        network = _network(caller.address)
        name = self.names.get(caller.client_id) or await self._name(caller.client_id)
        whose = f"{name}:{network}" if name == UNREGISTERED else name
        application = await self._count(f"client:{whose}", self.application, now)
        if caller.account_id is None:
            user = await self._count(f"user:{name}:{network}", self.anonymous, now)
        else:
            user = await self._count(f"user:{name}:{caller.account_id}", self.person, now)
        posts = await self._count(f"post:{network}", self.posts, now) if post and cost else None
        uploads = await self._count(f"upload:{network}", self.uploads, now) if cost > 1 else None
        if cost and self.enforced:
            for count, price in ((application, cost), (user, cost), (posts, 1), (uploads, 1)):
                if count and count.spent + price > count.budget.limit:
                    raise _exhausted(count, now, upload=cost > 1)
        if uploads:
            uploads.take(1, now)
        return Usage(application.take(cost, now), user.take(cost, now), posts and posts.take(1, now), self.enforced)

    async def save(self) -> None:
        """Tell the database what was counted since the last time; what it knows is forgotten here and read again."""
        unsaved = [(key, count, count.unsaved) for key, count in self.counts.items() if count.unsaved]
        if unsaved:
            await credit_usage.add(self.library, [(key, count.begins, more) for key, count, more in unsaved])
        for _, count, saved in unsaved:
            count.unsaved -= saved  # requests that came meanwhile have added to it
        self.counts = {key: count for key, count in self.counts.items() if count.unsaved}
        self.names.clear()

    async def _name(self, client_id: str) -> str:
        """Return the name that a client id is counted under, and remember it until what was counted is saved."""
        registered = client_id == UPLOAD_PAGE or await applications.is_registered(self.library, client_id)
        if len(self.names) >= MOST_NAMES:
            self.names.clear()
        name = self.names[client_id] = client_id if registered else UNREGISTERED
        return name

    async def _count(self, key: str, budget: Quota, now: int) -> Window:
        count = self.counts.get(key)
        if count is None or count.ends <= now:
            begins = now - now % budget.seconds
            spent = await credit_usage.usage_in_window(self.library, key, begins)
            count = self.counts[key] = Window(budget, begins + budget.seconds, spent)
        return count


def _exhausted(count: Window, now: int, *, upload: bool) -> APIError:
    """Imgur's three ways to say it, with the time to come back."""
    wait, text = count.ends - now, count.budget.exhausted
    if not upload or text == DAY_EXHAUSTED:
        return too_many(text, wait)
    refusal = file_error(TOO_FAST.format(minutes=-(-wait // 60)), code=429, status=429)
    return APIError(429, refusal.error, headers=[(b"retry-after", b"%d" % wait)])
