"""Responses of the API: Imgur's envelope as compact JSON, XML or JSONP, and documents without envelope.

Every response with envelope comes from `envelope`, errors too, so format, rate limit headers and CORS headers are
decided in one place. XML is well-formed and JSONP runs nothing but the callback, whatever text is inside.
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
        *(f"X-RateLimit-{scope}{value}" for scope in ("Client", "User") for value in ("Limit", "Remaining", "Reset")),
        "X-RateLimit-Enforced",
        "ETag",
    )
)
CORS_HEADERS = ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED.encode()))
"""Every web site may read the response: cookies play no part, so the site could send the same request itself."""

NOTHING: Mapping[str, Json] = {}
MARK_BYTE = b"\0"
"""Occurs in no other JSON or XML."""
LIST_PLACEHOLDER = cast("Json", msgspec.Raw(MARK_BYTE))
"""Placeholder in data for a list that is added later (`http.long_response`); it is encoded as `MARK_BYTE`."""

encode = msgspec.json.Encoder().encode
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,63}(\.[A-Za-z_$][\w$]{0,63}){0,4}", re.ASCII)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


class APIResponse(Response):
    """A complete response: the bytes and headers that are sent."""

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
    """Wrap `data` in Imgur's envelope, in the format that the request asks for.

    `beside` adds members to the envelope, in JSON only.
    """
    target = target_of(request)
    success = status < 400
    if target.format == "xml":
        kind, body = XML, to_xml(data, {"type": _kind(data), "success": str(int(success)), "status": str(status)})
    else:
        kind, body = JSON, encode({"data": data, "success": success, "status": status, **beside})
        if b"callback=" in request.scope["query_string"] and (name := _callback(request)):
            kind, body = SCRIPT, b"%s(%s);" % (name.encode(), script_safe(body))
    rate_limit: Sequence[Header] = request.scope["state"].get("rate_limit_headers", ())
    return APIResponse(
        body, status, [kind, NOSNIFF, NO_STORE, *(CORS_HEADERS if target.api else ()), *rate_limit, *headers]
    )


def without_envelope(request: HTTPConnection, document: Mapping[str, Json], root: str = "response") -> APIResponse:
    """Return a document without envelope, such as a token; in XML its root is `root`. It has no CORS headers."""
    if target_of(request).format == "xml":
        return APIResponse(to_xml(document, {}, root=root), 200, [XML, NOSNIFF, NO_STORE])
    return APIResponse(encode(document), 200, [JSON, NOSNIFF, NO_STORE])


def v1_response(request: HTTPConnection, data: Json, status: int = 200) -> APIResponse:
    """Return a response of the v1 API, which has no envelope."""
    rate_limit: Sequence[Header] = request.scope["state"].get("rate_limit_headers", ())
    return APIResponse(encode(data), status, [JSON, NOSNIFF, NO_STORE, *CORS_HEADERS, *rate_limit])


def to_xml(data: Json, attributes: Mapping[str, str], root: str = "data") -> bytes:
    """Return one line of XML.

    Null and empty values are empty elements, items of a list are `item`, booleans are `true` and `false`.
    """
    attribute_text = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<?xml version="1.0" encoding="utf-8"?>{_element(root, data, attribute_text)}'.encode()


def _element(name: str, value: Json, attributes: str = "") -> str:
    content = _content(value)
    return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes}/>"


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
    """Return the XML of the items of a list."""
    return _content(items).encode()


def _kind(data: Json) -> str:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "float", str: "string"}
    return kinds.get(type(data), "array")


def _callback(request: HTTPConnection) -> str | None:
    """Return the JSONP callback; None unless the request is a GET of the API without Authorization header.

    A script tag can send neither headers nor a token, so a request with that header did not come from one and gets
    JSON. So does a callback that is not a plain JavaScript name; `nosniff` keeps browsers from running that JSON.
    """
    name: str = request.query_params.get("callback", "")
    public = request.scope["method"] == "GET" and target_of(request).api and "authorization" not in request.headers
    return name if public and _CALLBACK.fullmatch(name) else None


def script_safe(body: bytes) -> bytes:
    """Escape the two line separators that JSON allows in strings, but older JavaScript engines do not."""
    return body.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
