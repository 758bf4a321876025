"""GET and POST /oauth2/addclient: somebody with an account registers an application and reads its secret, once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.errors import Denied, Invalid
from pyimgur.server.http.request_body import Fields
from pyimgur.server.pages import forms
from pyimgur.server.pages.rendering import page
from pyimgur.server.services import applications, csrf_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import Library

PURPOSE = "addclient"


async def show(request: Request) -> Response:
    """GET: an empty form."""
    return await forms.ticketed(request, PURPOSE, lambda ticket: _form(request, Fields(()), ticket, 200, ""))


@forms.for_people
async def register(request: Request) -> Response:
    """POST: the application's id and secret, or the form again with a sentence in it."""
    fields = await forms.read(request)
    ticket = await forms.ticket_of(request, fields, PURPOSE)
    try:
        return forms.used(request, await _register(request, fields, ticket))
    except (Denied, Invalid) as error:
        return await forms.again(request, PURPOSE, partial(_form, request, fields), error)


async def _register(request: Request, fields: Fields, ticket: str) -> Response:
    library: Library = request.app.state.library
    name, callback = fields.text("name") or "", (fields.text("callback") or "").strip() or None
    if not ticket:
        raise forms.Stale
    applications.check(name, callback)
    owner = await forms.person(request, fields)
    if not await csrf_tokens.spend(library, ticket, address=forms.address_of(request)):
        raise forms.Stale
    client_id, client_secret = await applications.register(library, name, callback=callback, owner=owner.id)
    return page(request, "client.html", name=name, client_id=client_id, client_secret=client_secret)


def _form(request: Request, fields: Fields, ticket: str, status: int, wrong: str) -> Response:
    return page(
        request,
        "addclient.html",
        status=status,
        title="Register an application",
        text=(
            "It gets a client id and a secret. The people whom it asks for access are shown its name and yours, and a "
            "warning until the operator of this server verifies it."
        ),
        button="Register",
        name=fields.text("name") or "",
        callback=fields.text("callback") or "",
        username=fields.text("username") or "",
        ticket=ticket,
        wrong=wrong,
    )
