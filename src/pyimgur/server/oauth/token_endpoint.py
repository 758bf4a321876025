"""POST /oauth2/token: a pin, a code or a refresh token for an access token, in any encoding that programs use."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from pyimgur.server.http.request_body import read_fields
from pyimgur.server.http.responses import without_envelope
from pyimgur.server.oauth.client_errors import NO_STORE_HEADERS, OAuthRefusal, client_errors
from pyimgur.server.pages.forms import address_of
from pyimgur.server.services import oauth_codes, oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.oauth_tokens import Token

GRANT_TYPES = {"authorization_code": "code", "pin": "pin", "refresh_token": "refresh_token"}
"""Each grant type, and the field in which its value comes."""


@client_errors
async def token(request: Request) -> Response:
    """The token document, or Imgur's sentence about what is wrong."""
    response = without_envelope(request, document(await _exchange(request, request.app.state.library)))
    response.raw_headers.extend(NO_STORE_HEADERS)
    return response


def document(token: Token) -> dict[str, Json]:
    """The token as Imgur writes it, without an envelope."""
    return {
        "access_token": token.access_token,
        "expires_in": token.expires_in,
        "token_type": "bearer",
        "scope": None,
        "refresh_token": token.refresh_token,
        "account_id": token.account_id,
        "account_username": token.account_name,
    }


async def _exchange(request: Request, library: ServerContext) -> Token:
    fields = await read_fields(request, library.settings.limits)
    grant_type = fields.text("grant_type")
    if not grant_type:
        raise OAuthRefusal("invalid_request", "The grant type was not specified in the request")
    if grant_type not in GRANT_TYPES:
        raise OAuthRefusal("unsupported_grant_type", f'Grant type "{grant_type[:100]}" not supported')
    client_id, client_secret = client_of(request, fields)
    name = GRANT_TYPES[grant_type]
    value = fields.text(name)
    if not value:
        raise OAuthRefusal("invalid_request", f'Missing parameter. "{name}" is required')
    match grant_type:
        case "pin":
            return await oauth_codes.exchange_pin(library, client_id, client_secret, value, address=address_of(request))
        case "authorization_code":
            verifier = fields.text("code_verifier")
            return await oauth_codes.exchange_code(library, client_id, client_secret, value, verifier=verifier)
        case _:
            return await oauth_tokens.refresh(library, client_id, client_secret, value)


def client_of(request: Request, fields: Fields) -> tuple[str, str]:
    """Client id and secret: in the body, or as HTTP Basic; any other Authorization header is none of our business."""
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    shown = (fields.text("client_id") or "", fields.text("client_secret") or "")
    if not all(shown) and scheme.lower() == "basic":
        shown = parse_basic_auth(word)
    if not all(shown):
        raise OAuthRefusal("invalid_client", "Client credentials were not found in the headers or body")
    return shown


def parse_basic_auth(word: str) -> tuple[str, str]:
    """The two halves of an HTTP Basic credential, each of which OAuth encodes like a form field."""
    try:
        client_id, _, client_secret = b64decode(word, validate=True).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(client_secret)
