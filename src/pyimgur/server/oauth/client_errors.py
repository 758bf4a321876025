"""Errors of the endpoints that programs post to, `/oauth2/token` and `/oauth2/revoke`.

The body is Imgur's, which its programs read. Beside `data`, `success` and `status` it has RFC 6749's `error` and
`error_description` (5.2), which OAuth libraries read. The status is Imgur's: 400 also if the client is unknown.
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

SECURITY_HEADERS: tuple[Header, ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
)
CODES: dict[type[Exception], str] = {InvalidClient: "invalid_client", InvalidGrant: "invalid_grant"}
TEMPORARY = frozenset({429, 503, 507})
"""Statuses of errors that may pass."""
_INVALID = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
"""Characters that an `error_description` must not contain."""


class OAuthError(APIError):
    """An error with a code of RFC 6749."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(400, message)
        self.code = code


def client_errors(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Wrap an endpoint: its errors become responses in the format of Imgur and of RFC 6749."""

    @wraps(endpoint)
    async def wrapped(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception as error:
            if not isinstance(error, EXPECTED):
                raise
            api_error = to_api_error(error)
            description = _INVALID.sub("'", api_error.message)
            response = error_response(
                request, api_error, {"error": _code(error, api_error), "error_description": description}
            )
            response.raw_headers.extend(SECURITY_HEADERS)
            return response

    return wrapped


def _code(error: Exception, api_error: APIError) -> str:
    """Return the code of RFC 6749, 5.2; where that has none, one of those for authorization requests (4.1.2.1)."""
    if isinstance(error, OAuthError):
        return error.code
    for error_type, code in CODES.items():
        if isinstance(error, error_type):
            return code
    if api_error.status in TEMPORARY:
        return "temporarily_unavailable"
    return "invalid_request" if api_error.status < 500 else "server_error"
