"""`/upload`: a picture or film from the browser. What deletes it is shown to that browser alone, for some minutes.

An open server takes it from anybody, as it takes it from any program. Who wants it in their account gives name and
password with it, and on a closed server everybody has to: nobody stays signed in here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pyimgur.server.errors import ForbiddenError, ValidationError
from pyimgur.server.http.authentication import Caller
from pyimgur.server.http.rate_limit import UPLOAD_COST, UPLOAD_PAGE
from pyimgur.server.http.request_body import Fields, read_body
from pyimgur.server.http.urls import base_urls
from pyimgur.server.media import MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.pages import forms, view_models
from pyimgur.server.pages.rendering import render, secure_headers
from pyimgur.server.services import csrf_tokens, images, token_hashing, uploads
from pyimgur.server.services.text_limits import NAME_LENGTH

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import RequestBody
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image

PATH = "/upload"
DELETE = "delete"
SHOWN = 600
"""Seconds for which a browser is shown what deletes its upload: a page is loaded again soon, if at all."""


async def show(request: Request) -> Response:
    """GET: an empty form."""
    make = partial(_form, request, Fields(()), status=200, wrong="")
    return await forms.with_csrf_token(request, PATH, make, path=PATH)


@forms.errors_as_pages
async def upload(request: Request) -> Response:
    """POST: on to what came of it, or the form again with a sentence in it."""
    library: ServerContext = request.app.state.library
    forms.check_origin(request)
    await request.app.state.meter.spend(
        Caller(UPLOAD_PAGE, None, None, forms.address_of(request)), UPLOAD_COST, post=True
    )
    async with read_body(request, library) as body:
        ticket = await forms.verified_token(request, body.fields, PATH)
        try:
            kept = await _store(request, body, ticket)
        except (ForbiddenError, ValidationError) as error:
            return await forms.show_again(request, PATH, partial(_form, request, body.fields), error, path=PATH)
    return _redirect_to_result(request, kept)


async def result(request: Request) -> Response:
    """GET /upload/{id}: what arrived, and what deletes it; whoever did not send it is led to the picture's page."""
    library: ServerContext = request.app.state.library
    found = await images.get(library, request.path_params["id"])
    image = view_models.picture(base_urls(request), found)
    if not token_hashing.constant_time_equal(request.cookies.get(DELETE, ""), found.deletehash):
        return RedirectResponse(image.page, 302, secure_headers(request))
    delete = f"{base_urls(request).pages}/delete/{found.deletehash}"
    return render(request, "uploaded.html", image=image, delete=delete, minutes=SHOWN // 60)


def _redirect_to_result(request: Request, kept: Image) -> Response:
    """A page of its own, which can be loaded again; what deletes the picture goes there in a cookie, in no address."""
    library: ServerContext = request.app.state.library
    path, secure = f"{PATH}/{kept.id}", library.settings.uses_https
    response = RedirectResponse(path, 303, secure_headers(request))
    response.set_cookie(DELETE, kept.deletehash, SHOWN, path=path, secure=secure, httponly=True, samesite="strict")
    return response


async def _store(request: Request, body: RequestBody, ticket: str) -> Image:
    library: ServerContext = request.app.state.library
    if not ticket:
        raise forms.InvalidCSRFToken
    if body.file is None:
        raise ValidationError("Choose a picture or film first.")
    account = await _owner(request, body.fields)
    if not await csrf_tokens.consume(library, ticket, address=forms.address_of(request)):
        raise forms.InvalidCSRFToken
    new = uploads.Upload(
        account=account,
        address=request.client.host if request.client else "",
        title=(body.fields.text("title") or "")[: library.settings.limits.title_length],
        description=body.fields.text("description"),
        name=body.filename[:NAME_LENGTH],
    )
    try:
        return await uploads.add(library, body.file, new)
    except (UnsupportedMediaError, MediaTooLargeError) as error:
        raise ValidationError(f"That cannot be kept: {error}.") from error


async def _owner(request: Request, fields: Fields) -> int | None:
    """Whose picture it becomes."""
    library: ServerContext = request.app.state.library
    if fields.text("username"):
        return (await forms.sign_in(request, fields)).id
    if not library.settings.open:
        raise ForbiddenError("Only people with an account may upload here: say who you are.")
    return None


def _form(request: Request, fields: Fields, ticket: str, status: int, wrong: str) -> Response:
    library: ServerContext = request.app.state.library
    return render(
        request,
        "upload.html",
        status=status,
        open=library.settings.open,
        title=fields.text("title") or "",
        description=fields.text("description") or "",
        username=(fields.text("username") or "")[:63],
        longest=library.settings.limits.title_length,
        ticket=ticket,
        wrong=wrong,
    )


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, upload, methods=["POST"]),
    Route(f"{PATH}/{{id}}", result, methods=["GET"]),
]
