"""How long a connection may take for each thing it does, and how many there may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The deadlines of one connection; the body of a request has `Limits.body_seconds` besides."""

    head_seconds: float = 30.0
    """Until the head of the first or the next request is complete."""
    unread_body_seconds: float = 600.0
    """For a body that is still arriving after it was answered without being read."""
    head_bytes: int = 1 << 18
    keep_alive_seconds: float = 75.0
    """Between two requests: longer than clients keep theirs, so that they are the ones who close."""
