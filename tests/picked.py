"""Compare several values of one object at once, so that a failure says which of them is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def picked(thing: Any, *names: str) -> dict[str, Any]:
    """Return these items of a mapping, or attributes of an object, by their names."""
    if isinstance(thing, Mapping):
        return {name: thing[name] for name in names}
    return {name: getattr(thing, name) for name in names}
