"""Patterns for the paths of requests, with `*` for anything: `/3/image*`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from urllib.parse import urlsplit


def fits(path: str, pattern: str) -> bool:
    """Return whether a path fits a pattern."""
    return fnmatchcase(path, pattern)


def problem(pattern: str) -> str:
    """Return why no path fits a pattern; empty if some may."""
    if pattern[:1] in tuple("/*?["):
        return ""
    path = urlsplit(pattern).path if "://" in pattern else f"/{pattern}"
    return f"path={pattern!r} matches no request: paths begin with /, such as {path or '/'!r}"
