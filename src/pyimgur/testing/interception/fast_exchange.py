"""Hooks for this package's own fast exchange: it leaves requests for Imgur's hosts to httpx2, which has hooks too."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ...relay.imgur_hosts import is_imgur
from .replacement import replaced


@contextmanager
def hooks(routes: Any) -> Generator[None]:
    """Install the hooks in the module `pyimgur._transport.routes`."""
    direct = routes.Routes.direct

    def direct_elsewhere(self: Any, request: Any) -> Any:
        plain = direct(self, request)
        return None if plain is not None and is_imgur(plain[0].host) else plain

    with replaced(routes.Routes, "direct", direct_elsewhere):
        yield
