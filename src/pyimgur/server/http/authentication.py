"""Authenticate requests: a client id names an application, a token names an application and an account.

Cookies and network addresses play no part. A request without credentials, with malformed ones or with an expired token
gets an error whose text programs compare.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from pyimgur.server.http.client_address import address_of
from pyimgur.server.http.errors import LOGIN_REQUIRED, APIError
from pyimgur.server.services import applications, oauth_tokens

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.services.context import ServerContext

REQUIRED = "Authentication required"
MALFORMED_HEADER = "Malformed auth header."
UNKNOWN_CLIENT = "Invalid client_id"
INVALID_TOKEN = "The access token provided is invalid."
"""Programs compare this text to know that they must refresh their token."""

_CLIENT_ID_WITHOUT_SPACE = re.compile(r"client-id\S*", re.IGNORECASE)


class Caller(NamedTuple):
    """The application and account that sent a request, and its network address."""

    client_id: str
    account_id: int | None
    account_name: str | None
    address: str

    def require_account(self) -> int:
        """Return the account.

        Raises:
            APIError: the request has a client id only.
        """
        if self.account_id is None:
            raise APIError(403, LOGIN_REQUIRED)
        return self.account_id


class Credentials(NamedTuple):
    """The credentials of a request: either a client id or a token."""

    client_id: str = ""
    token: str = ""


async def authenticate(request: Request, context: ServerContext) -> Caller:
    """Return the caller of a request.

    Raises:
        APIError: the request has no valid credentials.
    """
    sent = credentials(request)
    address = address_of(request)
    if sent.token:
        bearer = await oauth_tokens.find_bearer(context, sent.token)
        if bearer is None:
            raise APIError(context.settings.dead_token_status, INVALID_TOKEN)
        return Caller(bearer.client_id, bearer.account_id, bearer.account_name, address)
    if not (
        applications.is_accepted(context, sent.client_id) or await applications.is_registered(context, sent.client_id)
    ):
        raise APIError(403, UNKNOWN_CLIENT)
    return Caller(sent.client_id, None, None, address)


def credentials(request: Request) -> Credentials:
    """Return the credentials of the Authorization header, or of `?client_id=` if there is no such header.

    Raises:
        APIError: there are none.
    """
    for name, value in request.scope["headers"]:
        if name == b"authorization" and (sent := parse(value)):
            return sent
    query: bytes = request.scope["query_string"]
    if b"client_id=" in query:
        values = parse_qs(query.decode("utf-8", "replace")).get("client_id", [""])
        if values[-1]:
            return Credentials(client_id=values[-1])
    raise APIError(401, REQUIRED)


@lru_cache(1024)
def parse(header: bytes) -> Credentials | None:
    """Parse an Authorization header; None if it is empty.

    `Client-ID` without a space before its value counts as no credentials.

    Raises:
        APIError: the scheme is unknown, or has no value.
    """
    text = header.decode("latin-1").strip()
    if not text:
        return None
    scheme, _, value = text.partition(" ")
    value = value.strip()
    match scheme.lower():
        case "bearer" if value:
            return Credentials(token=value)
        case "client-id" if value:
            return Credentials(client_id=value)
        case _ if _CLIENT_ID_WITHOUT_SPACE.fullmatch(scheme):
            raise APIError(401, REQUIRED)
        case _:
            raise APIError(403, MALFORMED_HEADER)
