"""The `repr` of an object: kind, key, title and link, without secrets and control characters."""

from __future__ import annotations

from .._core.request import is_deletehash, shown_path

LONGEST_KEY = 80
LONGEST_TITLE = 60
LONGEST_LINK = 120
"""The most characters of key, title and link that a `repr` shows."""


def summary(kind: str, key: object, title: object, link: object) -> str:
    """Return the `repr` of an object of this kind, with title and link if they are known; never a delete hash."""
    words = [kind, "…" if is_deletehash(key) else _shorten(str(key), LONGEST_KEY)]
    if isinstance(title, str) and title:
        words.append(repr(_shorten(title, LONGEST_TITLE)))
    if isinstance(link, str) and link:
        words.append(_shorten(shown_path(link), LONGEST_LINK))
    return f"<{' '.join(words)}>"


def _shorten(text: str, longest: int) -> str:
    """Shorten a text to `longest` characters, without control characters that move a terminal's cursor."""
    text = "".join(char if char.isprintable() else " " for char in text[: longest + 1])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
