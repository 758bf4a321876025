"""`/delete/{delete hash}`: the link in the response to an upload. GET shows a form, POST deletes.

The link itself is the permission, so the page asks for no account. Only its own form deletes, in the browser that it
was shown in. The URL is a secret: caches do not store the page, and other sites do not get the URL as a referrer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.urls import base_urls, image_url
from pyimgur.server.pages import csrf, forms
from pyimgur.server.pages.forms import Form
from pyimgur.server.pages.status_pages import message, not_found
from pyimgur.server.services import albums, ids, images

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

STALE = "This page was open for too long. Nothing was deleted: please try again."
COOKIE_PATH = "/delete"


class DeleteTarget(NamedTuple):
    """What the delete hash belongs to, as the page shows it."""

    kind: str
    id: str
    title: str | None
    preview: str


async def confirm(request: Request) -> Response:
    """Show what the delete hash deletes, and the form to do it."""
    try:
        target = await _target(request)
    except NotFoundError:
        return not_found(request)
    return await _form_page(target, Form(request, _purpose(request), path=COOKIE_PATH))


@takes(csrf.TokenFields)
@forms.errors_as_pages
async def delete(request: Request) -> Response:
    """Delete an image or album by its delete hash."""
    form = await Form.read(request, _purpose(request), path=COOKIE_PATH)
    try:
        target = await _target(request)
        return await _delete(target, form)
    except NotFoundError:
        return not_found(request)


async def _delete(target: DeleteTarget, form: Form) -> Response:
    try:
        await form.consume_token(await form.verified_token())
    except csrf.InvalidCSRFToken:
        return await _form_page(target, form, 403, STALE)
    remove = images.remove if target.kind == "image" else albums.remove
    await remove(form.context, form.request.path_params["deletehash"], None)
    return message(form.request, f"The {target.kind} is deleted", "There is nothing left to do.")


async def _form_page(target: DeleteTarget, form: Form, status: int = 200, error: str = "") -> Response:
    return await form.render("delete_link.html", status, error, **target._asdict())


async def _target(request: Request) -> DeleteTarget:
    key = request.path_params["deletehash"]
    if not ids.is_deletehash(key):  # an id deletes nothing
        raise NotFoundError("image", key)
    context = request.app.state.context
    try:
        image = await images.get_by_deletehash(context, key)
    except NotFoundError:
        album = await albums.get(context, key, None)
        return DeleteTarget("album", album.id, album.title, "")
    return DeleteTarget("image", image.id, image.title, image_url(base_urls(request), f"{image.id}m", "jpg"))


def _purpose(request: Request) -> str:
    return f"delete {request.path_params['deletehash']}"


routes = [
    Route("/delete/{deletehash}", confirm, methods=["GET"]),
    Route("/delete/{deletehash}", delete, methods=["POST"]),
]
