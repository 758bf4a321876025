"""Who calls: an application by its client id, or an application and a person by a token.

Nothing else tells: no cookie, no address. A request that names nobody, names it wrongly, or shows a dead token is
refused with the very sentences that programs look for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from pyimgur.server.http.errors import LOGIN_REQUIRED, APIError
from pyimgur.server.services import applications, oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.services.context import ServerContext

REQUIRED = "Authentication required"
MALFORMED_HEADER = "Malformed auth header."
UNKNOWN_CLIENT = "Invalid client_id"
INVALID_TOKEN = "The access token provided is invalid."
"""Programs refresh their token when they read this."""

_GLUED = re.compile(r"client-id\S*", re.IGNORECASE)


class Caller(NamedTuple):
    """Who sent a request, and from where."""

    client_id: str
    account_id: int | None
    account_name: str | None
    address: str

    def account(self) -> int:
        """The person's account; refused where an application speaks for nobody."""
        if self.account_id is None:
            raise APIError(403, LOGIN_REQUIRED)
        return self.account_id


class Credentials(NamedTuple):
    """What a request shows: one of the two."""

    client_id: str = ""
    token: str = ""


async def authenticate(request: Request, library: ServerContext) -> Caller:
    """Who sent this request."""
    shown = credentials(request)
    client: tuple[str, int] | None = request.scope["client"]
    address = client[0] if client else ""
    if shown.token:
        bearer = await oauth_tokens.account_of(library, shown.token)
        if bearer is None:
            raise APIError(library.settings.dead_token_status, INVALID_TOKEN)
        return Caller(bearer.client_id, bearer.account_id, bearer.account_name, address)
    if not (
        applications.accepted(library, shown.client_id) or await applications.is_registered(library, shown.client_id)
    ):
        raise APIError(403, UNKNOWN_CLIENT)
    return Caller(shown.client_id, None, None, address)


def credentials(request: Request) -> Credentials:
    """What the Authorization header shows, or `?client_id=` where there is none."""
    for name, value in request.scope["headers"]:
        if name == b"authorization" and (header := value.decode("latin-1").strip()):
            return parse(header)
    query: bytes = request.scope["query_string"]
    if b"client_id=" in query:
        named = parse_qs(query.decode("utf-8", "replace")).get("client_id", [""])
        if named[-1]:
            return Credentials(client_id=named[-1])
    raise APIError(401, REQUIRED)


def parse(header: str) -> Credentials:
    """The header's two words; `Client-ID` with its value glued on, or without any, names nobody."""
    scheme, _, value = header.partition(" ")
    value = value.strip()
    match scheme.lower():
        case "bearer" if value:
            return Credentials(token=value)
        case "client-id" if value:
            return Credentials(client_id=value)
        case _ if _GLUED.fullmatch(scheme):
            raise APIError(401, REQUIRED)
        case _:
            raise APIError(403, MALFORMED_HEADER)
