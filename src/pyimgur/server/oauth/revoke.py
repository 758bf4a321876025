"""The endpoint `/oauth2/revoke`: a program revokes its token (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.parameter_kinds import ignored, word
from pyimgur.server.http.responses import envelope
from pyimgur.server.oauth.client_errors import SECURITY_HEADERS, OAuthError, client_errors
from pyimgur.server.oauth.token_endpoint import ClientFields, client_of
from pyimgur.server.services import oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import ServerContext


class RevocationFields(ClientFields):
    """A token to revoke."""

    token = word("A refresh token or an access token.")
    token_type_hint = ignored("Ignored: both kinds of token are looked up.")


@takes(RevocationFields)
@client_errors
async def revoke(request: Request) -> Response:
    """Revoke a refresh token with its access tokens, or one access token; an unknown token is not an error.

    `token_type_hint` is ignored, because both kinds of token are looked up.
    """
    context: ServerContext = request.app.state.context
    fields = await RevocationFields.read(request, context.settings.limits)
    client_id, client_secret = client_of(request, fields)
    if not fields.token:
        raise OAuthError("invalid_request", 'Missing parameter. "token" is required')
    await oauth_tokens.revoke_token(context, client_id, client_secret, fields.token)
    return envelope(request, True, headers=SECURITY_HEADERS)
