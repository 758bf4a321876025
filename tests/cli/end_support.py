"""The end of a server that a command has started for itself."""

from __future__ import annotations

import time
from pathlib import Path

PATIENCE = 60.0


def wait_for_end_of_server(data: Path) -> None:
    """A server takes its record away when it stops; one that does not stop fails the test."""
    ending = time.monotonic() + PATIENCE
    while (data / "server.json").exists():
        assert time.monotonic() < ending, "the server still runs"
        time.sleep(0.02)
