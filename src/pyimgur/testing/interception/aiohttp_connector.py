"""Hooks for aiohttp: its connector connects requests for Imgur's hosts to the local server."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from .replacement import replaced
from .routes import ROUTES


@contextmanager
def hooks(connector: Any) -> Generator[None]:
    """Install the hooks in the module `aiohttp.connector`."""
    base = connector.BaseConnector
    with replaced(base, "connect", _rerouted(connector, base.connect)):
        yield


def _rerouted(connector: Any, connect: Callable[..., Any]) -> Callable[..., Any]:
    async def reroute(self: Any, req: Any, *args: Any, **options: Any) -> Any:
        try:
            address = ROUTES.address(req.url.raw_host or "", f"{req.method} {req.url}")
        except OSError as error:
            raise connector.ClientConnectorError(req.connection_key, error) from error
        if address is None:
            return await connect(self, req, *args, **options)
        req.proxy = None  # with one, the request line would have the whole URL
        local = copy.copy(req)
        local.url = req.url.with_scheme("http").with_host(address[0]).with_port(address[1])
        return await connect(self, local, *args, **options)

    return reroute
