"""Pages of other web sites change nothing on an open server.

An open server takes any client id, so a client id shows nothing: a page that somebody visits could upload to the server
on their own machine, with a form or with a script. Browsers say where a request comes from, in `Origin` and
`Sec-Fetch-Site`; programs send neither. So a change that a page of another site asks for needs a token, or the id of an
application that was registered here.
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

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
EXTENSIONS = frozenset({"chrome-extension", "moz-extension", "safari-web-extension"})
"""Schemes of browser extensions: somebody installed them, and no page can claim to be one."""
REFUSED = (
    "This request comes from a page of another web site. On an open server such a page needs an access token, or the "
    "client id of an application that was registered here (pyimgur server app add)"
)


async def check(request: Request, caller: Caller, library: ServerContext) -> None:
    """Refuse a change that another site's page asks for without a token or a registered client id."""
    if not library.settings.open or caller.account_id is not None or not _is_foreign(request, library):
        return
    if not await applications.is_registered(library, caller.client_id):
        raise APIError(403, REFUSED)


def _is_foreign(request: Request, library: ServerContext) -> bool:
    """Whether a page of another site sent it; pages of this machine's own web servers are no strangers.

    `null` is the origin of a file, but of a sandboxed frame in any page too.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    if origin == library.settings.origin:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return True
    return parts.scheme not in EXTENSIONS and parts.hostname not in LOOPBACK_HOSTS
