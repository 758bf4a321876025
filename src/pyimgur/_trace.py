"""What goes over the wire, for the log `pyimgur.calls`: INFO has a line for each message, DEBUG its headers and sizes.

No secret is in it: keys and cookies are left out of the headers, and a call is named by method and path.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

from ._steps import Body, Exchange, Reply
from .exceptions import ImgurError

log = logging.getLogger("pyimgur.calls")

_SECRET = frozenset({"cookie", "set-cookie", "x-mashape-key", "x-rapidapi-key"})
_ADDRESSES = frozenset({"location", "referer", "link"})
"""Headers whose addresses may carry a token or a code in their query or fragment."""


@contextmanager
def traced(exchange: Exchange) -> Generator[Callable[[Reply], Reply]]:
    """Tells what is sent now, and what comes of it: the answer that is handed to what this gives, or an error."""
    log.debug("> %s at %s%s", exchange.label, _origin(exchange.url), _Headers(exchange.headers, exchange.body))
    began = time.monotonic()
    try:
        yield partial(_answered, exchange, began)
    except ImgurError as error:
        log.info("%s: no answer in %.2f s (%s)", exchange.label, time.monotonic() - began, type(error).__name__)
        raise


def _answered(exchange: Exchange, began: float, reply: Reply) -> Reply:
    log.info("%s: %d in %.2f s", exchange.label, reply.status, time.monotonic() - began)
    hidden = exchange.headers.get("Authorization", "").partition(" ")[2]
    log.debug("< %d, %s bytes%s", reply.status, f"{len(reply.body):,}", _Headers(reply.headers, hidden=hidden))
    return reply


class _Headers:
    """Headers, a line each; made into text only if somebody reads it."""

    def __init__(self, headers: Mapping[str, str], body: Body | None = None, hidden: str = "") -> None:
        self.headers = headers
        self.body = body
        self.hidden = hidden

    def __str__(self) -> str:
        return "".join(f"\n    {line}" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, value in self.headers.items():
            yield f"{name}: {_shown(name.lower(), value, self.hidden)}"
        if self.body is not None:
            size = "of a size not known before" if self.body.length is None else f"{self.body.length:,} bytes"
            yield f"{self.body.content_type.partition(';')[0]}, {size}"


def _shown(name: str, value: str, hidden: str) -> str:
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
