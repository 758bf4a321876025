"""The page `/oauth2/applications`: a person lists the applications with access to the account, and revokes it.

Nobody stays signed in. The CSRF token of the list allows revocations for that one account, in that browser, until its
password changes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.parameter_kinds import number, text
from pyimgur.server.pages import csrf, forms
from pyimgur.server.pages.forms import Form, SignUpFields
from pyimgur.server.services import accounts, oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.accounts import Account
    from pyimgur.server.services.context import ServerContext

PURPOSE = "applications"


class ApplicationsFields(SignUpFields):
    """A sign-in, or a revocation on the list that it shows."""

    revoke = text("The client id of the application to revoke.")
    account = number("The account of the list, by id.", digits=15)


async def show(request: Request) -> Response:
    """Show the form to sign in."""
    return await _sign_in_page(Form(request, PURPOSE))


@takes(ApplicationsFields)
@forms.errors_as_pages
async def change(request: Request) -> Response:
    """Show the applications of the account, after signing in or after a revocation."""
    form = await Form.read(request, PURPOSE)
    client_id = form.parse(ApplicationsFields).revoke
    return await form.submit(_sign_in if client_id is None else partial(_revoke, client_id), _sign_in_page)


async def _sign_in(form: Form) -> Response:
    token = await form.verified_token()
    account = await form.sign_in_or_up()
    await form.consume_token(token)
    return await _list_page(form.request, account)


async def _revoke(client_id: str, form: Form) -> Response:
    account_id = form.parse(ApplicationsFields).account or 0
    token = await form.verified_token(await _list_purpose(form.context, account_id))
    account = await accounts.find_by_id(form.context, account_id)
    if account is None:
        raise csrf.InvalidCSRFToken
    await form.consume_token(token)
    await oauth_tokens.revoke(form.context, account.id, client_id)
    return await _list_page(form.request, account, f"{client_id} no longer has access to your account.")


async def _list_page(request: Request, account: Account, notice: str = "") -> Response:
    context: ServerContext = request.app.state.context
    applications = [
        (application, datetime.fromtimestamp(application.since, UTC))
        for application in await oauth_tokens.authorized_applications(context, account.id)
    ]
    form = Form(request, await _list_purpose(context, account.id))
    return await form.render("authorized_applications.html", account=account, applications=applications, notice=notice)


async def _sign_in_page(form: Form, status: int = 200, error: str = "") -> Response:
    return await form.render(
        "sign_in.html",
        status,
        error,
        title="Your applications",
        text="Sign in to see which applications have access to your account, and to revoke it.",
        button="Sign in",
    )


async def _list_purpose(context: ServerContext, account_id: int) -> str:
    """Return what the token of this account's list is valid for; a new password makes it another purpose."""
    password = await accounts.password_version(context, account_id)
    return json.dumps([PURPOSE, str(account_id), password])
