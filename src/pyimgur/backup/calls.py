"""The API calls of a backup: they cost credits, wait where Imgur limits them, and are repeated after failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..client import Imgur
from ..exceptions import AnswerError, ImgurIsDownException, NoAnswerError, RateLimitError, UnreadableAnswerError
from .errors import CreditLimitReached
from .report import OnEvent, Paused

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds before a failed call is repeated: each pause is twice as long as the one before."""
MAX_FAILURES = 8
"""Calls in a row that may fail before the run ends."""
UNKNOWN_RESET = 60.0
"""Seconds of the first pause at a rate limit that does not say when it resets."""
LONGEST_WAIT = 26 * 3600.0
"""Seconds that a run waits in a row at a rate limit: longer than the day after which all credits reset."""


@dataclass
class Pauses:
    """Waits for rate limits and after failures.

    Attributes:
        clock: returns the Unix time.
        sleep: waits so many seconds.
        on_event: is called before each pause.
        meanwhile: is called with the Unix time at which a pause ends: downloads need no credits.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    on_event: OnEvent
    meanwhile: Callable[[float], object] = field(default=lambda until: None)
    waited: float = 0.0
    """Seconds waited in a row at a rate limit."""

    def rate_limit(self, error: RateLimitError) -> None:
        """Wait until a rate limit resets.

        Raises:
            RateLimitError: the limit has lasted longer than a day.
        """
        if self.waited >= LONGEST_WAIT:
            raise error
        unknown = min(UNKNOWN_RESET + self.waited, 900.0)
        seconds = unknown if error.retry_at is None else max(1.0, error.retry_at - self.clock() + 1)
        self.waited += seconds
        self.wait(seconds, error.text)

    def wait(self, seconds: float, reason: str) -> None:
        """Wait so many seconds, in which files are saved if there are any to save."""
        until = self.clock() + seconds
        self.on_event(Paused(seconds, reason))
        self.meanwhile(until)
        if (left := until - self.clock()) > 0:
            self.sleep(left)


class Calls:
    """API calls for one run.

    Args:
        im: the client.
        pauses: how it waits.
        as_user: whether the calls require a user's token; not if cookies sign in.
        max_credits: the most credits to spend.
    """

    def __init__(self, im: Imgur, pauses: Pauses, *, as_user: bool, max_credits: int | None = None) -> None:
        self.im = im
        self._pauses = pauses
        self.as_user = as_user
        self._max_credits = max_credits
        self.spent: int = 0
        self.before_first: Callable[[], object] | None = None
        """Called once, before the first call: a resumed run checks there whose login it has."""

    def now(self) -> float:
        """Return the Unix time."""
        return self._pauses.clock()

    def get(self, path: str, **query: object) -> object:
        """Return the payload of a call, as Imgur sent it.

        Raises:
            CreditLimitReached: the run has spent its credits.
            ImgurError: the call failed, again and again if that may pass.
        """
        if (check := self.before_first) is not None:
            self.before_first = None
            check()
        failures = 0
        while True:
            if self._max_credits is not None and self.spent >= self._max_credits:
                raise CreditLimitReached(f"the run has spent {self.spent:,} credits, the most that it may")
            try:
                payload = self.im.send_request(path, needs_auth=self.as_user, params=query)
            except RateLimitError as error:
                self._pauses.rate_limit(error)
            except (ImgurIsDownException, NoAnswerError, UnreadableAnswerError) as error:
                failures += 1
                if failures > MAX_FAILURES:
                    raise
                pause = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
                self._pauses.wait(pause, error.message)
            except AnswerError:
                self.spent += 1
                self._pauses.waited = 0
                raise
            else:
                self.spent += 1
                self._pauses.waited = 0
                return payload
