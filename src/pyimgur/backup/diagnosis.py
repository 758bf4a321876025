"""Describe how a site answers a few read-only calls, without any content: for bug reports."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .._core.effects import Reply
from ..client import Imgur
from ..exceptions import ImgurError
from .files import DigestSink, FileCalls
from .records import file_link, with_ids

_CALLS = (
    "3/credits",
    "3/account/me",
    "3/account/me/images/count",
    "3/account/me/images/0?perPage=100",
    "3/account/me/albums/0?perPage=100",
    "3/account/me/favorites/0/newest",
    "3/account/me/comments/newest/0",
    "post/v1/accounts/me/all_posts?page=1",
    "3/gallery/hot/viral/0",
)
"""Read-only calls; each costs a credit at most."""
_IMAGES = "3/account/me/images/0?perPage=100"
_KEY = re.compile(r"[A-Za-z_]{1,40}")
_WORD = re.compile(r"[A-Za-z0-9_.@-]{12,}")
"""Text in an error that may be a token, an id or an address."""
_NUMERIC_HEADER = re.compile(r"(?:x-ratelimit|x-post-rate-limit|retry-after)[a-z-]*")
_DEPTH = 3
_OK = 200
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a site to one call.

    Attributes:
        call: the method and path.
        status: the HTTP status; 0 without a response.
        milliseconds: how long it took.
        content_type: the type of the body.
        size: bytes of the body.
        entries: how many entries a list has; None if it is none.
        shape: the names and types of the fields, without any value.
        limits: the headers about rate limits, which are numbers.
        error: what went wrong, without anything that may be a secret.
    """

    call: str
    status: int
    milliseconds: int
    content_type: str
    size: int
    entries: int | None
    shape: object
    limits: Mapping[str, str]
    error: str = ""


def diagnose(im: Imgur) -> Iterator[Answer]:
    """Make a few read-only calls, and yield how the site answered each; nothing is changed.

    No answer has a value of the account: only names of fields, types, numbers of entries and rate limits.
    """
    link = ""
    for path in _CALLS:
        begun = time.perf_counter()
        try:
            reply = im.send_raw("GET", path)
        except ImgurError as error:
            yield Answer(f"GET {path}", 0, _milliseconds(begun), "", 0, None, None, {}, _redacted(error.message))
            continue
        if path == _IMAGES:
            link = _first_link(im, reply)
        yield _answer(f"GET {path}", reply, _milliseconds(begun))
    if link:
        yield _file(im, link)


def _milliseconds(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)


def _payload(reply: Reply) -> object:
    """Return the payload of a response, without its envelope if it has one."""
    document: object = reply.document
    return _fields(document).get("data", document)


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _first_link(im: Imgur, reply: Reply) -> str:
    images = with_ids(_payload(reply))
    return file_link(images[0], im.site.images) if images else ""


def _answer(call: str, reply: Reply, milliseconds: int) -> Answer:
    payload: object = _payload(reply)
    error = _fields(payload).get("error")
    return Answer(
        call,
        reply.status,
        milliseconds,
        reply.headers.get("content-type", "").partition(";")[0],
        len(reply.body),
        len(cast("list[object]", payload)) if isinstance(payload, list) else None,
        _shape(cast("object", payload)),
        {name: value for name, value in reply.headers.items() if _NUMERIC_HEADER.fullmatch(name) and value.isdigit()},
        _redacted(str(error)) if error else "",
    )


def _file(im: Imgur, link: str) -> Answer:
    """Download one image, and describe the response."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="pyimgur-") as folder:
        sink = DigestSink(Path(folder) / "file")
        try:
            FileCalls(im._executor).save(link, sink, "")  # pyright: ignore[reportPrivateUsage] - the executor is the client
        except ImgurError as error:
            return Answer(
                "GET an image", 0, _milliseconds(begun), sink.type, 0, None, None, {}, _redacted(error.message)
            )
        etag = sink.etag.strip('W/"')
        kind = "MD5" if etag == sink.md5 else "SHA-256" if etag == sink.sha256 else "another" if etag else "none"
        return Answer("GET an image", _OK, _milliseconds(begun), sink.type, sink.size, None, {"etag": kind}, {})


def _shape(value: object, depth: int = _DEPTH) -> object:
    """Return the names and types of a JSON value; of a list, those of its first entry."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if not depth:
            return "object"
        return {name if _KEY.fullmatch(name) else "…": _shape(entry, depth - 1) for name, entry in fields.items()}
    if isinstance(value, list):
        entries = cast("list[object]", value)
        return [_shape(entries[0], depth - 1)] if entries and depth else "list"
    return "null" if value is None else type(value).__name__


def _redacted(text: str) -> str:
    return _WORD.sub("…", text)[:_MAX_TEXT]
