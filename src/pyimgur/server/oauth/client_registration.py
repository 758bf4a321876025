"""The page `/oauth2/addclient`: the holder of an account registers an application and sees its secret, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.parameter_kinds import word
from pyimgur.server.pages import csrf, forms
from pyimgur.server.pages.forms import Form, SignUpFields
from pyimgur.server.pages.rendering import render
from pyimgur.server.services import applications

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PURPOSE = "addclient"


class RegistrationFields(SignUpFields):
    """An application."""

    name = word("The name of the application.")
    callback = word("The URL to which people are redirected, if the application has one.")


async def show(request: Request) -> Response:
    """Show the form to register an application."""
    return await _form_page(Form(request, PURPOSE))


@takes(RegistrationFields)
@forms.errors_as_pages
async def register(request: Request) -> Response:
    """Register an application and show its id and secret, or the form again with an error."""
    form = await Form.read(request, PURPOSE)
    return await form.submit(_register, _form_page)


async def _register(form: Form) -> Response:
    token = await form.verified_token()
    fields = form.parse(RegistrationFields)
    name, callback = fields.name, fields.callback.strip() or None
    applications.check_application(name, callback)
    owner = await form.sign_in_or_up()
    await form.consume_token(token)
    client_id, client_secret = await applications.register(form.context, name, callback=callback, owner=owner.id)
    page = render(form.request, "client_registered.html", name=name, client_id=client_id, client_secret=client_secret)
    return csrf.clear_csrf_cookie(form.request, page)


async def _form_page(form: Form, status: int = 200, error: str = "") -> Response:
    fields = form.parse(RegistrationFields)
    return await form.render(
        "register_client.html",
        status,
        error,
        title="Register an application",
        text=(
            "It gets a client id and a secret. People see its name and your user name when it asks for access, with a "
            "warning until the operator of this server verifies it."
        ),
        button="Register",
        name=fields.name,
        callback=fields.callback,
    )
