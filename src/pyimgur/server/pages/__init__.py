"""HTML pages: `page` renders a template with the headers every page must carry; a page is private until told otherwise.

Nothing on a page runs or is fetched but what this server serves from `/static`: no inline script, no inline style, no
foreign font. The policy has no `form-action`: Chromium applies it to the redirect after a form too, and the callback of
an application is anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pyimgur.server.pages import assets
from pyimgur.server.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' {origin}",
        "media-src 'self' {origin}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

FOR_ALL = {"Cache-Control": "no-cache", "Referrer-Policy": "strict-origin-when-cross-origin"}
"""The headers of a page that everybody may see."""

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["asset"] = assets.address


def secure_headers(settings: Settings) -> dict[str, str]:
    """What every page says to the browser; also fit for a redirect that carries a secret."""
    return {
        "Content-Security-Policy": POLICY.format(origin=settings.origin),
        # `no-referrer` would make Chromium post `Origin: null`, which forms refuse.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """The template as a page; `headers` overrides, say, `Cache-Control` for what everybody may see."""
    settings: Settings = request.app.state.library.settings
    url = settings.public_url
    body = templates.get_template(template).render(public_url=url, server=urlsplit(url).netloc, **context)
    return HTMLResponse(body, status, {**secure_headers(settings), **(headers or {})})
