"""GET and POST /oauth2/authorize: who asks, sign in or sign up, allow or deny; all on one page, answered in one step.

A script does the same: GET for the cookie, POST of `username`, `password` and `allow` with the cookie's value. There
is no session: each consent takes the password, so a browser left open gives nothing away.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

from pyimgur.server.errors import ForbiddenError, ValidationError
from pyimgur.server.oauth import authorization_request, authorization_response
from pyimgur.server.pages import forms
from pyimgur.server.services import accounts, oauth_codes
from pyimgur.server.settings import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.oauth.authorization_request import AuthorizationRequest
    from pyimgur.server.services.context import ServerContext


@forms.errors_as_pages
async def show(request: Request) -> Response:
    """GET: the page that asks."""
    library: ServerContext = request.app.state.library
    if own := _canonical_url(request, library):
        return RedirectResponse(own, 302)
    ask = await authorization_request.read(request, library)
    nobody = library.settings.open and not await accounts.any_account(library)
    return await forms.with_csrf_token(
        request, ask.purpose, lambda ticket: authorization_response.form(request, ask, ticket, sign_up=nobody)
    )


@forms.errors_as_pages
async def answer(request: Request) -> Response:
    """POST: what the person says; what is wrong with it is said on the same page, with a new ticket."""
    ask = await authorization_request.read(request, request.app.state.library)
    fields = await forms.read(request)
    ticket = await forms.verified_token(request, fields, ask.purpose)
    try:
        return await _handle_decision(request, ask, fields, ticket)
    except (ForbiddenError, ValidationError) as error:
        form = partial(_filled_in, request, ask, fields)
        return await forms.show_again(request, ask.purpose, form, error)


async def _handle_decision(request: Request, ask: AuthorizationRequest, fields: Fields, ticket: str) -> Response:
    library: ServerContext = request.app.state.library
    if not ticket:
        raise forms.InvalidCSRFToken
    if fields.text("deny") is not None:
        return authorization_response.denied(request, ask)
    account = await forms.sign_in_or_up(request, fields)
    client_id = ask.application.client_id
    given = await oauth_codes.consent(
        library,
        ask.response_type,
        client_id,
        account.id,
        ticket=ticket,
        address=forms.address_of(request),
        challenge=ask.challenge,
    )
    if given is None:
        raise forms.InvalidCSRFToken
    return authorization_response.granted(request, ask, account, given)


def _filled_in(
    request: Request, ask: AuthorizationRequest, fields: Fields, ticket: str, status: int, wrong: str
) -> Response:
    sign_up = fields.text("sign_up") is not None
    username = (fields.text("username") or "")[:63]
    return authorization_response.form(
        request, ask, ticket, sign_up=sign_up, username=username, wrong=wrong, status=status
    )


def _canonical_url(request: Request, library: ServerContext) -> str | None:
    """The same page under the public address, where `localhost` was asked for `127.0.0.1`: forms check the origin.

    Only between names of this machine: behind a proxy a Host header says nothing about what the browser shows.
    """
    public = urlsplit(library.settings.public_url)
    named = request.url
    if named.netloc == public.netloc or {named.hostname, public.hostname} - LOOPBACK_HOSTS:
        return None
    if not forms.wants_page(request):
        return None
    return f"{library.settings.origin}{named.path}?{named.query}"
