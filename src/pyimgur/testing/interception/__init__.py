"""Send requests for Imgur's hosts that are made in this process to a local server, or refuse them.

The hooks are in the connection pools of the libraries: urllib3 (and so requests), httpcore and httpcore2 (httpx and
httpx2, sync and async), aiohttp; in `http.client` (urllib.request); and in the fast exchange of this package's client.
They change only where a connection leads: to the local server, without TLS. The library's own code sends the request,
with its limits, timeouts, retries, redirects and streamed bodies, and the `Host` header still names Imgur's host, for
`imgur_hosts.py` to read.

Two other designs were rejected. A local TLS endpoint, to which Imgur's names are resolved, needs its certificate
authority in every TLS context of the process, and out of it again; and it misses connections that are open already, and
those through a proxy. Replacing the clients, or methods such as `requests.Session.send`, misses clients that a program
creates in its own way, and has to do what the library does below.
"""

from __future__ import annotations

from .guard import Guard, guarded, no_real_imgur
from .intercept import intercept

__all__ = ["Guard", "guarded", "intercept", "no_real_imgur"]
