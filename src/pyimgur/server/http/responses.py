"""How an answer looks: Imgur's envelope as compact JSON, XML or JSONP; and documents that have no envelope.

Every answer of the API leaves through `envelope`, errors too, so format, credits and the headers that let other web
sites read it are decided here alone. Whatever text is inside: XML is legal, and a script tag runs the callback only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast
from xml.sax.saxutils import escape

import msgspec
from starlette.responses import Response

from pyimgur.server.http.request_target import target_of

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

Header: TypeAlias = tuple[bytes, bytes]
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JSONObject: TypeAlias = "dict[str, Json]"

JSON = (b"content-type", b"application/json")
XML = (b"content-type", b"text/xml; charset=utf-8")
SCRIPT = (b"content-type", b"text/javascript; charset=utf-8")
NOSNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store, no-cache, must-revalidate")
EXPOSED = ", ".join(
    (
        *(f"X-RateLimit-{whose}{what}" for whose in ("Client", "User") for what in ("Limit", "Remaining", "Reset")),
        "X-RateLimit-Enforced",
        "ETag",
    )
)
CORS_HEADERS = ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED.encode()))
"""Any web site may read the answer: no cookie counts here, so it holds nothing that the site could not ask itself."""

NOTHING: Mapping[str, Json] = {}
MARK_BYTE = b"\0"
"""In no JSON or XML besides."""
MARK = cast("Json", msgspec.Raw(MARK_BYTE))
"""Stands in data for a list whose members come later, see `http.long_response`; leaves its byte in the body."""

encode = msgspec.json.Encoder().encode
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,63}(\.[A-Za-z_$][\w$]{0,63}){0,4}", re.ASCII)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


class APIResponse(Response):
    """A finished answer: bytes and headers as they go out."""

    def __init__(self, body: bytes, status: int, headers: Sequence[Header]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


def envelope(
    request: HTTPConnection,
    data: Json,
    status: int = 200,
    headers: Sequence[Header] = (),
    beside: Mapping[str, Json] = NOTHING,
) -> APIResponse:
    """Imgur's envelope around `data`, in the format that was asked for; JSON also has what stands `beside` it."""
    wanted = target_of(request)
    success = status < 400
    if wanted.format == "xml":
        kind, body = XML, to_xml(data, {"type": _kind(data), "success": str(int(success)), "status": str(status)})
    else:
        kind, body = JSON, encode({"data": data, "success": success, "status": status, **beside})
        if b"callback=" in request.scope["query_string"] and (name := _callback(request)):
            kind, body = SCRIPT, b"%s(%s);" % (name.encode(), script_safe(body))
    spent: Sequence[Header] = request.scope["state"].get("spent", ())
    return APIResponse(body, status, [kind, NOSNIFF, NO_STORE, *(CORS_HEADERS if wanted.api else ()), *spent, *headers])


def without_envelope(request: HTTPConnection, document: Mapping[str, Json], root: str = "response") -> APIResponse:
    """A document without envelope, such as the token; as XML its root is `root`. No other web site may read it."""
    if target_of(request).format == "xml":
        return APIResponse(to_xml(document, {}, root=root), 200, [XML, NOSNIFF, NO_STORE])
    return APIResponse(encode(document), 200, [JSON, NOSNIFF, NO_STORE])


def v1_response(request: HTTPConnection, content: Json, status: int = 200) -> APIResponse:
    """An answer of the API's second generation, which has no envelope; any web site may read it."""
    spent: Sequence[Header] = request.scope["state"].get("spent", ())
    return APIResponse(encode(content), status, [JSON, NOSNIFF, NO_STORE, *CORS_HEADERS, *spent])


def to_xml(data: Json, attributes: Mapping[str, str], root: str = "data") -> bytes:
    """One line of legal XML: nothing and empty are empty elements, members of a list are `item`, true is `true`."""
    inside = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<?xml version="1.0" encoding="utf-8"?>{_element(root, data, inside)}'.encode()


def _element(name: str, value: Json, attributes: str = "") -> str:
    inside = _content(value)
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def _content(value: Json) -> str:
    match value:
        case None:
            return ""
        case msgspec.Raw():
            return bytes(value).decode()
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return escape(_ILLEGAL.sub("\ufffd", str(value)), {"\r": "&#13;"})
        case Mapping():
            return "".join(_element(key if _NAME.fullmatch(key) else "item", item) for key, item in value.items())
        case _:
            return "".join(_element("item", item) for item in value)


def xml_items(items: Sequence[Json]) -> bytes:
    """The members of a list as they stand in it."""
    return _content(items).encode()


def _kind(data: Json) -> str:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "float", str: "string"}
    return kinds.get(type(data), "array")


def _callback(request: HTTPConnection) -> str | None:
    """The function to call, where a script may have the answer: a GET that shows nothing but what is public.

    A script tag can send neither our headers nor a token, so a request with an Authorization header never came from one
    and gets JSON. A name that is no plain JavaScript name gets JSON too, which `nosniff` keeps from running.
    """
    name: str = request.query_params.get("callback", "")
    public = request.scope["method"] == "GET" and target_of(request).api and "authorization" not in request.headers
    return name if public and _CALLBACK.fullmatch(name) else None


def script_safe(body: bytes) -> bytes:
    """JSON that is JavaScript too: the two line ends that older engines allow in no string are escaped."""
    return body.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
