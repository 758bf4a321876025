"""The feed of posts that the user follows."""

from __future__ import annotations

from typing import Any

from .._core.endpoint import M, endpoint
from .._core.request import Request, get
from ._client_bound import ClientBound


class FeedCalls(ClientBound[M]):
    """Client call for the feed."""

    @endpoint
    def get_feed(self) -> Request[dict[str, Any]]:
        """Return the feed of what the user follows, as Imgur sends it."""
        return get("3/feed", dict[str, Any]).by("user").with_evidence("documented")
