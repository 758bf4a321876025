"""What a person or a script gets for an answer to the consent page: a pin, a code, the way back, or the form again."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from pyimgur.server.library import grants
from pyimgur.server.library.attempts import TooMany
from pyimgur.server.library.errors import Invalid, LibraryError
from pyimgur.server.library.grants import Token
from pyimgur.server.oauth import asking, forms
from pyimgur.server.pages import page, secure_headers
from pyimgur.server.wire.errors import Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.library import Library
    from pyimgur.server.library.accounts import Account
    from pyimgur.server.oauth.asking import Ask
    from pyimgur.server.wire.bodies import Fields

COMPLETE = "/oauth2/complete"
"""Where a token goes that no callback waits for: the person copies the address."""


def for_people(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint, with its refusals as a page where a person looks at them."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            if not forms.wants_page(request):
                raise
            return _message(request, "That did not work", str(refusal.error), status=refusal.status)

    return answered


async def complete(request: Request) -> Response:
    """GET /oauth2/complete: its address holds a token, in the fragment, for the person to copy."""
    return page(request, "complete.html")


def form(
    request: Request, ask: Ask, ticket: str, *, sign_up: bool, username: str = "", wrong: str = "", status: int = 200
) -> Response:
    """The page that asks."""
    library: Library = request.app.state.library
    return page(
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


def again(request: Request, ask: Ask, ticket: str, fields: Fields, error: LibraryError) -> Response:
    """The same form with a sentence in it; for a script the refusal."""
    no = refusal_of(error)
    if not forms.wants_page(request):
        return refuse(request, no)
    sign_up = fields.text("sign_up") is not None
    username = (fields.text("username") or "")[:63]
    response = form(request, ask, ticket, sign_up=sign_up, username=username, wrong=str(error), status=no.status)
    response.raw_headers.extend(no.headers)
    return response


def refusal_of(error: LibraryError) -> Refusal:
    """What a script is told when a form was not taken."""
    match error:
        case TooMany():
            return Refusal(429, str(error), headers=[(b"retry-after", b"%d" % error.seconds)])
        case Invalid():
            return Refusal(400, str(error))
        case _:
            return Refusal(403, "Unauthorized")


def granted(request: Request, ask: Ask, account: Account, given: str | Token) -> Response:
    """The pin or code on a page, or the way back to the application."""
    name = account.name
    if isinstance(given, Token):
        response = _leave(request, asking.with_token(ask, ask.callback or _own(request, COMPLETE), given))
    elif ask.response_type == "pin":
        response = page(request, "pin.html", pin=given, minutes=grants.PIN_SECONDS // 60, ask=ask, account=name)
    elif ask.callback:
        response = _leave(request, asking.with_code(ask, ask.callback, given))
    else:
        response = page(request, "code.html", code=given, seconds=grants.CODE_SECONDS, ask=ask, account=name)
    return forms.used(request, response)


def denied(request: Request, ask: Ask) -> Response:
    """The news that the person said no, to the application if it can be reached."""
    if ask.callback and ask.response_type != "pin":
        response = _leave(request, asking.with_refusal(ask, ask.callback))
    else:
        text = f"{ask.application.name or 'The unverified application'} got no access to your account."
        response = _message(request, "Nothing was allowed", text, "You can close this page.")
    return forms.used(request, response)


def _leave(request: Request, address: str) -> Response:
    return RedirectResponse(address, 302, secure_headers(request.app.state.library.settings))


def _own(request: Request, path: str) -> str:
    library: Library = request.app.state.library
    return library.settings.origin + path


def _message(request: Request, title: str, text: str, what_now: str = "", *, status: int = 200) -> Response:
    return page(request, "message.html", status=status, title=title, text=text, what_now=what_now)
