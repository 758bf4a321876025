"""Which requests the fast exchanges send themselves, and which they leave to httpx2."""

from __future__ import annotations

from functools import cache

from .._core.effects import HTTPRequest
from .http1 import Origin, plain_request
from .proxies import proxy_for


class Routes:
    """Remembers which servers are reached without a proxy; `clear` makes it look at the environment again."""

    def __init__(self) -> None:
        self._proxy_for = cache(proxy_for)
        self.clear = self._proxy_for.cache_clear

    def direct(self, request: HTTPRequest) -> tuple[Origin, bytes] | None:
        """Return where to send a request and its head, or None if httpx2 has to send it: through a proxy, for one."""
        plain = plain_request(request)
        return plain if plain is not None and self._proxy_for(plain[0].scheme, plain[0].host) is None else None
