"""Style sheet, scripts and icon of the pages, read once; browsers may cache a URL with the file's hash for a year."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.http.urls import HEADER, base_urls

FOLDER = Path(__file__).parent / "static"
SCRIPT = "text/javascript"
TYPES = {"icon.svg": "image/svg+xml", "frame.js": SCRIPT, "page.js": SCRIPT, "style.css": "text/css"}


@cache
def content(name: str) -> bytes:
    """Return the bytes of a file in the folder `static`."""
    return (FOLDER / name).read_bytes()


@cache
def asset_url(name: str) -> str:
    """Return the URL of a file, which changes when the file does."""
    return f"/static/{name}?{sha256(content(name)).hexdigest()[:12]}"


async def asset(request: Request) -> Response:
    """Return a style sheet, script or icon of the pages."""
    name: str = request.path_params["name"]
    if name not in TYPES:
        raise HTTPException(404)
    current = f"/static/{name}?{request.url.query}" == asset_url(name)
    cache_control = "public, max-age=31536000, immutable" if current else "no-cache"
    headers = {"Cache-Control": cache_control, "X-Content-Type-Options": "nosniff"}
    return Response(content(name), media_type=TYPES[name], headers=headers)


async def embed(request: Request) -> Response:
    """Return the script that Imgur's embed snippet loads, with this server's URL in it."""
    script = content("embed.js").replace(b"{{ pages }}", base_urls(request).pages.encode())
    headers = {
        "Cache-Control": "public, max-age=3600",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Vary": HEADER,
    }
    return Response(script, media_type=SCRIPT, headers=headers)


routes = [
    Route("/static/{name}", asset, methods=["GET"]),
    Route("/min/embed.js", embed, methods=["GET"]),
]
