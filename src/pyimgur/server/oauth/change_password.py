"""The page `/oauth2/password`: a person changes the password, which revokes every application's access.

The form asks for the old password and counts wrong ones like every other sign-in, so that nobody can guess it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.parameter_kinds import word
from pyimgur.server.pages import csrf, forms
from pyimgur.server.pages.forms import Form, SignInFields
from pyimgur.server.pages.status_pages import message
from pyimgur.server.services import accounts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PURPOSE = "password"


class PasswordFields(SignInFields):
    """A change of the password."""

    new_password = word("The new password.")


async def show(request: Request) -> Response:
    """Show the form to change the password."""
    return await _form_page(Form(request, PURPOSE))


@takes(PasswordFields)
@forms.errors_as_pages
async def change(request: Request) -> Response:
    """Change the password and say so, or show the form again with an error."""
    form = await Form.read(request, PURPOSE)
    return await form.submit(_change, _form_page)


async def _change(form: Form) -> Response:
    token = await form.verified_token()
    new_password = form.parse(PasswordFields).new_password
    accounts.check_password(new_password)
    account = await form.sign_in()
    await form.consume_token(token)
    await accounts.change_password(form.context, account.id, new_password)
    text = "Applications have lost access to your account. Each of them has to ask you again."
    return csrf.clear_csrf_cookie(form.request, message(form.request, "Password changed", text))


async def _form_page(form: Form, status: int = 200, error: str = "") -> Response:
    return await form.render(
        "change_password.html",
        status,
        error,
        title="Change your password",
        text="All applications lose access to your account. Each of them has to ask you again.",
        button="Change password",
    )
