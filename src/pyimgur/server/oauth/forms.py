"""Forms that nobody can send in a person's place: each comes with a ticket, in the form and in a cookie.

Two cookies, unreadable by scripts and only for `/oauth2`: `authorize_token` is the newest ticket; `browser` is a random
name for this browser, by which older tickets of other tabs are known. A form from another origin is refused before
anything else; where no Origin is sent, the ticket alone decides, so that a script needs no browser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyimgur.server.library import secret, tickets
from pyimgur.server.wire.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.library import Library
    from pyimgur.server.wire.bodies import Fields

TICKET = "authorize_token"
BROWSER = "browser"
_NAME = re.compile(r"[0-9a-f]{40}", re.ASCII)


async def ticketed(request: Request, purpose: str, make: Callable[[str], Response], *, instead: str = "") -> Response:
    """What `make` makes of a new ticket, and the cookies to it; the ticket that it stands for is void."""
    library: Library = request.app.state.library
    browser = request.cookies.get(BROWSER, "")
    if not _NAME.fullmatch(browser):
        browser = secret.fresh()
    ticket = await tickets.issue(library, purpose, browser, instead=instead)
    response = make(ticket)
    for name, value in ((TICKET, ticket), (BROWSER, browser)):
        response.set_cookie(name, value, path="/oauth2", secure=library.settings.secure, httponly=True, samesite="lax")
    return response


def used(request: Request, response: Response) -> Response:
    """The response, which also takes the ticket's cookie away."""
    library: Library = request.app.state.library
    response.delete_cookie(TICKET, path="/oauth2", secure=library.settings.secure, httponly=True, samesite="lax")
    return response


def same_origin(request: Request) -> None:
    """Refuse a form that another site sent; a missing Origin passes, `null` does not."""
    library: Library = request.app.state.library
    if request.headers.get("origin", library.settings.origin) != library.settings.origin:
        raise Refusal(403, "This form was sent from another site")


async def ticket_of(request: Request, fields: Fields, purpose: str) -> str:
    """The form's ticket, if this browser was shown the form for this purpose; else an empty one."""
    library: Library = request.app.state.library
    ticket, cookies = fields.text("allow") or "", request.cookies
    own = await tickets.good(library, ticket, purpose, cookies.get(BROWSER, ""), newest=cookies.get(TICKET, ""))
    return ticket if own else ""


def wants_page(request: Request) -> bool:
    """Whether a person sits in front of it; scripts are answered with JSON."""
    return "text/html" in request.headers.get("accept", "")
