"""Parse and format times on the command line."""

from __future__ import annotations

import re
import time
from datetime import datetime

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_since(text: str) -> float:
    """Return the Unix time of `30m`, `1h`, `2d` or `3w` ago, or of a local date or time such as `2026-11-01`."""
    if age := re.fullmatch(r"\s*(\d{1,9})([smhdw])\s*", text):
        return time.time() - int(age[1]) * _UNITS[age[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{text!r} is not a time: write 30m, 1h, 2d, 3w or 2026-11-01") from None


def format_time(timestamp: float) -> str:
    """Return a Unix time as local date and time."""
    return datetime.fromtimestamp(timestamp).astimezone().isoformat(" ", "seconds")[:19]
