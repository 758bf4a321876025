"""Replace a function of a class or module within a block."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def replaced(owner: Any, name: str, replacement: Any) -> Generator[None]:
    """Replace an attribute of a class or module within the block.

    If another tool has replaced it too, and not yet restored it, it is left alone: that tool will restore the
    replacement, which then only calls the original.
    """
    original = owner.__dict__[name]
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        if owner.__dict__.get(name) is replacement:
            setattr(owner, name, original)
