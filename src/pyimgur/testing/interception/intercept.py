"""Send the requests of this process for Imgur's hosts to a server."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext

from .guard import no_real_imgur
from .hooks import hooks
from .routes import ROUTES, Address


@contextmanager
def intercept(server: Address) -> Generator[None]:
    """Send requests for Imgur's hosts to the server at this address within the block; other ways to Imgur are refused.

    Raises:
        AssertionError: at the end of the block, if a program tried to reach Imgur without one of the libraries that
            have hooks. A guard that is active reports it instead.
    """
    with hooks(), nullcontext() if ROUTES.guarded else no_real_imgur(), ROUTES.to_server(server):
        yield
