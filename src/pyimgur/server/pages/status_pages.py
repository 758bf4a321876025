"""Pages with one message: not found, an error, done."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pyimgur.server.pages.rendering import render

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.errors import APIError


def message(request: Request, title: str, text: str, what_now: str = "", *, status: int = 200) -> Response:
    """Render a page with a title, a sentence, and what the person can do next."""
    return render(request, "message.html", status=status, title=title, text=text, what_now=what_now)


def not_found(request: Request) -> Response:
    """Render the page for a URL that leads to nothing."""
    return message(request, "Page not found", "It was removed, or the URL is wrong.", status=404)


def error_page(request: Request, error: APIError) -> Response:
    """Render an API error for a browser."""
    if error.status == 404:
        return not_found(request)
    title = HTTPStatus(error.status).phrase
    text = error.error if isinstance(error.error, str) and error.error != title else "Go back and try again."
    response = message(request, title, text, status=error.status)
    response.raw_headers.extend(error.headers)
    return response
