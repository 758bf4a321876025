"""GET and POST /oauth2/applications: a person sees which applications may act in their name, and ends that.

There is no session: the ticket of the list is good for the lists and revocations of that one account, in that browser,
until its password changes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.errors import Denied, Invalid
from pyimgur.server.http.parameters import whole_number
from pyimgur.server.pages import forms
from pyimgur.server.pages.rendering import page
from pyimgur.server.services import accounts, csrf_tokens, oauth_grants

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.services.accounts import Account
    from pyimgur.server.services.context import Library

PURPOSE = "applications"


async def show(request: Request) -> Response:
    """GET: sign in first."""
    return await forms.ticketed(request, PURPOSE, lambda ticket: _form(request, ticket, 200, ""))


@forms.for_people
async def change(request: Request) -> Response:
    """POST: the list, after signing in or after a revocation."""
    fields = await forms.read(request)
    revoked = fields.text("revoke")
    purpose = PURPOSE if revoked is None else await _purpose(request, fields.text("account") or "")
    ticket = await forms.ticket_of(request, fields, purpose)
    try:
        account = await _person(request, fields, ticket, revoked)
    except (Denied, Invalid) as error:
        return await forms.again(request, PURPOSE, partial(_form, request), error)
    return await _list(request, account, revoked, ticket)


async def _person(request: Request, fields: Fields, ticket: str, revoked: str | None) -> Account:
    """Whose list it is, with what they revoked done."""
    library: Library = request.app.state.library
    if not ticket:
        raise forms.Stale
    if revoked is None:
        account = await forms.person(request, fields)
        if not await csrf_tokens.spend(library, ticket, address=forms.address_of(request)):
            raise forms.Stale
        return account
    account = await accounts.by_id(library, int(fields.text("account") or 0))
    if account is None or not await csrf_tokens.spend(library, ticket, address=forms.address_of(request)):
        raise forms.Stale
    await oauth_grants.revoke(library, account.id, revoked)
    return account


async def _list(request: Request, account: Account, revoked: str | None, ticket: str) -> Response:
    library: Library = request.app.state.library
    allowed = [
        (each, datetime.fromtimestamp(each.since, UTC)) for each in await oauth_grants.allowed(library, account.id)
    ]
    told = "" if revoked is None else f"{revoked} can do nothing in your name any more."

    def make(ticket: str) -> Response:
        return page(request, "allowed.html", ticket=ticket, account=account, allowed=allowed, told=told)

    return await forms.ticketed(request, await _purpose(request, str(account.id)), make)


def _form(request: Request, ticket: str, status: int, wrong: str) -> Response:
    return page(
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
    password = await accounts.password_version(request.app.state.library, whole_number(account, 15) or 0)
    return json.dumps([PURPOSE, account, password])
