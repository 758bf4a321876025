"""Which requests the fast exchanges send themselves, and which they leave to httpx2."""

from __future__ import annotations

from .._core.effects import HTTPRequest
from .http1 import Origin, plain_request
from .proxies import proxy_for


class Routes:
    """Remembers which servers are reached without a proxy."""

    def __init__(self) -> None:
        self._is_direct: dict[Origin, bool] = {}

    def direct(self, request: HTTPRequest) -> tuple[Origin, bytes] | None:
        """Return where to send a request and its head, or None if httpx2 has to send it: through a proxy, for one."""
        if (plain := plain_request(request)) is None:
            return None
        origin = plain[0]
        if (direct := self._is_direct.get(origin)) is None:
            direct = self._is_direct[origin] = proxy_for("https" if origin.tls else "http", origin.host) is None
        return plain if direct else None

    def clear(self) -> None:
        """Look at the environment's proxies again."""
        self._is_direct.clear()
