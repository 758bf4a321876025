"""oEmbed: how another page shows a post."""

from __future__ import annotations

from .._core.endpoint import M, endpoint
from .._core.request import Request, get
from ._base import ClientBound
from .typed_dicts import OEmbed


class OEmbedCalls(ClientBound[M]):
    """The oEmbed call."""

    @endpoint
    def get_oembed(self, url: str) -> Request[OEmbed]:
        """How to show what stands at an address in a page of one's own."""
        return get("oembed", OEmbed, url=url, format="json").by("nobody").costing(0)
