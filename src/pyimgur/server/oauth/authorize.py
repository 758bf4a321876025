"""GET and POST /oauth2/authorize: who asks, sign in or sign up, allow or deny; all on one page, answered in one step.

A script does the same: GET for the cookie, POST of `username`, `password` and `allow` with the cookie's value. There
is no session: each consent takes the password, so a browser left open gives nothing away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

from pyimgur.server.library import accounts, grants, tickets
from pyimgur.server.library.errors import Denied, Invalid
from pyimgur.server.oauth import asking, forms, replies
from pyimgur.server.settings import LOOPBACK_HOSTS
from pyimgur.server.wire.bodies import read_fields

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.library import Library
    from pyimgur.server.library.accounts import Account
    from pyimgur.server.oauth.asking import Ask
    from pyimgur.server.wire.bodies import Fields

STALE = "This form is no longer valid. Nothing was allowed: please try again."


@replies.for_people
async def show(request: Request) -> Response:
    """GET: the page that asks."""
    library: Library = request.app.state.library
    if own := _own_address(request, library):
        return RedirectResponse(own, 302)
    ask = await asking.read(request, library)
    nobody = library.settings.open and not await accounts.exist(library)
    return await forms.ticketed(request, ask.purpose, lambda ticket: replies.form(request, ask, ticket, sign_up=nobody))


@replies.for_people
async def answer(request: Request) -> Response:
    """POST: what the person says; what is wrong with it is said on the same page, with a new ticket."""
    library: Library = request.app.state.library
    ask = await asking.read(request, library)
    forms.same_origin(request)
    fields = await read_fields(request, library.settings.limits)
    ticket = await forms.ticket_of(request, fields, ask.purpose)
    try:
        return await _decide(request, ask, fields, ticket)
    except (Denied, Invalid) as error:
        wrong = error
    return await forms.ticketed(
        request, ask.purpose, lambda new: replies.again(request, ask, new, fields, wrong), instead=ticket
    )


async def _decide(request: Request, ask: Ask, fields: Fields, ticket: str) -> Response:
    library: Library = request.app.state.library
    if not ticket:
        raise Denied(STALE)
    if fields.text("deny") is not None:
        await tickets.spend(library, ticket)
        return replies.denied(request, ask)
    account = await person(request, library, fields)
    client_id = ask.application.client_id
    given = await grants.consent(library, ask.response_type, client_id, account.id, ticket=ticket)
    if given is None:
        raise Denied(STALE)
    return replies.granted(request, ask, account, given)


async def person(request: Request, library: Library, fields: Fields) -> Account:
    """Who signs in with this form, or has just signed up with it."""
    enter = accounts.sign_in if fields.text("sign_up") is None else accounts.sign_up
    address = request.client.host if request.client else ""
    return await enter(library, fields.text("username") or "", fields.text("password") or "", address=address)


def _own_address(request: Request, library: Library) -> str | None:
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
