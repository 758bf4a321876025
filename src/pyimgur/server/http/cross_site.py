"""Protect open servers from cross-site requests.

An open server accepts any client id, so a client id proves nothing: a web page that somebody visits could upload to the
server on their machine, with a form or a script. Browsers name the origin in `Origin` and `Sec-Fetch-Site`; programs
send neither. A changing request from another site therefore needs a token, or the client id of a registered
application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pyimgur.server.http.errors import APIError
from pyimgur.server.services import applications
from pyimgur.server.settings import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.http.authentication import Caller
    from pyimgur.server.services.context import ServerContext

CHANGING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
EXTENSIONS = frozenset({"chrome-extension", "moz-extension", "safari-web-extension"})
"""Schemes of browser extensions. The user installed them, and no page can use their origin."""
REFUSED = (
    "This request comes from a page of another web site. On an open server such a page needs an access token, or the "
    "client id of an application that was registered here (pyimgur server app add)"
)


async def check(request: Request, caller: Caller, context: ServerContext) -> None:
    """Check that another site's request may change something.

    Raises:
        APIError: it has neither a token nor a registered client id.
    """
    if not context.settings.open or caller.account_id is not None or not _is_foreign(request, context):
        return
    if not await applications.is_registered(context, caller.client_id):
        raise APIError(403, REFUSED)


def _is_foreign(request: Request, context: ServerContext) -> bool:
    """Return whether a page of another site sent the request. Web servers on this machine count as the same site.

    The origin `null` counts as another site: files have it, but so do sandboxed frames in any page.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    if origin == context.settings.origin:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return True
    return parts.scheme not in EXTENSIONS and parts.hostname not in LOOPBACK_HOSTS
