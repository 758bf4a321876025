"""The feed: posts of the tags and users that an account follows."""

from __future__ import annotations

from typing import Any

from .._core.endpoint import M, endpoint
from .._core.request import Request, get
from ._base import ClientBound


class FeedCalls(ClientBound[M]):
    """The call for the feed."""

    @endpoint
    def get_feed(self) -> Request[dict[str, Any]]:
        """What the user follows, as Imgur sends it."""
        return get("3/feed", dict[str, Any]).by("user").with_evidence("documented")
