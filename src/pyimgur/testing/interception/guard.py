"""Keep a test from reaching the real Imgur: requests for its hosts fail in this process, and are recorded."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager

from .hooks import hooks
from .routes import ROUTES


class Guard:
    """The attempts to reach the real Imgur since the last check."""

    def __init__(self) -> None:
        self._attempts: list[str] = []

    def refuse(self, attempt: str) -> socket.gaierror:
        """Record an attempt, and return the error that its program gets: that of an unknown host."""
        self._attempts.append(attempt)
        return socket.gaierror(socket.EAI_NONAME, _message(attempt))

    def report(self) -> str | None:
        """Return a message that names the attempts, and forget them; None if there were none."""
        attempts, self._attempts = self._attempts, []
        return _message(", ".join(dict.fromkeys(attempts))) if attempts else None


@contextmanager
def guarded() -> Generator[Guard]:
    """Make requests for Imgur's hosts, and look-ups of their names, fail within the block; record them."""
    guard = Guard()
    with hooks(), ROUTES.refused(guard.refuse):
        yield guard


@contextmanager
def no_real_imgur() -> Generator[None]:
    """Make requests for Imgur's hosts, and look-ups of their names, fail within the block.

    Requests that `LocalImgur.intercept` sends to a server pass. Child processes are not affected, and neither are
    libraries without hooks that do not use Python's `socket.getaddrinfo`, such as pycurl.

    Raises:
        AssertionError: at the end of the block, if there was such an attempt, even if the program handled its error.
    """
    with guarded() as guard:
        yield
    if report := guard.report():
        raise AssertionError(report)


def _message(attempts: str) -> str:
    return (
        f"the test tried to reach the real Imgur ({attempts}): use imgur.intercept(), pass imgur.url to the program as "
        "its base URL, or imgur.env() to a child process as its environment"
    )
