"""oEmbed: the HTML that embeds a post in another page."""

from __future__ import annotations

from .._core.endpoint import M, endpoint
from .._core.request import Request, get
from ._client_bound import ClientBound
from .typed_dicts import OEmbed


class OEmbedCalls(ClientBound[M]):
    """Client call for oEmbed."""

    @endpoint
    def get_oembed(self, url: str) -> Request[OEmbed]:
        """Return the oEmbed document of a URL: the HTML that embeds it in another page."""
        return get("oembed", OEmbed, url=url, format="json").by("nobody").costing(0)
