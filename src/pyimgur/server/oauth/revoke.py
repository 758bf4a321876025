"""POST /oauth2/revoke: a program ends a token that it holds (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.request_body import read_fields
from pyimgur.server.http.responses import envelope
from pyimgur.server.oauth.client_errors import NO_STORE_HEADERS, OAuthRefusal, client_errors
from pyimgur.server.oauth.token_endpoint import client_of
from pyimgur.server.services import oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import ServerContext


@client_errors
async def revoke(request: Request) -> Response:
    """End a refresh token with its access tokens, or one access token; a token that is not known is no error.

    `token_type_hint` may stand there: which of the two it is shows without it.
    """
    library: ServerContext = request.app.state.library
    fields = await read_fields(request, library.settings.limits)
    client_id, client_secret = client_of(request, fields)
    token = fields.text("token")
    if not token:
        raise OAuthRefusal("invalid_request", 'Missing parameter. "token" is required')
    await oauth_tokens.revoke_token(library, client_id, client_secret, token)
    return envelope(request, True, headers=NO_STORE_HEADERS)
