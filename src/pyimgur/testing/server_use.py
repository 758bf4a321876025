"""Which test uses a server that several programs can reach: two at once would break each other."""

from __future__ import annotations

import time

from .control_operation import ControlError


class ServerUse:
    """The name of the test that uses a server, if it gave one."""

    def __init__(self) -> None:
        self._test: str | None = None
        self._since = 0.0

    def begin(self, test: str | None) -> None:
        """Let a test use the server; None is a test that gives no name.

        Raises:
            ControlError: another test uses it.
        """
        if self._test is not None and test != self._test:
            seconds = time.monotonic() - self._since
            raise ControlError(
                409,
                f"the test {self._test!r} has used this server for {seconds:.0f} s: run tests that share a server one "
                "after another, or start a server for each; DELETE /_test/use ends the use",
            )
        self._test, self._since = test, time.monotonic()

    def end(self) -> None:
        """Let other tests use the server."""
        self._test = None
