"""Who sent a request: the kind of its credentials, the application and the account; never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.requests import Request

from ..server.http.authentication import credentials
from ..server.http.errors import APIError
from ..server.services import oauth_tokens

if TYPE_CHECKING:
    from starlette.types import Scope

    from ..server.services.context import ServerContext

CredentialKind = Literal["anonymous", "token", "none"]
CONNECTION = "pyimgur.testing.connection"
"""Where a middleware that wraps `receive` puts the server's own in the scope: it alone can cut the connection."""
_KEY = "pyimgur.testing.identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """The sender of a request.

    Attributes:
        credentials: `anonymous` for a client id, `token` for an access token, `none` for neither.
        client_id: the application; None without credentials, or with a token that is not valid.
        account: the name of the account; None without a valid token.
    """

    credentials: CredentialKind = "none"
    client_id: str | None = None
    account: str | None = None


async def identify(scope: Scope, context: ServerContext) -> Identity:
    """Return the sender of a request, which is looked up once for each request."""
    if _KEY not in scope:
        scope[_KEY] = await _identify(scope, context)
    identity: Identity = scope[_KEY]
    return identity


async def _identify(scope: Scope, context: ServerContext) -> Identity:
    try:
        sent = credentials(Request(scope))
    except APIError:
        return Identity()
    if not sent.token:
        return Identity("anonymous", sent.client_id)
    bearer = await oauth_tokens.find_bearer(context, sent.token)
    return Identity("token", bearer.client_id, bearer.account_name) if bearer else Identity("token")
