"""Forms that nobody can send in a person's place: each comes with a ticket, in the form and in a cookie.

Two cookies, unreadable by scripts and only for `/oauth2`: `authorize_token` is the newest ticket; `browser` is a random
name for this browser, by which older tickets of other tabs are known. A form from another origin is refused before
anything else; where no Origin is sent, the ticket alone decides, so that a script needs no browser.

A third cookie, `known_browser`, is set when somebody has signed in. It lets nobody in: it keeps wrong passwords that
others send from delaying this browser.
"""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, ServerError, ValidationError
from pyimgur.server.http.errors import APIError, error_response, too_many
from pyimgur.server.http.request_body import read_fields
from pyimgur.server.pages.status_pages import message
from pyimgur.server.services import accounts, csrf_tokens, known_browsers, token_hashing
from pyimgur.server.services.throttle import TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.services.accounts import Account
    from pyimgur.server.services.context import ServerContext

TICKET = "authorize_token"
BROWSER = "browser"
KNOWN = "known_browser"
"""Names the accounts that have signed in with this browser; see `known_browsers`."""
KNOWN_PATHS = ("/oauth2", "/upload")
"""Below these somebody signs in; pictures and the API never see the cookie."""
_NAME = re.compile(r"[0-9a-f]{40}", re.ASCII)


class InvalidCSRFToken(ForbiddenError):
    """The form was shown to another browser, for something else, too long ago, or it was answered already."""

    def __init__(self) -> None:
        super().__init__(
            "This form is no longer valid. Nothing was changed just now; if you have sent it before, that may have "
            "worked. If it did not, please try again."
        )


def errors_as_pages(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint, with its refusals as a page for people, and a cookie for a browser that has signed in."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await _remembered(request, await endpoint(request))
        except APIError as no:
            if not wants_page(request):
                raise
            what_now = "Go back to where you came from, and start again."
            response = message(request, "That did not work", no.sentence, what_now, status=no.status)
            response.raw_headers.extend(no.headers)
            return response

    return answered


async def with_csrf_token(
    request: Request, purpose: str, make: Callable[[str], Response], *, path: str = "/oauth2"
) -> Response:
    """What `make` makes of a new ticket, and the cookies to it, for `path` alone."""
    library: ServerContext = request.app.state.library
    browser = request.cookies.get(BROWSER, "")
    if not _NAME.fullmatch(browser):
        browser = token_hashing.new_secret()
    ticket = await csrf_tokens.issue(library, purpose, browser)
    response = make(ticket)
    for name, value in ((TICKET, ticket), (BROWSER, browser)):
        response.set_cookie(name, value, path=path, secure=library.settings.uses_https, httponly=True, samesite="lax")
    return response


def clear_csrf_cookie(request: Request, response: Response) -> Response:
    """The response, which also takes the ticket's cookie away."""
    library: ServerContext = request.app.state.library
    response.delete_cookie(TICKET, path="/oauth2", secure=library.settings.uses_https, httponly=True, samesite="lax")
    return response


async def show_again(
    request: Request,
    purpose: str,
    form: Callable[[str, int, str], Response],
    error: ServerError,
    *,
    path: str = "/oauth2",
) -> Response:
    """The form once more, with a new ticket, the status and the sentence of what was wrong; a script gets JSON."""
    no = form_refusal(error)

    def make(ticket: str) -> Response:
        if not wants_page(request):
            return error_response(request, no)
        response = form(ticket, no.status, str(error))
        response.raw_headers.extend(no.headers)
        return response

    return await with_csrf_token(request, purpose, make, path=path)


def form_refusal(error: ServerError) -> APIError:
    """What a script is told when a form was not taken."""
    match error:
        case TooManyAttempts():
            return too_many(str(error), error.seconds)
        case ValidationError():
            return APIError(400, str(error))
        case _:
            return APIError(403, "Unauthorized")


async def read(request: Request) -> Fields:
    """What was filled in."""
    library: ServerContext = request.app.state.library
    check_origin(request)
    return await read_fields(request, library.settings.limits)


def check_origin(request: Request) -> None:
    """Refused if another site sent it; a missing Origin passes, `null` does not."""
    library: ServerContext = request.app.state.library
    if request.headers.get("origin", library.settings.origin) != library.settings.origin:
        raise APIError(403, "This form was sent from another site")


async def sign_in_or_up(request: Request, fields: Fields) -> Account:
    """Return who signs in with this form, or has just signed up with it."""
    if fields.text("sign_up") is None:
        return await sign_in(request, fields)
    account = await accounts.sign_up(request.app.state.library, *_filled_in(fields), address=address_of(request))
    request.state.signed_in = account
    return account


async def sign_in(request: Request, fields: Fields) -> Account:
    """Return who signs in with this form."""
    library: ServerContext = request.app.state.library
    known = request.cookies.get(KNOWN, "")
    account = await accounts.sign_in(library, *_filled_in(fields), address=address_of(request), browser=known)
    request.state.signed_in = account
    return account


async def _remembered(request: Request, response: Response) -> Response:
    """Set the cookie of a known browser if somebody has signed in with this request."""
    library: ServerContext = request.app.state.library
    account: Account | None = getattr(request.state, "signed_in", None)
    if account:
        version = await accounts.password_version(library, account.id)
        value = await known_browsers.remember(library, request.cookies.get(KNOWN, ""), account.id, version)
        for path in KNOWN_PATHS:
            response.set_cookie(
                KNOWN,
                value,
                known_browsers.SECONDS,
                path=path,
                secure=library.settings.uses_https,
                httponly=True,
                samesite="strict",
            )
    return response


async def verified_token(request: Request, fields: Fields, purpose: str) -> str:
    """The form's ticket, if this browser was shown the form for this purpose; else an empty one."""
    library: ServerContext = request.app.state.library
    ticket, cookies = fields.text("allow") or "", request.cookies
    own = await csrf_tokens.is_valid(library, ticket, purpose, cookies.get(BROWSER, ""), newest=cookies.get(TICKET, ""))
    return ticket if own else ""


def wants_page(request: Request) -> bool:
    """Whether a person sits in front of it; scripts are answered with JSON."""
    return "text/html" in request.headers.get("accept", "")


def _filled_in(fields: Fields) -> tuple[str, str]:
    return fields.text("username") or "", fields.text("password") or ""


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""
