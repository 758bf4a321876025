"""An exchange in the HTTP library's words: its message, its deadline, and where its answer goes.

Both drivers use these. httpx2's own timeouts are per read; a `Deadline` is total, and is prolonged
only by the bytes of a file that moves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import wait
from functools import partial

import httpx2

from .._core.effects import Body, HTTPRequest, Sink
from ..exceptions import DeadlineError, NoAnswerError, UnreadableAnswerError
from .daemon_thread import run_in_daemon_thread

MIN_BYTES_PER_SECOND = 16 * 1024
"""Bytes a second at which a file must move at least: each byte of it prolongs the deadline by as much."""
LARGEST_PORT = 65_535
LONGEST_LABEL = 63
"""Characters that a part of a host's name, between two dots, may have."""
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that are held in memory."""

_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.ProxyError,
)


class Deadline:
    """When an exchange must be over; one that moves a file is given more time as its bytes move."""

    def __init__(self, exchange: HTTPRequest, seconds: float) -> None:
        self.seconds = seconds
        self.timer: asyncio.Timeout | None = None
        self._label = exchange.label
        self._end = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def extend_for(self, size: int) -> None:
        """Give the time that so many bytes of a file may take; what ran out is an error here already."""
        if self.left <= 0:
            raise self.error()
        more = size / MIN_BYTES_PER_SECOND
        self._end += more
        if self.timer is not None and (end := self.timer.when()) is not None:
            self.timer.reschedule(end + more)

    def restart_for_response(self) -> None:
        """All is handed over: the answer gets the time of any other, however long the way there took."""
        end = time.monotonic() + self.seconds
        if self.timer is not None and end < self._end:
            self.timer.reschedule(asyncio.get_running_loop().time() + self.seconds)
        self._end = min(self._end, end)

    def error(self, *, sent: bool = False) -> DeadlineError:
        return DeadlineError(f"no whole answer within {self.seconds:g} s", request=self._label, sent=sent, begun=True)


class RequestBody(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body on its way; remembers whether all of it was handed over."""

    def __init__(self, body: Body | None, deadline: Deadline) -> None:
        self._body = body
        self._deadline = deadline
        self.done = body is None

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._waited_for() if self._may_stall else self._chunks():
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
        """Whether its source is one without a length, such as a pipe: whoever fills it may never do so."""
        return self._body is not None and self._body.length is None

    def _chunks(self) -> Iterator[bytes]:
        return iter(self._body.open() if self._body is not None else ())

    def _waited_for(self) -> Iterator[bytes]:
        """The chunks, each waited for no longer than the deadline is away."""
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


def to_httpx_request(exchange: HTTPRequest, deadline: Deadline, timeout: float) -> tuple[httpx2.Request, RequestBody]:
    """The HTTP library's form of an exchange, built straight for its transport."""
    sending = RequestBody(exchange.body, deadline)
    try:
        url = httpx2.URL(exchange.url)
        named = all(0 < len(label) <= LONGEST_LABEL for label in url.host.removesuffix(".").split("."))
    except (httpx2.InvalidURL, UnicodeError) as error:  # the second of a host that is no name in other alphabets
        raise NoAnswerError(f"{exchange.url!r} is not a URL: {error}", request=exchange.label) from None
    if url.scheme not in {"http", "https"} or not named:
        raise NoAnswerError(f"{exchange.url!r} is not an http or https URL", request=exchange.label)
    if url.port is not None and url.port > LARGEST_PORT:
        raise NoAnswerError(f"{exchange.url!r} is not a URL: there is no port {url.port}", request=exchange.label)
    headers = {"Host": url.netloc.decode("ascii"), **exchange.headers}
    if (body := exchange.body) is not None:
        headers["Content-Type"] = body.content_type
        headers.update(
            {"Transfer-Encoding": "chunked"} if body.length is None else {"Content-Length": str(body.length)}
        )
    limit = max(0.001, min(timeout, deadline.left))
    extensions = {"timeout": {"connect": limit, "read": limit, "write": limit, "pool": limit}}
    return httpx2.Request(exchange.method, url, headers=headers, stream=sending, extensions=extensions), sending


def translate_error(error: httpx2.HTTPError, exchange: HTTPRequest, sent: bool) -> NoAnswerError:
    """What a failure of the network means to the caller."""
    host = httpx2.URL(exchange.url).netloc.decode("ascii")
    if isinstance(error, _NOT_SENT):
        return NoAnswerError(
            f"cannot reach {host}: {error}; is it running, and is the URL correct?", request=exchange.label
        )
    what = "took too long" if isinstance(error, httpx2.TimeoutException) else "broke off"
    return NoAnswerError(
        f"the connection to {host} {what} ({str(error) or type(error).__name__})",
        request=exchange.label,
        sent=sent,
        begun=True,
    )


def root_cause(error: BaseException) -> BaseException:
    """What an error comes from in the end: of the layers in between a traceback says nothing that helps."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


class BufferedBody:
    """An answer's bytes in memory, up to a bound, within the deadline however slowly they come."""

    def __init__(self, label: str, deadline: Deadline) -> None:
        self._label = label
        self._deadline = deadline
        self._chunks: list[bytes] = []
        self._size = 0

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > LARGEST_ANSWER:
            raise UnreadableAnswerError(f"the answer is over {LARGEST_ANSWER:,} bytes", request=self._label)
        self._deadline.extend_for(0)
        self._chunks.append(chunk)

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)


class StreamedBody:
    """An answer's bytes on their way into a sink; they prolong the deadline."""

    body = b""

    def __init__(self, sink: Sink, deadline: Deadline) -> None:
        self._sink = sink
        self._deadline = deadline

    def write(self, chunk: bytes) -> None:
        self._deadline.extend_for(len(chunk))
        self._sink.write(chunk)


def response_body_for(
    exchange: HTTPRequest, status: int, headers: Mapping[str, str], deadline: Deadline
) -> BufferedBody | StreamedBody:
    """Where the bytes of this answer go: the sink if it wants them, else memory."""
    sink = exchange.sink
    wanted = sink is not None and sink.accepts(status, headers)
    return StreamedBody(sink, deadline) if sink is not None and wanted else BufferedBody(exchange.label, deadline)


def headers_of(response: httpx2.Response) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
