"""What a person or a script gets for an answer to the consent page: a pin, a code, or the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from pyimgur.server.oauth import authorization_request
from pyimgur.server.pages import forms
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

COMPLETE = "/oauth2/complete"
"""Where a token goes that no callback waits for: the person copies the address."""


async def complete(request: Request) -> Response:
    """GET /oauth2/complete: its address holds a token, in the fragment, for the person to copy."""
    return render(request, "complete.html")


def form(
    request: Request,
    ask: AuthorizationRequest,
    ticket: str,
    *,
    sign_up: bool,
    username: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response:
    """The page that asks."""
    library: ServerContext = request.app.state.library
    return render(
        request,
        "consent.html",
        status=status,
        ask=ask,
        ticket=ticket,
        may_sign_up=library.settings.open,
        sign_up=sign_up,
        username=username,
        wrong=wrong,
    )


def granted(request: Request, ask: AuthorizationRequest, account: Account, given: str | Token) -> Response:
    """The pin or code on a page, or the way back to the application."""
    name = account.name
    if isinstance(given, Token):
        response = _redirect_out(
            request, authorization_request.with_token(ask, ask.callback or _own(request, COMPLETE), given)
        )
    elif ask.response_type == "pin":
        response = render(request, "pin.html", pin=given, minutes=oauth_codes.PIN_SECONDS // 60, ask=ask, account=name)
    elif ask.callback:
        response = _redirect_out(request, authorization_request.with_code(ask, ask.callback, given))
    else:
        response = render(request, "code.html", code=given, seconds=oauth_codes.CODE_SECONDS, ask=ask, account=name)
    return forms.clear_csrf_cookie(request, response)


def denied(request: Request, ask: AuthorizationRequest) -> Response:
    """The news that the person said no, to the application if it can be reached."""
    if ask.callback and ask.response_type != "pin":
        response = _redirect_out(request, authorization_request.with_denial(ask, ask.callback))
    else:
        text = f"{ask.application.name or 'The unverified application'} got no access to your account."
        response = message(request, "Nothing was allowed", text, "You can close this page.")
    return forms.clear_csrf_cookie(request, response)


def _redirect_out(request: Request, address: str) -> Response:
    return RedirectResponse(address, 302, secure_headers(request))


def _own(request: Request, path: str) -> str:
    library: ServerContext = request.app.state.library
    return library.settings.origin + path
