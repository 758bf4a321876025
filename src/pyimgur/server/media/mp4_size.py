"""Limits and dimensions of the MP4 that a video or GIF is converted to; this module loads no decoder."""

from __future__ import annotations

LONGEST_SIDE = 4096
"""The most pixels of a side that hardware decoders support."""
MAX_ENCODED_PIXELS = 20_000_000_000
"""Pixels of all frames together that are encoded into one MP4: minutes of work. Five minutes of 1080p have as many."""


def mp4_dimensions(size: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size, not larger than this one, that 4:2:0 allows and every player supports."""
    factor = min(1.0, LONGEST_SIDE / max(size))
    width, height = (max(2, int(side * factor) // 2 * 2) for side in size)
    return width, height
