"""The authorization request of an application, as a value, and the redirect URLs that answer it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from pyimgur.server.http.declared_parameters import ExactQueryParameters
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameter_kinds import text
from pyimgur.server.services import applications

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.services.applications import Application
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.oauth_codes import ResponseType
    from pyimgur.server.services.oauth_tokens import Token

CHALLENGE = re.compile("[A-Za-z0-9_-]{43}", re.ASCII)
"""RFC 7636: a SHA-256 in base64url, without padding."""
RESPONSE_TYPES: dict[str, ResponseType] = {"code": "code", "pin": "pin", "token": "token"}


class AuthorizationQuery(ExactQueryParameters):
    """What an application asks for, in the URL of the consent page."""

    client_id = text("The application.")
    response_type = text("What the application gets.", choices=RESPONSE_TYPES)
    state = text("Anything; it comes back with the result.")
    redirect_uri = text("Where the result goes, if that is on the person's own machine.")
    code_challenge = text("The PKCE challenge of a code.")
    code_challenge_method = text("The method of the challenge.", choices=("S256",))


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """An application's request for access to the account of whoever signs in."""

    application: Application
    response_type: ResponseType
    state: str | None
    callback: str | None
    """Where the browser is redirected; None shows the result on a page."""
    challenge: str | None = None
    """The PKCE challenge of a code, made with S256."""

    @property
    def purpose(self) -> str:
        """The purpose of the consent page's CSRF token: this request and no other."""
        return json.dumps([self.application.client_id, self.response_type, self.state, self.callback, self.challenge])

    @property
    def registered_by(self) -> str:
        """Who registered the application, and so chose its name."""
        application = self.application
        if not application.registered:
            return "nobody"
        if application.owner is None:
            return "the operator of this server" if application.verified else "an account that was deleted"
        verified = ", verified by the operator of this server" if application.verified else ""
        return f"the account {application.owner}{verified}"

    @property
    def outcome_text(self) -> str:
        """What happens if the person allows it."""
        if self.response_type == "pin":
            return "You get a pin to type into the program"
        if self.callback:
            parts = urlsplit(self.callback)
            return f"You go back to {f'{parts.scheme}://{parts.netloc}' if parts.netloc else parts.scheme}"
        item = "a code" if self.response_type == "code" else "a URL"
        return f"You get {item} to paste into the program"


async def read(request: Request, context: ServerContext) -> AuthorizationRequest:
    """Return the authorization request in the query of the page's URL.

    A `redirect_uri` is used only if it leads to the person's own machine; see `redirect_uri_for`.

    Raises:
        APIError: it is malformed, or the client id is unknown.
    """
    query = AuthorizationQuery.read(request)
    client_id, response_type = query.client_id, query.response_type
    if not client_id and request.method == "POST":
        raise APIError(400, "No client id supplied")
    if not client_id or not response_type:
        raise APIError(400, "client_id and response_type are required")
    if response_type not in RESPONSE_TYPES:
        raise APIError(400, "The response_type is one of pin, code and token")
    application = await applications.find(context, client_id)
    if application is None:
        raise APIError(400, applications.INVALID_CLIENT)
    callback = applications.redirect_uri_for(application, query.redirect_uri)
    challenge = _challenge(query) if response_type == "code" else None
    return AuthorizationRequest(application, RESPONSE_TYPES[response_type], query.state, callback, challenge)


def _challenge(query: AuthorizationQuery) -> str | None:
    """Return the PKCE challenge; `plain`, the default method of the RFC, is rejected because it protects nothing."""
    challenge, method = query.code_challenge, query.code_challenge_method
    if challenge is None and method is None:
        return None
    if method != "S256":
        raise APIError(400, "The code_challenge_method must be S256")
    if challenge is None or not CHALLENGE.fullmatch(challenge):
        raise APIError(400, "The code_challenge must be 43 characters of base64url: the SHA-256 of the code_verifier")
    return challenge


def with_code(authorization: AuthorizationRequest, callback: str, code: str) -> str:
    """Return the callback with a code for the application."""
    return _redirect_url(callback, {**_state(authorization), "code": code})


def with_token(authorization: AuthorizationRequest, callback: str, token: Token) -> str:
    """Return the callback with a token in its fragment, which browsers send to no server.

    State is in the query, where Imgur has it, and in the fragment, where RFC 6749 (4.2.2) has it.
    """
    fragment = {
        "access_token": token.access_token,
        "expires_in": str(token.expires_in),
        "token_type": "bearer",
        "refresh_token": token.refresh_token,
        "account_username": token.account_name,
        "account_id": str(token.account_id),
        **_state(authorization),
    }
    return _redirect_url(callback, _state(authorization), fragment)


def with_denial(authorization: AuthorizationRequest, callback: str) -> str:
    """Return the callback with the error `access_denied`, in the fragment if a token was requested."""
    error = {"error": "access_denied"} | _state(authorization)
    if authorization.response_type == "token":
        return _redirect_url(callback, _state(authorization), error)
    return _redirect_url(callback, error)


def _state(authorization: AuthorizationRequest) -> dict[str, str]:
    return {} if authorization.state is None else {"state": authorization.state}


def _redirect_url(callback: str, query: dict[str, str], fragment: dict[str, str] | None = None) -> str:
    parts = urlsplit(callback)
    joined = "&".join(filter(None, (parts.query, urlencode(query))))
    return parts._replace(query=joined, fragment=urlencode(fragment or {})).geturl()
