"""Translate requests, responses and network errors to and from httpx2, for both exchanges."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from .._core.effects import HTTPRequest
from ..exceptions import NoAnswerError
from . import network_errors
from .deadline import Deadline
from .request_body import RequestBody

MAX_PORT = 65_535
MAX_HOST_LABEL = 63
"""Characters of one part of a host name, between two dots."""

_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.ProxyError,
)


class _RequestStream(RequestBody, httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """The body of a request as httpx2 takes it."""


def to_httpx_request(request: HTTPRequest, deadline: Deadline, timeout: float) -> httpx2.Request:
    """Build the request for an httpx2 transport.

    Raises:
        NoAnswerError: its URL is invalid; nothing was sent.
    """
    stream = _RequestStream(request.body, deadline)
    try:
        url = httpx2.URL(request.url)
        valid_host = all(0 < len(label) <= MAX_HOST_LABEL for label in url.host.removesuffix(".").split("."))
    except (httpx2.InvalidURL, UnicodeError) as error:  # UnicodeError: an invalid internationalized name
        raise NoAnswerError(f"{request.url!r} is not a URL: {error}", request=request.label) from None
    if url.scheme not in {"http", "https"} or not valid_host:
        raise NoAnswerError(f"{request.url!r} is not an http or https URL", request=request.label)
    if url.port is not None and url.port > MAX_PORT:
        raise NoAnswerError(f"{request.url!r} is not a URL: there is no port {url.port}", request=request.label)
    headers = {"Host": url.netloc.decode("ascii"), **request.headers}
    if (body := request.body) is not None:
        headers["Content-Type"] = body.content_type
        headers.update(
            {"Transfer-Encoding": "chunked"} if body.length is None else {"Content-Length": str(body.length)}
        )
    limit = max(0.001, min(timeout, deadline.left))
    extensions = {"timeout": {"connect": limit, "read": limit, "write": limit, "pool": limit}}
    return httpx2.Request(request.method, url, headers=headers, stream=stream, extensions=extensions)


def translate_error(error: httpx2.HTTPError, request: HTTPRequest, sent: bool) -> NoAnswerError:
    """Return the error for a failure of the network; `sent` says whether the whole request was handed over."""
    host = httpx2.URL(request.url).netloc.decode("ascii")
    if isinstance(error, _NOT_SENT):
        return network_errors.unreachable(request, host, error)
    timed_out = isinstance(error, httpx2.TimeoutException)
    return network_errors.broken(request, host, error, timed_out=timed_out, sent=sent)


def root_cause(error: BaseException) -> BaseException:
    """Return the first error in a chain; those of the layers in between make a traceback no clearer."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


def headers_of(response: httpx2.Response) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
