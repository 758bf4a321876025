"""GET and POST /oauth2/addclient: the holder of an account registers an application and sees its secret, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.pages import csrf, forms
from pyimgur.server.pages.forms import Form
from pyimgur.server.pages.rendering import render
from pyimgur.server.services import applications

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PURPOSE = "addclient"


async def show(request: Request) -> Response:
    """GET: an empty form."""
    return await _form_page(Form(request, PURPOSE))


@forms.errors_as_pages
async def register(request: Request) -> Response:
    """POST: the application's id and secret, or the form again with an error."""
    form = await Form.read(request, PURPOSE)
    return await form.submit(_register, _form_page)


async def _register(form: Form) -> Response:
    token = await form.verified_token()
    name, callback = form.text("name"), form.text("callback").strip() or None
    applications.check_application(name, callback)
    owner = await form.sign_in_or_up()
    await form.consume_token(token)
    client_id, client_secret = await applications.register(form.context, name, callback=callback, owner=owner.id)
    page = render(form.request, "client_registered.html", name=name, client_id=client_id, client_secret=client_secret)
    return csrf.clear_csrf_cookie(form.request, page)


async def _form_page(form: Form, status: int = 200, error: str = "") -> Response:
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
        name=form.text("name"),
        callback=form.text("callback"),
    )
