"""How large the MP4 of a film is, for who makes it and for who only names it; this loads no decoder."""

from __future__ import annotations

LONGEST_SIDE = 4096
"""What hardware decoders take."""


MOST_WORK = 20_000_000_000
"""Pixels of all frames together that are encoded into one MP4: minutes of work. Five minutes of 1080p have as many."""


def mp4_dimensions(size: tuple[int, int]) -> tuple[int, int]:
    """The next smaller size that 4:2:0 allows and every player takes."""
    share = min(1.0, LONGEST_SIDE / max(size))
    width, height = (max(2, int(side * share) // 2 * 2) for side in size)
    return width, height
