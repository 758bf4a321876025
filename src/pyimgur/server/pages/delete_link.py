"""`/delete/{delete hash}`: the link that an upload's answer holds. GET only asks, POST deletes.

Whoever has the link may delete, so the page asks for no account; but only a form that this page has shown does it, in
the same browser. The address is a secret: it is not stored by caches, and told to no other site.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.urls import base_urls, image_url
from pyimgur.server.pages import forms
from pyimgur.server.pages.rendering import render
from pyimgur.server.pages.status_pages import message, not_found
from pyimgur.server.services import albums, csrf_tokens, ids, images

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import ServerContext

STALE = "This page was open for too long. Nothing was deleted: please try again."


class DeleteTarget(NamedTuple):
    """What the hash deletes, as the page shows it."""

    what: str
    id: str
    title: str | None
    preview: str


async def confirm(request: Request) -> Response:
    """GET /delete/{delete hash}."""
    try:
        doomed = await _doomed(request)
    except NotFoundError:
        return not_found(request)
    return await _form(request, doomed, 200, "")


@forms.errors_as_pages
async def delete(request: Request) -> Response:
    """POST /delete/{delete hash}."""
    library: ServerContext = request.app.state.library
    fields = await forms.read(request)
    try:
        doomed = await _doomed(request)
        ticket = await forms.verified_token(request, fields, _purpose(request))
        if not ticket or not await csrf_tokens.consume(library, ticket, address=forms.address_of(request)):
            return await _form(request, doomed, 403, STALE)
        remove = images.remove if doomed.what == "picture" else albums.remove
        await remove(library, request.path_params["deletehash"], None)
    except NotFoundError:
        return not_found(request)
    return message(request, f"The {doomed.what} is deleted", "There is nothing left to do.")


async def _form(request: Request, doomed: DeleteTarget, status: int, wrong: str) -> Response:
    make = partial(_page, request, doomed, status, wrong)
    return await forms.with_csrf_token(request, _purpose(request), make, path="/delete")


def _page(request: Request, doomed: DeleteTarget, status: int, wrong: str, ticket: str) -> Response:
    return render(request, "delete.html", status=status, wrong=wrong, ticket=ticket, **doomed._asdict())


async def _doomed(request: Request) -> DeleteTarget:
    library: ServerContext = request.app.state.library
    key = request.path_params["deletehash"]
    if not ids.is_deletehash(key):  # an id deletes nothing
        raise NotFoundError("image", key)
    try:
        found = await images.by_deletehash(library, key)
    except NotFoundError:
        album = await albums.get(library, key, None)
        return DeleteTarget("album", album.id, album.title, "")
    return DeleteTarget("picture", found.id, found.title, image_url(base_urls(request), f"{found.id}m", "jpg"))


def _purpose(request: Request) -> str:
    return f"delete {request.path_params['deletehash']}"


routes = [
    Route("/delete/{deletehash}", confirm, methods=["GET"]),
    Route("/delete/{deletehash}", delete, methods=["POST"]),
]
