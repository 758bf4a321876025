"""Requests in every form that unmodified programs send them are answered as recorded, to the byte (`replay.txt`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay_support import RECORDING, recording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from site_support import Site


def exchanges(lines: Iterable[str]) -> dict[str, list[str]]:
    """Return each exchange under its title."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("== "):
            title = line
        found.setdefault(title, []).append(line)
    return found


def test_each_exchange_is_as_recorded(site: Site) -> None:
    before = exchanges(RECORDING.read_text("utf-8").split("\n")[:-1])
    now = exchanges(recording(site))
    assert list(now) == list(before)
    for title, lines in now.items():
        assert lines == before[title], title
