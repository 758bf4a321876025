"""The TLS context of all clients: creating it costs as much as fifty calls."""

from __future__ import annotations

import functools
import ssl


@functools.cache
def tls() -> ssl.SSLContext:
    """Return the one TLS context of all clients."""
    import httpx2  # not at the top: it takes long to import, and http needs no TLS

    context = httpx2.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
