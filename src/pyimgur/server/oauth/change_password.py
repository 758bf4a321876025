"""GET and POST /oauth2/password: a person chooses another password, which ends what programs may do in their name.

The old password is asked for and counted as on every page where one signs in, so that nobody learns it here by trying.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, ValidationError
from pyimgur.server.http.request_body import Fields
from pyimgur.server.pages import forms
from pyimgur.server.pages.rendering import render
from pyimgur.server.pages.status_pages import message
from pyimgur.server.services import accounts, csrf_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import ServerContext

PURPOSE = "password"


async def show(request: Request) -> Response:
    """GET: an empty form."""
    return await forms.with_csrf_token(request, PURPOSE, lambda ticket: _form(request, Fields(()), ticket, 200, ""))


@forms.errors_as_pages
async def change(request: Request) -> Response:
    """POST: done, or the form again with a sentence in it."""
    fields = await forms.read(request)
    ticket = await forms.verified_token(request, fields, PURPOSE)
    try:
        return forms.clear_csrf_cookie(request, await _change(request, fields, ticket))
    except (ForbiddenError, ValidationError) as error:
        return await forms.show_again(request, PURPOSE, partial(_form, request, fields), error)


async def _change(request: Request, fields: Fields, ticket: str) -> Response:
    library: ServerContext = request.app.state.library
    new = fields.text("new_password") or ""
    if not ticket:
        raise forms.InvalidCSRFToken
    accounts.check_password(new)
    who = await forms.sign_in(request, fields)
    if not await csrf_tokens.consume(library, ticket, address=forms.address_of(request)):
        raise forms.InvalidCSRFToken
    await accounts.change_password(library, who.id, new)
    text = "No program may use your account any more: each of them asks you again."
    return message(request, "Your password is changed", text)


def _form(request: Request, fields: Fields, ticket: str, status: int, wrong: str) -> Response:
    return render(
        request,
        "password.html",
        status=status,
        title="Choose another password",
        text="It ends what programs may do in your name: each of them has to ask you again.",
        button="Change it",
        username=(fields.text("username") or "")[:63],
        ticket=ticket,
        wrong=wrong,
    )
