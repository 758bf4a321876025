"""Pages that say one thing: that there is nothing, that something was refused, that it is done."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pyimgur.server.pages.rendering import render

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.errors import APIError


def message(request: Request, title: str, text: str, what_now: str = "", *, status: int = 200) -> Response:
    """A page with a sentence on it."""
    return render(request, "message.html", status=status, title=title, text=text, what_now=what_now)


def not_found(request: Request) -> Response:
    """A page that says that there is none."""
    return message(request, "There is nothing here", "Either it was removed, or the address is wrong.", status=404)


def error_page(request: Request, refusal: APIError) -> Response:
    """A page that says no, for whoever came with a browser."""
    if refusal.status == 404:
        return not_found(request)
    title = HTTPStatus(refusal.status).phrase
    text = refusal.error if isinstance(refusal.error, str) and refusal.error != title else "Go back and try again."
    response = message(request, title, text, status=refusal.status)
    response.raw_headers.extend(refusal.headers)
    return response
