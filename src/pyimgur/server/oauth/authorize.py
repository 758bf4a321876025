"""The page `/oauth2/authorize`: one page on which a person signs in or up and allows or denies an application access.

A script does the same in two requests: GET for the cookie, POST of `username`, `password` and `allow`, the cookie's
value. There is no session: each consent takes the password, so an unattended browser gives no access.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

from pyimgur.server.http.client_address import address_of
from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.parameter_kinds import text
from pyimgur.server.oauth import authorization_request, authorization_response
from pyimgur.server.oauth.authorization_request import AuthorizationQuery
from pyimgur.server.pages import csrf, forms
from pyimgur.server.pages.forms import Form, SignUpFields
from pyimgur.server.services import accounts, oauth_codes
from pyimgur.server.settings import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.oauth.authorization_request import AuthorizationRequest
    from pyimgur.server.services.context import ServerContext


class ConsentFields(SignUpFields):
    """A decision."""

    deny = text("If it is sent, the application gets no access; no sign-in is needed.")


@takes(AuthorizationQuery)
@forms.errors_as_pages
async def show(request: Request) -> Response:
    """Show the consent page; it offers to sign up first if the server has no accounts yet."""
    context: ServerContext = request.app.state.context
    if url := _canonical_url(request, context):
        return RedirectResponse(url, 302)
    authorization = await authorization_request.read(request, context)
    sign_up = context.settings.open and not await accounts.any_account(context)
    return await _consent_page(authorization, sign_up, Form(request, authorization.purpose))


@takes(AuthorizationQuery, ConsentFields)
@forms.errors_as_pages
async def answer(request: Request) -> Response:
    """Give the application what it gets, or show the consent page again with an error."""
    authorization = await authorization_request.read(request, request.app.state.context)
    form = await Form.read(request, authorization.purpose)
    sign_up = form.parse(ConsentFields).sign_up is not None
    return await form.submit(partial(_handle_decision, authorization), partial(_consent_page, authorization, sign_up))


async def _handle_decision(authorization: AuthorizationRequest, form: Form) -> Response:
    token = await form.verified_token()
    if form.parse(ConsentFields).deny is not None:
        return authorization_response.denied(form.request, authorization)
    account = await form.sign_in_or_up()
    grant = await oauth_codes.consent(
        form.context,
        authorization.response_type,
        authorization.application.client_id,
        account.id,
        csrf_token=token,
        address=address_of(form.request),
        challenge=authorization.challenge,
    )
    if grant is None:
        raise csrf.InvalidCSRFToken
    return authorization_response.granted(form.request, authorization, account, grant)


async def _consent_page(
    authorization: AuthorizationRequest, sign_up: bool, form: Form, status: int = 200, error: str = ""
) -> Response:
    return await form.render(
        "consent.html",
        status,
        error,
        authorization=authorization,
        can_sign_up=form.context.settings.open,
        sign_up=sign_up,
    )


def _canonical_url(request: Request, context: ServerContext) -> str | None:
    """Return this page's URL on the host of the public URL if the request names another loopback host, else None.

    Forms check the origin, so `localhost` must become `127.0.0.1`. Only loopback hosts: behind a proxy the Host header
    is not what the browser shows.
    """
    public, url = urlsplit(context.settings.public_url), request.url
    if url.netloc == public.netloc or {url.hostname, public.hostname} - LOOPBACK_HOSTS:
        return None
    if not forms.wants_html(request):
        return None
    return f"{context.settings.origin}{url.path}?{url.query}"
