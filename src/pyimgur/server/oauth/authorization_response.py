"""Responses to a decision on the consent page: a pin, a code, or a redirect to the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from pyimgur.server.oauth import authorization_request
from pyimgur.server.pages import csrf
from pyimgur.server.pages.rendering import render, secure_headers
from pyimgur.server.pages.status_pages import message
from pyimgur.server.services import oauth_codes
from pyimgur.server.services.oauth_tokens import Token

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.oauth.authorization_request import AuthorizationRequest
    from pyimgur.server.services.accounts import Account
    from pyimgur.server.services.context import ServerContext

COMPLETE_PATH = "/oauth2/complete"
"""The redirect target of a token if the application has no callback: the person copies the URL."""


async def complete(request: Request) -> Response:
    """Show a page whose URL holds a token in its fragment, for the person to copy."""
    return render(request, "complete.html")


def granted(request: Request, authorization: AuthorizationRequest, account: Account, grant: str | Token) -> Response:
    """Show the pin or code, or redirect to the application with the code or token."""
    callback, name = authorization.callback, account.name
    if isinstance(grant, Token):
        context: ServerContext = request.app.state.context
        target = callback or context.settings.origin + COMPLETE_PATH
        response = _redirect_out(request, authorization_request.with_token(authorization, target, grant))
    elif authorization.response_type == "pin":
        minutes = oauth_codes.PIN_LIFETIME // 60
        response = render(request, "pin.html", pin=grant, minutes=minutes, authorization=authorization, account=name)
    elif callback:
        response = _redirect_out(request, authorization_request.with_code(authorization, callback, grant))
    else:
        seconds = oauth_codes.CODE_LIFETIME
        response = render(request, "code.html", code=grant, seconds=seconds, authorization=authorization, account=name)
    return csrf.clear_csrf_cookie(request, response)


def denied(request: Request, authorization: AuthorizationRequest) -> Response:
    """Redirect to the application with `access_denied`, or say so on a page if it has no callback."""
    if authorization.callback and authorization.response_type != "pin":
        url = authorization_request.with_denial(authorization, authorization.callback)
        response = _redirect_out(request, url)
    else:
        text = f"{authorization.application.name or 'The unverified application'} has no access to your account."
        response = message(request, "Access denied", text, "You can close this page.")
    return csrf.clear_csrf_cookie(request, response)


def _redirect_out(request: Request, url: str) -> Response:
    return RedirectResponse(url, 302, secure_headers(request))
