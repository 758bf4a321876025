"""Make file names, titles and messages of servers safe to print on a terminal."""

from __future__ import annotations

from unicodedata import category

from .._transfer.filename_template import JOINERS


def sanitize(text: str) -> str:
    """Return the text with control characters replaced by U+FFFD, so that it stays on one line."""
    return "".join(char if is_safe_char(char) else "\ufffd" for char in text)


def is_safe_char(char: str) -> bool:
    """Return whether a character is printable, a joiner, or a space (macOS puts narrow ones into screenshot names)."""
    return char.isprintable() or char in JOINERS or category(char) == "Zs"
