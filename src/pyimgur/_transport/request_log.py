"""What goes over the wire, for the log `pyimgur.calls`: INFO has a line for each message, DEBUG its headers and sizes.

No secret is in it: keys and cookies are left out of the headers, and a call is named by method and path.
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

_SECRET = frozenset({"cookie", "set-cookie", "x-mashape-key", "x-rapidapi-key"})
_ADDRESSES = frozenset({"location", "referer", "link"})
"""Headers whose addresses may carry a token or a code in their query or fragment."""


@contextmanager
def log_request(exchange: HTTPRequest) -> Generator[Callable[[Reply], Reply]]:
    """Tells what is sent now, and what comes of it: the answer that is handed to what this gives, or an error."""
    log.debug("> %s at %s%s", exchange.label, _LazyText(_origin, exchange.url), _LazyText(_sent, exchange))
    began = time.monotonic()
    try:
        yield partial(_answered, exchange, began)
    except ImgurError as error:
        log.info("%s: no answer in %.2f s (%s)", exchange.label, time.monotonic() - began, type(error).__name__)
        raise


def _answered(exchange: HTTPRequest, began: float, reply: Reply) -> Reply:
    log.info("%s: %d in %.2f s", exchange.label, reply.status, time.monotonic() - began)
    log.debug("< %d, %s", reply.status, _LazyText(_came, exchange, reply))
    return reply


class _LazyText:
    """A text that is made only if somebody reads it."""

    def __init__(self, make: Callable[P, str], *args: P.args, **named: P.kwargs) -> None:
        self._make = partial(make, *args, **named)

    def __str__(self) -> str:
        return self._make()


def _sent(exchange: HTTPRequest) -> str:
    """What goes out, a line each."""
    told = _headers(exchange.headers)
    if (body := exchange.body) is not None:
        size = "of a size not known before" if body.length is None else f"{body.length:,} bytes"
        told += f"\n    {body.content_type.partition(';')[0]}, {size}"
    return told


def _came(exchange: HTTPRequest, reply: Reply) -> str:
    """What came back; a token that it repeats is not shown."""
    hidden = exchange.headers.get("Authorization", "").partition(" ")[2]
    return f"{len(reply.body):,} bytes{_headers(reply.headers, hidden)}"


def _headers(headers: Mapping[str, str], hidden: str = "") -> str:
    return "".join(f"\n    {name}: {_redact_header(name.lower(), value, hidden)}" for name, value in headers.items())


def _redact_header(name: str, value: str, hidden: str) -> str:
    """A header's value without what is secret in it; an application's id is none."""
    if name in _SECRET or (name == "authorization" and not value.startswith("Client-ID ")):
        return f"{value.partition(' ')[0]} …" if name == "authorization" else "…"
    if name in _ADDRESSES:
        value = value.partition("?")[0].partition("#")[0]
    if hidden:
        value = value.replace(hidden, "…")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
