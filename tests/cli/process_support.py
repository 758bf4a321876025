"""The end of a server that a command has started."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 60.0


def wait_for_end_of_server(data: Path) -> None:
    """A server takes its record away when it stops; one that does not stop fails the test."""
    ending = time.monotonic() + PATIENCE
    while (data / "server.json").exists():
        assert time.monotonic() < ending, "the server still runs"
        time.sleep(0.02)


def wait_for_end_of_process(pid: int) -> None:
    """One that is no child of the test's; it fails if it does not end."""
    ending = time.monotonic() + PATIENCE
    with suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            assert time.monotonic() < ending, "the process still runs"
            time.sleep(0.02)
