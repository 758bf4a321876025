"""Check names that a test gives, and say which name was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from http import HTTPMethod

METHODS = ("*", *(method.value for method in HTTPMethod))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like this one, as ` (did you mean 'down'?)`; empty if none is like it."""
    nearest = get_close_matches(name, known, n=1, cutoff=0.7)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


def method_problem(method: str) -> str:
    """Return why no request has this method; empty if some may."""
    if method.upper() in METHODS:
        return ""
    return f"method={method!r} is no method{suggestion(method.upper(), METHODS)}; there are {', '.join(METHODS)}"
