"""Answers that need not be sent twice: each answer to a GET has an ETag, and who names it gets 304 without the body.

The tag is a digest of the body, so every format, page and asker has its own. The answer is made all the same, and a 304
costs a credit as it does at Imgur: it saves the way, not the work.
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
OF_THE_BODY = frozenset({b"content-type", b"content-length"})
_TAG = re.compile(rb'(?:W/)?("[^"]*")')


def matches(condition: bytes, etag: bytes) -> bool:
    """Whether an If-None-Match header speaks of this tag, weak or strong (RFC 9110, section 13.1.2)."""
    return condition.strip() == b"*" or etag in _TAG.findall(condition)


def with_etag(request: HTTPConnection, made: Response) -> Response:
    """The answer with its tag, or that there is nothing new; a refusal, or what is no reading, stays as it is."""
    if request.scope["method"] not in READS or made.status_code != 200:
        return made
    long = isinstance(made, SpooledResponse)
    etag = b'"%s"' % (made.digest if long else sha1(made.body, usedforsecurity=False).hexdigest()).encode()
    made.raw_headers.append((b"etag", etag))
    conditions = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
    if conditions and matches(b",".join(conditions), etag):
        if long:
            made.close()
        made = APIResponse(b"", 304, made.raw_headers)
        made.raw_headers = [header for header in made.raw_headers if header[0] not in OF_THE_BODY]
    return made
