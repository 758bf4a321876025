"""One spelling for every address of the API, and no slash behind a page's, before anything is routed.

Programs write `/3//image/`, `/3/image.xml`, `/3/image?_format=xml`: behind this layer all of them are `/3/image`, and
`asked(request)` tells what was really asked for: the path as it came (errors echo it), the format of the answer,
and whether the path belongs to the API that other web sites may call. Pictures (`/{id}.{ext}`) keep their ending.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from pyimgur.server.http.request_target import Format, RequestTarget

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

API = ("/3/", "/post/", "/account/v1/", "/comment/v1/")
"""Where the API lives; any web site may call it, because no cookie counts there."""
PAGES = ("/a/", "/account/", "/gallery/", "/r/", "/search/", "/t/", "/topic/", "/upload/", "/user/")
NORMALISED = (*API, "/oauth2/", *PAGES)
FORMATS: dict[str, Format] = {"json": "json", "xml": "xml"}
_SLASHES = re.compile("//+")
_SUFFIX = re.compile(r"(?s)(.+)\.(json|xml)", re.IGNORECASE)
_WITH_SUFFIX = ("/3/", "/oauth2/token")


class NormalizePathMiddleware:
    """The layer itself: tidies the path in the scope and leaves an `RequestTarget` in its state."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tidy, then go on."""
        if scope["type"] == "http":
            path: str = scope["path"]
            scope["path"], wanted = normalize(path)
            if b"_format=" in scope["query_string"]:
                wanted = _chosen(scope["query_string"]) or wanted
            api = f"{scope['path']}/".startswith(API)
            scope.setdefault("state", {})["target"] = RequestTarget(path, wanted, api)
        await self.app(scope, receive, send)


def normalize(path: str) -> tuple[str, Format]:
    """The path that is routed, and the format that its ending asks for."""
    single = _SLASHES.sub("/", path) if "//" in path else path
    if not f"{single}/".startswith(NORMALISED):
        return path, "json"
    if single.endswith("/"):
        single = single[:-1]
    if "." in single and single.startswith(_WITH_SUFFIX) and (match := _SUFFIX.fullmatch(single)):
        return match[1], FORMATS[match[2].lower()]
    return single, "json"


def _chosen(query: bytes) -> Format | None:
    values = parse_qs(query.decode("utf-8", "replace")).get("_format", [""])
    return FORMATS.get(values[-1].lower())
