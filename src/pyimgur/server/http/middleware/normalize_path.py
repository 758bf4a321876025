"""Normalize paths before routing: one slash between segments, no format suffix, no slash at the end.

Programs send `/3//image/`, `/3/image.xml` and `/3/image?_format=xml`, all of which are routed as `/3/image`.
`target_of(request)` returns the path as it was sent (errors echo it), the format of the response, and whether the path
belongs to the API, which other web sites may call. Image files (`/{id}.{ext}`) keep their extension.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from pyimgur.server.http.request_target import Format, RequestTarget

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

API = ("/3/", "/post/", "/account/v1/", "/comment/v1/")
"""Prefixes of the API. Every web site may call it, because cookies play no part there."""
PAGES = ("/a/", "/account/", "/gallery/", "/r/", "/search/", "/t/", "/topic/", "/upload/", "/user/")
NORMALIZED = (*API, "/oauth2/", *PAGES)
FORMATS: dict[str, Format] = {"json": "json", "xml": "xml"}
_REPLACEMENT = "\ufffd"
"""For NUL, which is in no id or name, and which not every database takes as an argument."""
_SLASHES = re.compile("//+")
_SUFFIX = re.compile(r"(?s)(.+)\.(json|xml)", re.IGNORECASE)
_WITH_SUFFIX = ("/3/", "/oauth2/token")


class NormalizePathMiddleware:
    """Normalizes the path in the scope, and adds a `RequestTarget` to its state."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Normalize the path and call the application."""
        if scope["type"] == "http":
            path: str = scope["path"]
            scope["path"], format = normalize(path.replace("\0", _REPLACEMENT))
            if b"_format=" in scope["query_string"]:
                format = _format_in(scope["query_string"]) or format
            api = f"{scope['path']}/".startswith(API)
            scope.setdefault("state", {})["target"] = RequestTarget(path, format, api)
        await self.app(scope, receive, send)


def normalize(path: str) -> tuple[str, Format]:
    """Return the path to route, and the format that its suffix asks for."""
    single = _SLASHES.sub("/", path) if "//" in path else path
    if not f"{single}/".startswith(NORMALIZED):
        return path, "json"
    if single.endswith("/"):
        single = single[:-1]
    if "." in single and single.startswith(_WITH_SUFFIX) and (match := _SUFFIX.fullmatch(single)):
        return match[1], FORMATS[match[2].lower()]
    return single, "json"


def _format_in(query: bytes) -> Format | None:
    values = parse_qs(query.decode("utf-8", "replace")).get("_format", [""])
    return FORMATS.get(values[-1].lower())
