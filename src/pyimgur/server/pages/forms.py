"""HTML forms: read what was sent, sign the person in, do what the form is for, or show it again with an error.

A module with a form has a view, which renders the form, and an action, which does what was sent:

    await _view(Form(request, PURPOSE))                               # GET
    await (await Form.read(request, PURPOSE)).submit(_action, _view)  # POST

Nobody stays signed in: each form that needs an account has fields for user name and password. The cookie
`known_browser`, set when somebody has signed in, gives no access. It keeps wrong passwords that others send from
delaying this browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from pyimgur.server.db.query import transaction
from pyimgur.server.errors import ForbiddenError, ServerError, ValidationError
from pyimgur.server.http.client_address import address_of
from pyimgur.server.http.declared_parameters import BodyFields
from pyimgur.server.http.errors import APIError, error_response, too_many
from pyimgur.server.http.fields import Fields
from pyimgur.server.http.parameter_kinds import text, word
from pyimgur.server.http.request_body import read_fields
from pyimgur.server.pages import csrf
from pyimgur.server.pages.rendering import render
from pyimgur.server.pages.status_pages import message
from pyimgur.server.services import accounts, csrf_tokens, known_browsers
from pyimgur.server.services.throttle import TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.db.query import Steps, Transaction
    from pyimgur.server.services.accounts import Account
    from pyimgur.server.services.context import ServerContext

    FormAction = Callable[["Form"], Awaitable[Response]]
    FormView = Callable[["Form", int, str], Awaitable[Response]]
    """Renders the form with a status and an error; for a form that was not sent yet, with 200 and ""."""

KNOWN_BROWSER = "known_browser"
"""The cookie that names the accounts that have signed in with this browser; see `known_browsers`."""
SIGN_IN_PATHS = (csrf.OAUTH_PATH, "/upload")
"""Where people sign in; the browser sends the cookie to no other path."""
NAME_LENGTH = 63
NOT_SENT = Fields(())
B = TypeVar("B", bound=BodyFields)


class SignInFields(csrf.TokenFields):
    """A form of somebody with an account."""

    username = word("The user name.")
    password = word("The password.")


class SignUpFields(SignInFields):
    """A form of somebody with an account, or without one yet."""

    sign_up = text("If it is sent, an account is made with this user name and password.")


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one purpose in one request: the fields that were sent, none before that."""

    request: Request
    purpose: str
    """What its CSRF token is valid for."""
    fields: Fields = NOT_SENT
    path: str = csrf.OAUTH_PATH
    """The path of the form's cookies."""

    @classmethod
    async def read(cls, request: Request, purpose: str, *, path: str = csrf.OAUTH_PATH) -> Form:
        """Read the form from the request's body.

        Raises:
            APIError: another site sent it, or the body is too large or malformed.
        """
        csrf.check_origin(request)
        context: ServerContext = request.app.state.context
        return cls(request, purpose, await read_fields(request, context.settings.limits), path)

    @property
    def context(self) -> ServerContext:
        """The server's context."""
        context: ServerContext = self.request.app.state.context
        return context

    @property
    def username(self) -> str:
        """The user name that was typed, cut to the longest that an account may have."""
        return self.parse(SignInFields).username[:NAME_LENGTH]

    def parse(self, group: type[B]) -> B:
        """Return declared fields of the form."""
        return group(self.fields, self.context.settings.limits)

    async def submit(self, action: FormAction, view: FormView) -> Response:
        """Return the action's response, or the form again with the error that the action raised."""
        try:
            return await action(self)
        except (ForbiddenError, ValidationError) as error:
            return await self._show_again(view, error)

    async def render(self, template: str, status: int = 200, error: str = "", **variables: Any) -> Response:
        """Render the form with a new CSRF token."""
        request, username = self.request, self.username
        return await self._with_token(
            lambda token: render(
                request, template, status=status, error=error, username=username, csrf_token=token, **variables
            )
        )

    async def verified_token(self, purpose: str | None = None) -> str:
        """Return the form's CSRF token, if it is valid for the purpose: the form's own, if none is named.

        Raises:
            InvalidCSRFToken: it is not; nothing was changed.
        """
        return await csrf.verified_token(self.request, self.fields, self.purpose if purpose is None else purpose)

    async def consume_token(self, token: str) -> None:
        """Use up a verified token.

        Raises:
            InvalidCSRFToken: the form was sent twice, and the other request was first.
            TooManyAttempts: this network has sent too many forms.
        """
        if not await csrf_tokens.consume(self.context, token, address=address_of(self.request)):
            raise csrf.InvalidCSRFToken

    def consume_in_transaction(self, token: str) -> Transaction[None]:
        """Return the statements that use up a verified token, for the transaction that makes the form's change.

        Raises:
            InvalidCSRFToken: the form was sent twice, and the other request was first; raised by the statements.
            TooManyAttempts: this network has sent too many forms; raised by the statements.
            TableFull: all networks together have.
        """
        return _consume(csrf_tokens.consume_in_transaction(self.context, token, address_of(self.request)))

    async def sign_in_or_up(self) -> Account:
        """Return the account whose name and password were typed, or a new one if the form asks for that."""
        fields = self.parse(SignUpFields)
        if fields.sign_up is None:
            return await self.sign_in()
        account = await accounts.sign_up(
            self.context, fields.username, fields.password, address=address_of(self.request)
        )
        self.request.state.signed_in = account
        return account

    async def sign_in(self) -> Account:
        """Return the account whose name and password were typed.

        Raises:
            ForbiddenError: they are wrong.
            TooManyAttempts: after too many wrong ones.
        """
        fields = self.parse(SignInFields)
        account = await accounts.sign_in(
            self.context,
            fields.username,
            fields.password,
            address=address_of(self.request),
            browser=self.request.cookies.get(KNOWN_BROWSER, ""),
        )
        self.request.state.signed_in = account
        return account

    async def _show_again(self, view: FormView, error: ServerError) -> Response:
        """Return the form with the error and its status; a script gets Imgur's JSON, and a new token as a cookie."""
        api_error = form_error(error)
        if not wants_html(self.request):
            return await self._with_token(lambda _: error_response(self.request, api_error))
        response = await view(self, api_error.status, str(error))
        response.raw_headers.extend(api_error.headers)
        return response

    async def _with_token(self, make: Callable[[str], Response]) -> Response:
        return await csrf.with_csrf_token(self.request, self.purpose, make, path=self.path)


@transaction
def _consume(use_form: Transaction[bool]) -> Steps[None]:
    if not (yield from use_form):
        raise csrf.InvalidCSRFToken


def errors_as_pages(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Wrap an endpoint with a form: a browser gets errors as pages, and a cookie once somebody has signed in."""

    @wraps(endpoint)
    async def wrapped(request: Request) -> Response:
        try:
            return await _remember_browser(request, await endpoint(request))
        except APIError as error:
            if not wants_html(request):
                raise
            what_now = "Go back to where you came from, and start again."
            response = message(request, "That did not work", error.message, what_now, status=error.status)
            response.raw_headers.extend(error.headers)
            return response

    return wrapped


async def _remember_browser(request: Request, response: Response) -> Response:
    """Set the cookie of a known browser if somebody has signed in with this request."""
    context: ServerContext = request.app.state.context
    account: Account | None = getattr(request.state, "signed_in", None)
    if account:
        version = await accounts.password_version(context, account.id)
        value = await known_browsers.remember(context, request.cookies.get(KNOWN_BROWSER, ""), account.id, version)
        for path in SIGN_IN_PATHS:
            response.set_cookie(
                KNOWN_BROWSER,
                value,
                known_browsers.LIFETIME,
                path=path,
                secure=context.settings.uses_https,
                httponly=True,
                samesite="strict",
            )
    return response


def form_error(error: ServerError) -> APIError:
    """Return the API error that a script gets for a form that was not accepted."""
    match error:
        case TooManyAttempts():
            return too_many(str(error), error.seconds)
        case ValidationError():
            return APIError(400, str(error))
        case _:
            return APIError(403, "Unauthorized")


def wants_html(request: Request) -> bool:
    """Return whether a browser sent the request; scripts get JSON."""
    return "text/html" in request.headers.get("accept", "")
