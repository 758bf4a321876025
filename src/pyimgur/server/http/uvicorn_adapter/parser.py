"""Parse HTTP/1.1 requests so strictly that no proxy in front of this server can see different request boundaries.

httptools (llhttp) rejects most of what two parsers would read differently: two lengths, a length with chunks, folded
lines, bare line feeds, blanks in field names. This module adds:

- An offer to upgrade (`Upgrade: h2c` from curl and Java, `websocket`) is ignored, as RFC 9110, section 7.8, allows. The
  parser would treat the bytes after the head as the other protocol, and uvicorn would read them as the next request. A
  head with such an offer is parsed a second time without it, so its body has the length that it announces.
- CONNECT, transfer codings other than `chunked`, chunks in HTTP/1.0 and HTTP/0.9 are rejected.
- Trailers are dropped: uvicorn would add them to the headers, past a proxy that checks those.
- The host in an absolute target (`GET http://host/path`) replaces the Host header (RFC 9112, section 3.2.2).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import httptools

if TYPE_CHECKING:
    from collections.abc import Callable

Header = tuple[bytes, bytes]
MAX_TARGET_BYTES = (1 << 16) - 1
"""Maximum length of a request target that httptools accepts."""
_UPGRADE = b"upgrade"


class Handler(Protocol):
    """Receives the parser's events; the part of uvicorn's protocol that the parser uses."""

    url: bytes
    headers: list[Header]

    def on_message_begin(self) -> None: ...  # noqa: D102
    def on_url(self, url: bytes, /) -> None: ...  # noqa: D102
    def on_header(self, name: bytes, value: bytes, /) -> None: ...  # noqa: D102
    def on_headers_complete(self) -> None: ...  # noqa: D102
    def on_body(self, body: bytes, /) -> None: ...  # noqa: D102
    def on_message_complete(self) -> None: ...  # noqa: D102


class RejectedRequest(Exception):
    """The request is rejected with `status`."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class RequestParser:
    """Calls a handler for each part of each request of a connection, however its bytes are split.

    It has the methods of `httptools.HttpRequestParser` that uvicorn calls.
    """

    get_http_version: Callable[[], str]
    get_method: Callable[[], bytes]
    should_keep_alive: Callable[[], bool]

    def __init__(self, handler: Handler) -> None:
        self.rejection: HTTPStatus | None = None
        """Why `feed_data` failed, if httptools itself saw no error."""
        self.on_message_begin = handler.on_message_begin
        self.on_url = handler.on_url
        self.on_header = handler.on_header
        self.on_body = handler.on_body
        self._handler = handler
        self._upgrading = False
        self._start()

    def _start(self) -> None:
        self._parser = parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)  # bytes after the last request are ignored
        self.get_http_version = parser.get_http_version
        self.get_method = parser.get_method
        self.should_keep_alive = parser.should_keep_alive

    def should_upgrade(self) -> bool:
        """Return False: no request changes the protocol."""
        return False

    def feed_data(self, data: bytes) -> None:
        """Parse the next bytes.

        Raises:
            httptools.HttpParserError: the request is rejected. Nothing may be fed after that.
        """
        rest = memoryview(data)
        while rest:
            try:
                self._parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                end: int = upgrade.args[0]
                rest = rest[end:]
                self._parse_head_again()
            else:
                return

    def close(self) -> None:
        """Drop httptools' parser, which is in a reference cycle with this object."""
        del self._parser, self.get_http_version, self.get_method, self.should_keep_alive

    def on_headers_complete(self) -> None:
        """Check a head and pass it on. A head that offers an upgrade is parsed again first."""
        self._upgrading = self._parser.should_upgrade()
        if self._upgrading and self.get_method() != b"CONNECT":
            return
        try:
            self._check()
        except RejectedRequest as error:
            self.rejection = error.status
            raise
        self._handler.on_headers_complete()
        self._handler.headers = []  # receives the trailers; the request keeps the old list

    def on_message_complete(self) -> None:
        """Pass on the end of a request, unless its head is going to be parsed again."""
        if not self._upgrading:
            self._handler.on_message_complete()

    def _parse_head_again(self) -> None:
        """Parse the head without the offer.

        It is rebuilt from httptools' result, so that it cannot mean anything else.
        """
        start = b"%s %s HTTP/%s" % (self.get_method(), self._handler.url, self.get_http_version().encode())
        fields = [b"%s: %s" % header for header in self._handler.headers if header[0] != _UPGRADE]
        self._start()
        self._parser.feed_data(b"\r\n".join((start, *fields, b"", b"")))

    def _check(self) -> None:
        """Raise `RejectedRequest` for a head that other parsers may read differently."""
        version = self.get_http_version()
        if version not in ("1.1", "1.0"):
            raise RejectedRequest(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        if self._upgrading:
            raise RejectedRequest(HTTPStatus.METHOD_NOT_ALLOWED)
        for name, value in self._handler.headers:
            if name == b"transfer-encoding":
                if version != "1.1":
                    raise RejectedRequest(HTTPStatus.BAD_REQUEST)
                if value.strip().lower() != b"chunked":
                    raise RejectedRequest(HTTPStatus.NOT_IMPLEMENTED)
        if not self._handler.url.startswith(b"/"):
            self._use_target_host()

    def _use_target_host(self) -> None:
        """Split an absolute target into a path and the Host header; `*` is left alone."""
        handler = self._handler
        if handler.url == b"*":
            return
        target = urlsplit(handler.url)  # httptools has checked it, so urlsplit drops no byte
        if not target.scheme or not target.hostname or b"@" in target.netloc:
            raise RejectedRequest(HTTPStatus.BAD_REQUEST)
        query = b"?" + target.query if target.query else b""
        handler.url = (target.path or b"/") + query
        handler.headers[:] = [(b"host", target.netloc), *(header for header in handler.headers if header[0] != b"host")]
