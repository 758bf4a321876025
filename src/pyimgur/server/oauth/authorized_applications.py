"""GET and POST /oauth2/applications: a person sees which applications may act in their name, and ends that.

There is no session: the ticket of the list is good for the lists and revocations of that one account, in that browser,
until its password changes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, ValidationError
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.pages import forms
from pyimgur.server.pages.rendering import render
from pyimgur.server.services import accounts, csrf_tokens, oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.services.accounts import Account
    from pyimgur.server.services.context import ServerContext

PURPOSE = "applications"


async def show(request: Request) -> Response:
    """GET: sign in first."""
    return await forms.with_csrf_token(request, PURPOSE, lambda ticket: _form(request, ticket, 200, ""))


@forms.errors_as_pages
async def change(request: Request) -> Response:
    """POST: the list, after signing in or after a revocation."""
    fields = await forms.read(request)
    revoked = fields.text("revoke")
    purpose = PURPOSE if revoked is None else await _purpose(request, fields.text("account") or "")
    ticket = await forms.verified_token(request, fields, purpose)
    try:
        account = await _sign_in(request, fields, ticket, revoked)
    except (ForbiddenError, ValidationError) as error:
        return await forms.show_again(request, PURPOSE, partial(_form, request), error)
    return await _list(request, account, revoked, ticket)


async def _sign_in(request: Request, fields: Fields, ticket: str, revoked: str | None) -> Account:
    """Whose list it is, with what they revoked done."""
    library: ServerContext = request.app.state.library
    if not ticket:
        raise forms.InvalidCSRFToken
    if revoked is None:
        account = await forms.sign_in_or_up(request, fields)
        if not await csrf_tokens.consume(library, ticket, address=forms.address_of(request)):
            raise forms.InvalidCSRFToken
        return account
    account = await accounts.by_id(library, int(fields.text("account") or 0))
    if account is None or not await csrf_tokens.consume(library, ticket, address=forms.address_of(request)):
        raise forms.InvalidCSRFToken
    await oauth_tokens.revoke(library, account.id, revoked)
    return account


async def _list(request: Request, account: Account, revoked: str | None, ticket: str) -> Response:
    library: ServerContext = request.app.state.library
    allowed = [
        (each, datetime.fromtimestamp(each.since, UTC)) for each in await oauth_tokens.allowed(library, account.id)
    ]
    told = "" if revoked is None else f"{revoked} can do nothing in your name any more."

    def make(ticket: str) -> Response:
        return render(request, "allowed.html", ticket=ticket, account=account, allowed=allowed, told=told)

    return await forms.with_csrf_token(request, await _purpose(request, str(account.id)), make)


def _form(request: Request, ticket: str, status: int, wrong: str) -> Response:
    return render(
        request,
        "sign_in.html",
        status=status,
        title="Your applications",
        text="Sign in to see which applications may use your account, and to end that.",
        button="Sign in",
        username="",
        ticket=ticket,
        wrong=wrong,
    )


async def _purpose(request: Request, account: str) -> str:
    """What the ticket of this account's list is good for; a new password makes it another purpose."""
    password = await accounts.password_version(request.app.state.library, parse_int(account, 15) or 0)
    return json.dumps([PURPOSE, account, password])
