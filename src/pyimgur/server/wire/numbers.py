"""Numbers in addresses, fields and headers, where anything may stand."""

from __future__ import annotations


def whole_number(text: str | None, digits: int) -> int | None:
    """A whole number of at most so many digits; None for anything else, signs and other scripts' digits too."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= digits else None
