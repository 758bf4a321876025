"""Log requests and responses to `pyimgur.calls`: one line each at INFO, headers and sizes at DEBUG.

No secret is logged: keys and cookies are redacted in the headers, and a request is named by its label.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec
from urllib.parse import urlsplit

from .._core.effects import HTTPRequest, Reply
from ..exceptions import ImgurError

log = logging.getLogger("pyimgur.calls")
P = ParamSpec("P")

_SECRET_HEADERS = frozenset({"cookie", "set-cookie", "x-mashape-key", "x-rapidapi-key"})
_URL_HEADERS = frozenset({"location", "referer", "link"})
"""Headers whose URL may contain a token or a code in its query or fragment."""


def is_listening() -> bool:
    """Return whether requests are logged: else not even the texts are put together."""
    return log.isEnabledFor(logging.INFO)


@contextmanager
def log_request(request: HTTPRequest) -> Generator[Callable[[Reply], Reply]]:
    """Log a request, and the response that is passed to the function this gives, or the error raised in the block."""
    log.debug("> %s at %s%s", request.label, _LazyText(_origin, request.url), _LazyText(_describe_request, request))
    start = time.monotonic()
    try:
        yield partial(_log_response, request, start)
    except ImgurError as error:
        log.info("%s: no response in %.2f s (%s)", request.label, time.monotonic() - start, type(error).__name__)
        raise


def _log_response(request: HTTPRequest, start: float, reply: Reply) -> Reply:
    log.info("%s: %d in %.2f s", request.label, reply.status, time.monotonic() - start)
    log.debug("< %d, %s", reply.status, _LazyText(_describe_response, request, reply))
    return reply


class _LazyText:
    """A text that is formatted only if a log handler needs it."""

    def __init__(self, format: Callable[P, str], *args: P.args, **kwargs: P.kwargs) -> None:
        self._format = partial(format, *args, **kwargs)

    def __str__(self) -> str:
        return self._format()


def _describe_request(request: HTTPRequest) -> str:
    """Return the headers of a request and the size of its body, one per line."""
    text = _headers(request.headers)
    if (body := request.body) is not None:
        size = "of unknown size" if body.length is None else f"{body.length:,} bytes"
        text += f"\n    {body.content_type.partition(';')[0]}, {size}"
    return text


def _describe_response(request: HTTPRequest, reply: Reply) -> str:
    """Return the size and headers of a response; a token that they repeat is redacted."""
    token = request.headers.get("Authorization", "").partition(" ")[2]
    return f"{len(reply.body):,} bytes{_headers(reply.headers, token)}"


def _headers(headers: Mapping[str, str], token: str = "") -> str:
    return "".join(f"\n    {name}: {_redact_header(name.lower(), value, token)}" for name, value in headers.items())


def _redact_header(name: str, value: str, token: str) -> str:
    """Return a header's value without secrets; a client id is not secret."""
    if name in _SECRET_HEADERS or (name == "authorization" and not value.startswith("Client-ID ")):
        return f"{value.partition(' ')[0]} …" if name == "authorization" else "…"
    if name in _URL_HEADERS:
        value = value.partition("?")[0].partition("#")[0]
    if token:
        value = value.replace(token, "…")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
