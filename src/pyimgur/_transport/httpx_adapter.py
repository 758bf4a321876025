"""Translate requests, response bodies and network errors to and from httpx2, for both executors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import wait
from functools import partial

import httpx2

from .._core.effects import Body, HTTPRequest, Sink
from ..exceptions import NoAnswerError, UnreadableAnswerError
from .daemon_thread import run_in_daemon_thread
from .deadline import Deadline

MAX_PORT = 65_535
MAX_HOST_LABEL = 63
"""Characters of one part of a host name, between two dots."""
MAX_RESPONSE = 64 * 1024 * 1024
"""Bytes of a response that are held in memory."""

_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.ProxyError,
)


class RequestBody(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """The body of a request; `done` says whether all of it was handed to the network."""

    def __init__(self, body: Body | None, deadline: Deadline) -> None:
        self._body = body
        self._deadline = deadline
        self.done = body is None

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks_in_time() if self._may_stall else self._chunks():
            yield chunk
            self._deadline.extend_for(len(chunk))
        self._all_sent()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not self._may_stall:
            for chunk in self:
                yield chunk
            return
        chunks = self._chunks()
        while chunk := await asyncio.wrap_future(run_in_daemon_thread(partial(next, chunks, b""), "imgur upload")):
            yield chunk
            self._deadline.extend_for(len(chunk))
        self._all_sent()

    @property
    def _may_stall(self) -> bool:
        """Whether reading the source may block for ever: it has no length, so that it may be a pipe."""
        return self._body is not None and self._body.length is None

    def _chunks(self) -> Iterator[bytes]:
        return iter(self._body.open() if self._body is not None else ())

    def _chunks_in_time(self) -> Iterator[bytes]:
        """Yield the chunks; raise an error if one has not been read by the deadline."""
        chunks = self._chunks()
        reading = run_in_daemon_thread(partial(next, chunks, b""), "imgur upload")
        while wait([reading], max(0.0, self._deadline.left)).done:
            if not (chunk := reading.result()):
                return
            yield chunk
            reading = run_in_daemon_thread(partial(next, chunks, b""), "imgur upload")
        raise self._deadline.error()

    def _all_sent(self) -> None:
        if self._body is not None:
            self._deadline.restart_for_response()
        self.done = True


def to_httpx_request(request: HTTPRequest, deadline: Deadline, timeout: float) -> tuple[httpx2.Request, RequestBody]:
    """Build the request for an httpx2 transport, and return it with its body.

    Raises:
        NoAnswerError: its URL is invalid; nothing was sent.
    """
    stream = RequestBody(request.body, deadline)
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
    return httpx2.Request(request.method, url, headers=headers, stream=stream, extensions=extensions), stream


def translate_error(error: httpx2.HTTPError, request: HTTPRequest, sent: bool) -> NoAnswerError:
    """Return the error for a failure of the network; `sent` says whether the whole request was handed over."""
    host = httpx2.URL(request.url).netloc.decode("ascii")
    if isinstance(error, _NOT_SENT):
        return NoAnswerError(
            f"cannot reach {host}: {error}; is it running, and is the URL correct?", request=request.label
        )
    problem = "took too long" if isinstance(error, httpx2.TimeoutException) else "broke off"
    return NoAnswerError(
        f"the connection to {host} {problem} ({str(error) or type(error).__name__})",
        request=request.label,
        sent=sent,
        begun=True,
    )


def root_cause(error: BaseException) -> BaseException:
    """Return the first error in a chain; those of the layers in between make a traceback no clearer."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


class BufferedBody:
    """Collects a response in memory, up to a limit; its bytes do not extend the deadline."""

    def __init__(self, label: str, deadline: Deadline) -> None:
        self._label = label
        self._deadline = deadline
        self._chunks: list[bytes] = []
        self._size = 0

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_RESPONSE:
            raise UnreadableAnswerError(f"the response is larger than {MAX_RESPONSE:,} bytes", request=self._label)
        self._deadline.extend_for(0)
        self._chunks.append(chunk)

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)


class StreamedBody:
    """Passes a response on to a sink; its bytes extend the deadline."""

    body = b""

    def __init__(self, sink: Sink, deadline: Deadline) -> None:
        self._sink = sink
        self._deadline = deadline

    def write(self, chunk: bytes) -> None:
        self._deadline.extend_for(len(chunk))
        self._sink.write(chunk)


def response_body_for(
    request: HTTPRequest, status: int, headers: Mapping[str, str], deadline: Deadline
) -> BufferedBody | StreamedBody:
    """Return where the bytes of this response go: to the sink if it accepts them, else to memory."""
    sink = request.sink
    accepted = sink is not None and sink.accepts(status, headers)
    return StreamedBody(sink, deadline) if sink is not None and accepted else BufferedBody(request.label, deadline)


def headers_of(response: httpx2.Response) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
