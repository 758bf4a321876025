"""Render HTML pages from templates, with the security headers that every page must have.

A page is private (`no-store`) unless the caller passes other headers.

Pages load scripts and styles only from `/static`: no inline script, no inline style, no font of another site. The
policy has no `form-action`, because Chromium also applies it to the redirect after a form, and the callback of an
application can be on any site.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pyimgur.server.http.urls import HEADER, IMGUR, base_urls
from pyimgur.server.pages import static_files
from pyimgur.server.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' {pictures}",
        "media-src 'self' {pictures}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

CACHEABLE = {"Cache-Control": "no-cache", "Referrer-Policy": "strict-origin-when-cross-origin"}
"""The headers of a public page."""

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["asset"] = static_files.asset_url
templates.policies["json.dumps_kwargs"] = {"separators": (",", ":")}  # programs look for this exact text


def secure_headers(request: Request) -> dict[str, str]:
    """Return the security headers of every page; also those of a redirect whose URL holds a secret."""
    settings: Settings = request.app.state.context.settings
    pictures = IMGUR.images if base_urls(request) is IMGUR else settings.origin
    return {
        "Content-Security-Policy": POLICY.format(pictures=pictures),
        # `no-referrer` would make Chromium post `Origin: null`, which forms reject.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Vary": HEADER,
    }


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **variables: object,
) -> HTMLResponse:
    """Render a template as a page; `headers` replaces security headers, such as `Cache-Control` on a public page."""
    settings: Settings = request.app.state.context.settings
    server = urlsplit(settings.public_url).netloc
    body = templates.get_template(template).render(links=base_urls(request), server=server, **variables)
    return HTMLResponse(body, status, {**secure_headers(request), **(headers or {})})
