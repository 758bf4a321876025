"""HTTP/1.1 without I/O, for the fast exchanges: write the head of a request, and read one response with httptools.

Only plain requests are written here: an ASCII http or https URL without user, fragment and dot segments, and headers
of printable ASCII. The exchanges leave all others to httpx2, which normalizes or refuses them.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import NamedTuple

import httptools

from .._core.effects import Body, HTTPRequest, Reply
from .deadline import Deadline
from .network_errors import ExchangeError
from .response_body import BufferedBody, StreamedBody, response_body_for

MAX_HEAD = 64 * 1024
"""Bytes of a response that may come without one of its body: its heads, interim ones included, or a trailer."""
MAX_CODINGS = 4
"""Layers of compression that a response may have."""
PIECE = 1 << 20
"""Bytes that are decompressed at once."""

_ORIGIN = re.compile(
    r"(https?)://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::([1-9][0-9]{0,4}))?"
)
_TARGET = re.compile(r"(?!.*/\.)/[A-Za-z0-9\-._~:/?@!$&'()*+,;=%]*")
_HEADERS = re.compile(r"(?:[A-Za-z0-9-]+: [!-~](?:[ -~]*[!-~])?\r\n)*")
_NO_BODY = frozenset({204, 304})


class Origin(NamedTuple):
    """The server that a connection leads to."""

    scheme: str
    host: str
    port: int
    netloc: str
    """Host and port as the URL has them, for the header Host and for errors."""


@lru_cache(256)
def parse_origin(prefix: str) -> Origin | None:
    """Return the origin at the beginning of a URL, or None if only httpx2 can tell whether it is valid."""
    if (found := _ORIGIN.fullmatch(prefix)) is None:
        return None
    scheme, host, port = found.groups()
    default = 443 if scheme == "https" else 80
    if int(port or default) > 65_535:
        return None
    netloc = host if port is None or int(port) == default else f"{host}:{port}"
    return Origin(scheme, host, int(port or default), netloc)


def plain_request(request: HTTPRequest) -> tuple[Origin, bytes] | None:
    """Return where to send a request and its head, or None if it is not plain."""
    end = request.url.find("/", len("https://"))
    prefix, target = (request.url, "/") if end < 0 else (request.url[:end], request.url[end:])
    if (origin := parse_origin(prefix)) is None or not _TARGET.fullmatch(target):
        return None
    lines, count = "".join([f"{name}: {value}\r\n" for name, value in request.headers.items()]), len(request.headers)
    if (body := request.body) is not None:
        framing = "Transfer-Encoding: chunked" if body.length is None else f"Content-Length: {body.length}"
        lines, count = f"{lines}Content-Type: {body.content_type}\r\n{framing}\r\n", count + 2
    if not _HEADERS.fullmatch(lines) or lines.count("\n") != count:
        return None
    return origin, f"{request.method} {target} HTTP/1.1\r\nHost: {origin.netloc}\r\n{lines}\r\n".encode("ascii")


class Framing:
    """Frames a request: its head goes with the first part of its body, and that as the head says.

    A body has the length of the head, or is sent in HTTP's chunks if none is known.
    """

    def __init__(self, head: bytes, body: Body | None) -> None:
        self._head = head
        self._length = body.length if body is not None else 0
        self._left = self._length

    @property
    def complete(self) -> bool:
        """Whether all of a body of known length was framed: once it is sent, the request may have its effect."""
        return self._left == 0

    def frame(self, chunk: bytes) -> bytes:
        """Return the bytes to send for a part of the body.

        Raises:
            ExchangeError: the body is longer than its head says.
        """
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                raise ExchangeError(f"the body of the request is longer than {self._length} bytes")
        elif chunk:  # an empty one would end the body
            chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
        head, self._head = self._head, b""
        return head + chunk

    def end(self) -> bytes:
        """Return the bytes to send behind the last part.

        Raises:
            ExchangeError: the body is shorter than its head says.
        """
        if self._left:
            raise ExchangeError(f"the body of the request is shorter than {self._length} bytes")
        return self._head + (b"0\r\n\r\n" if self._length is None else b"")


class Response:
    """Reads one response: feed it bytes until it is complete.

    The connection may be used again if `reusable` is true then: the server keeps it open, and sent nothing more.
    """

    def __init__(self, request: HTTPRequest, deadline: Deadline) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.complete = False
        self.reusable = False
        self.request = request
        self.deadline = deadline
        self._parser = httptools.HttpResponseParser(self)
        self._head = 0
        self._left = -1
        """Bytes of a body of known length that are to come, of which the parser needs to see none; else negative."""
        self._body: BufferedBody | StreamedBody
        self._into: BufferedBody | StreamedBody | Gunzip
        self._codings: list[Gunzip] = []

    @property
    def reply(self) -> Reply:
        """The response, once it is complete; its body is empty if a sink took it."""
        return Reply(self.status, self.headers, self._body.body)

    @property
    def begun(self) -> bool:
        """Whether the final head has arrived."""
        return self.status >= 200

    def feed(self, data: bytes) -> None:
        """Read the next bytes of the connection; none means that the server closed it.

        Raises:
            ExchangeError: they are no response.
            ImgurError: the response is too large, or its sink cannot take it.
        """
        if self.complete:
            self.reusable = False  # a response to nothing
        elif not data:
            self._end()
        elif self._left > 0:
            self._feed_body(data)
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        self._head += len(data)  # on_body resets it
        problem: BaseException | None = None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            problem = error.__context__
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.reusable = False
            problem = None if self.complete else ExchangeError(f"the response is not HTTP: {error}")
        if problem is not None:  # raised above, one of a sink would lose its cause
            raise problem
        if self._head > MAX_HEAD and not self.complete:
            raise ExchangeError("the head or the trailer of the response is too large")

    def _feed_body(self, data: bytes) -> None:
        surplus = len(data) - self._left
        self._into.write(data[: self._left] if surplus > 0 else data)
        self._left = max(0, -surplus)
        if surplus >= 0:
            self._finish()
            self.reusable &= surplus == 0

    def _end(self) -> None:
        if not self.begun:
            raise ExchangeError("the server closed the connection without a response")
        if self._left >= 0 or "transfer-encoding" in self.headers:
            raise ExchangeError("the server closed the connection before the end of the response")
        self._finish()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header from the parser; those of a trailer are ignored."""
        if not self.begun:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """Decide what becomes of the body."""
        if self.complete:
            return
        status = self._parser.get_status_code()
        if status < 100:  # the parser would take its body for that of a final response
            raise ExchangeError(f"the response has the invalid status {status}")
        if status < 200:  # an interim response
            self.headers.clear()
            return
        self.status = status
        self.reusable = self._parser.should_keep_alive()
        self._into = self._body = response_body_for(self.request, status, self.headers, self.deadline)
        codings = [each.strip().lower() for each in self.headers.get("content-encoding", "").split(",")]
        if len(codings) > MAX_CODINGS:
            raise ExchangeError("the response is compressed too often")
        for coding in codings:
            if coding in {"gzip", "x-gzip"}:
                self._into = gunzip = Gunzip(self._into)
                self._codings.append(gunzip)
        length = self.headers.get("content-length")
        if self.request.method == "HEAD":
            self._finish()
            self.reusable = False
        elif length is not None and "transfer-encoding" not in self.headers and status not in _NO_BODY:
            self._left = int(length)

    def on_body(self, chunk: bytes) -> None:
        """Take a part of the body from the parser."""
        if not self.begun:
            raise ExchangeError("an interim response has a body")
        if not self.complete:
            self._head = 0
            if self._left > 0:
                self._left -= len(chunk)
            self._into.write(chunk)

    def on_message_complete(self) -> None:
        """Note the end of the response, unless it is an interim one."""
        if self.begun and not self.complete:
            self._finish()

    def on_message_begin(self) -> None:
        """Notice a response to nothing."""
        if self.complete:
            self.reusable = False

    def _finish(self) -> None:
        for gunzip in reversed(self._codings):
            gunzip.finish()
        self.complete = True


class Gunzip:
    """Decompresses a response in pieces, so that few bytes cannot become many at once."""

    def __init__(self, into: BufferedBody | StreamedBody | Gunzip) -> None:
        self._into = into
        self._member = zlib.decompressobj(wbits=31)
        self._empty = True

    def write(self, chunk: bytes) -> None:
        """Decompress the next bytes.

        Raises:
            ExchangeError: they are no gzip.
        """
        try:
            while chunk:
                if self._member.eof:
                    self._member = zlib.decompressobj(wbits=31)
                self._empty = False
                self._into.write(self._member.decompress(chunk, PIECE))
                chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        except zlib.error as error:
            raise ExchangeError(f"the response is not compressed as it says: {error}") from None

    def finish(self) -> None:
        """Check that nothing is missing at the end.

        Raises:
            ExchangeError: something is.
        """
        if not self._empty and not self._member.eof:
            raise ExchangeError("the compressed response is cut off")
