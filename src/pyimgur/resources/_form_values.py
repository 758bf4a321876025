"""Convert arguments to the words that Imgur expects in a form or query."""

from __future__ import annotations

from collections.abc import Sequence


def comma_separated(words: Sequence[str]) -> str:
    """Join words for one form field; a plain string is one word."""
    return words if isinstance(words, str) else ",".join(words)


def bool_word(flag: bool | None) -> str | None:
    """Return a flag as the word in Imgur's documentation; forms accept 1 and 0 too, but not all queries do."""
    return None if flag is None else str(flag).lower()
