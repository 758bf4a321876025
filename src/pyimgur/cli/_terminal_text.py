"""Text from elsewhere, as a terminal may have it: names of files, titles, what a server says."""

from __future__ import annotations

from unicodedata import category

from .._transfer.filename_template import JOINERS


def sanitize(text: str) -> str:
    """A name from elsewhere as it may stand on a terminal: on one line, and without orders to it."""
    return "".join(char if is_safe_char(char) else "\ufffd" for char in text)


def is_safe_char(char: str) -> bool:
    """Letters, what joins them, and blanks of any width: macOS puts narrow ones into the names of its screenshots."""
    return char.isprintable() or char in JOINERS or category(char) == "Zs"
