"""The endpoint `/oauth2/token`: exchange a pin, a code or a refresh token for an access token.

The body may have any encoding that programs use.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from pyimgur.server.http.client_address import address_of
from pyimgur.server.http.declared_parameters import BodyFields, takes
from pyimgur.server.http.parameter_kinds import text, word
from pyimgur.server.http.responses import without_envelope
from pyimgur.server.oauth.client_errors import SECURITY_HEADERS, OAuthError, client_errors
from pyimgur.server.services import oauth_codes, oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.oauth_tokens import Token

GRANT_TYPES = {"authorization_code": "code", "pin": "pin", "refresh_token": "refresh_token"}
"""Each grant type, and the field that holds its value."""


class ClientFields(BodyFields):
    """An application. HTTP Basic may hold it instead."""

    client_id = word("The client id.")
    client_secret = word("The client secret.")


class TokenFields(ClientFields):
    """What is exchanged for a token."""

    grant_type = word("What is exchanged.", choices=GRANT_TYPES)
    code = word("The code, for `authorization_code`.")
    pin = word("The pin, for `pin`.")
    refresh_token = word("The refresh token, for `refresh_token`.")
    code_verifier = text("The PKCE verifier of the code.")


@takes(TokenFields)
@client_errors
async def token(request: Request) -> Response:
    """Exchange a pin, a code or a refresh token for an access token."""
    response = without_envelope(request, token_json(await _exchange(request, request.app.state.context)))
    response.raw_headers.extend(SECURITY_HEADERS)
    return response


def token_json(token: Token) -> dict[str, Json]:
    """Return the JSON of a token, which has no envelope at Imgur."""
    return {
        "access_token": token.access_token,
        "expires_in": token.expires_in,
        "token_type": "bearer",
        "scope": None,
        "refresh_token": token.refresh_token,
        "account_id": token.account_id,
        "account_username": token.account_name,
    }


async def _exchange(request: Request, context: ServerContext) -> Token:
    fields = await TokenFields.read(request, context.settings.limits)
    grant_type = fields.grant_type
    if not grant_type:
        raise OAuthError("invalid_request", "The grant type was not specified in the request")
    if grant_type not in GRANT_TYPES:
        raise OAuthError("unsupported_grant_type", f'Grant type "{grant_type[:100]}" not supported')
    client_id, client_secret = client_of(request, fields)
    name = GRANT_TYPES[grant_type]
    value: str = getattr(fields, name)
    if not value:
        raise OAuthError("invalid_request", f'Missing parameter. "{name}" is required')
    match grant_type:
        case "pin":
            return await oauth_codes.exchange_pin(context, client_id, client_secret, value, address=address_of(request))
        case "authorization_code":
            return await oauth_codes.exchange_code(
                context, client_id, client_secret, value, verifier=fields.code_verifier
            )
        case _:
            return await oauth_tokens.refresh(context, client_id, client_secret, value)


def client_of(request: Request, fields: ClientFields) -> tuple[str, str]:
    """Return client id and secret, from the body or else from HTTP Basic; other Authorization headers are ignored.

    Raises:
        OAuthError: one of them is missing.
    """
    scheme, _, basic = request.headers.get("authorization", "").partition(" ")
    credentials = (fields.client_id, fields.client_secret)
    if not all(credentials) and scheme.lower() == "basic":
        credentials = parse_basic_auth(basic)
    if not all(credentials):
        raise OAuthError("invalid_client", "Client credentials were not found in the headers or body")
    return credentials


def parse_basic_auth(credentials: str) -> tuple[str, str]:
    """Return client id and secret of HTTP Basic credentials, each form-encoded as OAuth demands; empty if malformed."""
    try:
        client_id, _, client_secret = b64decode(credentials, validate=True).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(client_secret)
