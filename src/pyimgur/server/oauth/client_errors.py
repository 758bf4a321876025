"""Errors of the endpoints that programs post to, `/oauth2/token` and `/oauth2/revoke`.

The body is Imgur's, as its programs read it; beside `data`, `success` and `status` stand RFC 6749's `error` and
`error_description` (5.2), as OAuth libraries read them. The status is Imgur's: 400 also where the client is unknown.
"""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING

from pyimgur.server.http.errors import EXPECTED, APIError, error_response, to_api_error
from pyimgur.server.services.applications import InvalidClient
from pyimgur.server.services.oauth_tokens import InvalidGrant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.responses import Header

NO_STORE_HEADERS: tuple[Header, ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
)
CODES: dict[type[Exception], str] = {InvalidClient: "invalid_client", InvalidGrant: "invalid_grant"}
LATER = frozenset({429, 503, 507})
"""Statuses that say: come back later."""
_FORBIDDEN = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
"""What an `error_description` must not hold."""


class OAuthRefusal(APIError):
    """A refusal that knows its code of RFC 6749."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(400, sentence)
        self.code = code


def client_errors(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint, with what it refuses in the words of Imgur and of RFC 6749."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception as error:
            if not isinstance(error, EXPECTED):
                raise
            refusal = to_api_error(error)
            description = _FORBIDDEN.sub("'", refusal.sentence)
            response = error_response(
                request, refusal, {"error": _code(error, refusal), "error_description": description}
            )
            response.raw_headers.extend(NO_STORE_HEADERS)
            return response

    return answered


def _code(error: Exception, refusal: APIError) -> str:
    """The code of RFC 6749; for what it has no word, one of those for authorization requests (4.1.2.1)."""
    if isinstance(error, OAuthRefusal):
        return error.code
    if found := next((code for kind, code in CODES.items() if isinstance(error, kind)), None):
        return found
    if refusal.status in LATER:
        return "temporarily_unavailable"
    return "invalid_request" if refusal.status < 500 else "server_error"
