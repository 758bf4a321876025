"""CSRF protection of forms: a token in the form and in a cookie, and a check of the `Origin` header.

Two cookies, unreadable by scripts and sent only to the path of the form: `authorize_token` is the newest token;
`browser` is a random name for this browser, so that the tokens of its other tabs are valid too. A form from another
origin is rejected before anything else. Without an `Origin` header the token alone decides, so that a script needs no
browser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError
from pyimgur.server.http.declared_parameters import BodyFields
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameter_kinds import word
from pyimgur.server.services import csrf_tokens, token_hashing

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.fields import Fields
    from pyimgur.server.services.context import ServerContext

TOKEN_COOKIE = "authorize_token"
BROWSER_COOKIE = "browser"
OAUTH_PATH = "/oauth2"
_BROWSER_NAME = re.compile(r"[0-9a-f]{40}", re.ASCII)


class TokenFields(BodyFields):
    """The token of a form; scripts that talk to Imgur send it under this name."""

    allow = word("The token of the form, which is also the value of the cookie `authorize_token`.")


class InvalidCSRFToken(ForbiddenError):
    """The form was shown to another browser or for another purpose, has expired, or was already sent."""

    def __init__(self) -> None:
        super().__init__(
            "This form is no longer valid. Nothing was changed just now; if you have sent it before, that may have "
            "worked. If it did not, please try again."
        )


async def with_csrf_token(
    request: Request, purpose: str, make: Callable[[str], Response], *, path: str = OAUTH_PATH
) -> Response:
    """Return the response that `make` builds with a new token, with the cookies of that token for `path`."""
    context: ServerContext = request.app.state.context
    browser = request.cookies.get(BROWSER_COOKIE, "")
    if not _BROWSER_NAME.fullmatch(browser):
        browser = token_hashing.new_secret()
    token = await csrf_tokens.issue(context, purpose, browser)
    response = make(token)
    for name, value in ((TOKEN_COOKIE, token), (BROWSER_COOKIE, browser)):
        response.set_cookie(name, value, path=path, secure=context.settings.uses_https, httponly=True, samesite="lax")
    return response


def clear_csrf_cookie(request: Request, response: Response) -> Response:
    """Return the response, which now also removes the token's cookie for `/oauth2`."""
    context: ServerContext = request.app.state.context
    response.delete_cookie(
        TOKEN_COOKIE, path=OAUTH_PATH, secure=context.settings.uses_https, httponly=True, samesite="lax"
    )
    return response


def check_origin(request: Request) -> None:
    """Check that no other site sent the form; a missing `Origin` passes, `null` does not.

    Raises:
        APIError: another site sent it.
    """
    context: ServerContext = request.app.state.context
    if request.headers.get("origin", context.settings.origin) != context.settings.origin:
        raise APIError(403, "This form was sent from another site")


async def verified_token(request: Request, fields: Fields, purpose: str) -> str:
    """Return the form's token.

    Raises:
        InvalidCSRFToken: it was not issued to this browser for this purpose, has expired, or was used.
    """
    context: ServerContext = request.app.state.context
    token, cookies = TokenFields(fields).allow, request.cookies
    browser, newest = cookies.get(BROWSER_COOKIE, ""), cookies.get(TOKEN_COOKIE, "")
    if not await csrf_tokens.is_valid(context, token, purpose, browser, newest=newest):
        raise InvalidCSRFToken
    return token
