"""GET and POST /oauth2/addclient: somebody with an account registers an application and reads its secret, once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, ValidationError
from pyimgur.server.http.request_body import Fields
from pyimgur.server.pages import forms
from pyimgur.server.pages.rendering import render
from pyimgur.server.services import applications, csrf_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import ServerContext

PURPOSE = "addclient"


async def show(request: Request) -> Response:
    """GET: an empty form."""
    return await forms.with_csrf_token(request, PURPOSE, lambda ticket: _form(request, Fields(()), ticket, 200, ""))


@forms.errors_as_pages
async def register(request: Request) -> Response:
    """POST: the application's id and secret, or the form again with a sentence in it."""
    fields = await forms.read(request)
    ticket = await forms.verified_token(request, fields, PURPOSE)
    try:
        return forms.clear_csrf_cookie(request, await _register(request, fields, ticket))
    except (ForbiddenError, ValidationError) as error:
        return await forms.show_again(request, PURPOSE, partial(_form, request, fields), error)


async def _register(request: Request, fields: Fields, ticket: str) -> Response:
    library: ServerContext = request.app.state.library
    name, callback = fields.text("name") or "", (fields.text("callback") or "").strip() or None
    if not ticket:
        raise forms.InvalidCSRFToken
    applications.check(name, callback)
    owner = await forms.sign_in_or_up(request, fields)
    if not await csrf_tokens.consume(library, ticket, address=forms.address_of(request)):
        raise forms.InvalidCSRFToken
    client_id, client_secret = await applications.register(library, name, callback=callback, owner=owner.id)
    return render(request, "client.html", name=name, client_id=client_id, client_secret=client_secret)


def _form(request: Request, fields: Fields, ticket: str, status: int, wrong: str) -> Response:
    return render(
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
