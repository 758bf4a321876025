"""Times on the command line: so long ago, or a date."""

from __future__ import annotations

import re
import time
from datetime import datetime

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_since(text: str) -> float:
    """The unix time of `30m`, `1h`, `2d` or `3w` ago, or of a date, or time, of this place: `2026-11-01`."""
    if ago := re.fullmatch(r"\s*(\d{1,9})([smhdw])\s*", text):
        return time.time() - int(ago[1]) * _UNITS[ago[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{text!r} is not a time: write 30m, 1h, 2d, 3w or 2026-11-01") from None


def format_time(when: float) -> str:
    """A unix time as this place writes it."""
    return datetime.fromtimestamp(when).astimezone().isoformat(" ", "seconds")[:19]
