"""ETags for API responses: a request that sends a response's ETag as If-None-Match gets 304 without a body.

Each response to GET has an ETag. It is a digest of the body, so every format, page and viewer has its own. The response
is generated all the same, and a 304 costs a credit as at Imgur: it saves bandwidth, not work.
"""

from __future__ import annotations

import re
from hashlib import sha1
from typing import TYPE_CHECKING

from pyimgur.server.http.long_response import SpooledResponse
from pyimgur.server.http.responses import APIResponse

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

READS = frozenset({"GET", "HEAD"})
BODY_HEADERS = frozenset({b"content-type", b"content-length"})
_TAG = re.compile(rb'(?:W/)?("[^"]*")')


def matches(condition: bytes, etag: bytes) -> bool:
    """Return whether an If-None-Match header names this ETag, weak or strong (RFC 9110, section 13.1.2)."""
    return condition.strip() == b"*" or etag in _TAG.findall(condition)


def with_etag(request: HTTPConnection, response: Response) -> Response:
    """Return the response with its ETag, or 304.

    Errors, and responses to other methods than GET and HEAD, are returned unchanged.
    """
    if request.scope["method"] not in READS or response.status_code != 200:
        return response
    is_spooled = isinstance(response, SpooledResponse)
    digest = response.digest if is_spooled else sha1(response.body, usedforsecurity=False).hexdigest()
    etag = b'"%s"' % digest.encode()
    response.raw_headers.append((b"etag", etag))
    conditions = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
    if conditions and matches(b",".join(conditions), etag):
        if is_spooled:
            response.close()
        response = APIResponse(b"", 304, response.raw_headers)
        response.raw_headers = [header for header in response.raw_headers if header[0] not in BODY_HEADERS]
    return response
