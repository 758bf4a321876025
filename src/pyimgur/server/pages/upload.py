"""`/upload`: a picture or film from the browser. What deletes it is shown to that browser alone, for some minutes.

An open server takes it from anybody, as it takes it from any program. Who wants it in their account gives name and
password with it, and on a closed server everybody has to: nobody stays signed in here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pyimgur.server.errors import Denied, Invalid
from pyimgur.server.http.authentication import Caller
from pyimgur.server.http.rate_limit import UPLOAD_COST, UPLOAD_PAGE
from pyimgur.server.http.request_body import Fields, receive
from pyimgur.server.http.urls import links
from pyimgur.server.media import NotMedia, TooLarge
from pyimgur.server.pages import forms, view_models
from pyimgur.server.pages.rendering import page, secure_headers
from pyimgur.server.services import csrf_tokens, images, token_hashing, uploads
from pyimgur.server.services.text_limits import NAME_LENGTH

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import Body
    from pyimgur.server.services.context import Library
    from pyimgur.server.services.images import Image

PATH = "/upload"
DELETE = "delete"
SHOWN = 600
"""Seconds for which a browser is shown what deletes its upload: a page is loaded again soon, if at all."""


async def show(request: Request) -> Response:
    """GET: an empty form."""
    make = partial(_form, request, Fields(()), status=200, wrong="")
    return await forms.ticketed(request, PATH, make, path=PATH)


@forms.for_people
async def upload(request: Request) -> Response:
    """POST: on to what came of it, or the form again with a sentence in it."""
    library: Library = request.app.state.library
    forms.check_origin(request)
    await request.app.state.meter.spend(
        Caller(UPLOAD_PAGE, None, None, forms.address_of(request)), UPLOAD_COST, post=True
    )
    async with receive(request, library) as body:
        ticket = await forms.ticket_of(request, body.fields, PATH)
        try:
            kept = await _keep(request, body, ticket)
        except (Denied, Invalid) as error:
            return await forms.again(request, PATH, partial(_form, request, body.fields), error, path=PATH)
    return _to_result(request, kept)


async def result(request: Request) -> Response:
    """GET /upload/{id}: what arrived, and what deletes it; whoever did not send it is led to the picture's page."""
    library: Library = request.app.state.library
    found = await images.get(library, request.path_params["id"])
    image = view_models.picture(links(request), found)
    if not token_hashing.same(request.cookies.get(DELETE, ""), found.deletehash):
        return RedirectResponse(image.page, 302, secure_headers(request))
    delete = f"{links(request).pages}/delete/{found.deletehash}"
    return page(request, "uploaded.html", image=image, delete=delete, minutes=SHOWN // 60)


def _to_result(request: Request, kept: Image) -> Response:
    """A page of its own, which can be loaded again; what deletes the picture goes there in a cookie, in no address."""
    library: Library = request.app.state.library
    path, secure = f"{PATH}/{kept.id}", library.settings.secure
    response = RedirectResponse(path, 303, secure_headers(request))
    response.set_cookie(DELETE, kept.deletehash, SHOWN, path=path, secure=secure, httponly=True, samesite="strict")
    return response


async def _keep(request: Request, body: Body, ticket: str) -> Image:
    library: Library = request.app.state.library
    if not ticket:
        raise forms.Stale
    if body.file is None:
        raise Invalid("Choose a picture or film first.")
    account = await _owner(request, body.fields)
    if not await csrf_tokens.spend(library, ticket, address=forms.address_of(request)):
        raise forms.Stale
    new = uploads.Upload(
        account=account,
        address=request.client.host if request.client else "",
        title=(body.fields.text("title") or "")[: library.settings.limits.title_length],
        description=body.fields.text("description"),
        name=body.filename[:NAME_LENGTH],
    )
    try:
        return await uploads.add(library, body.file, new)
    except (NotMedia, TooLarge) as error:
        raise Invalid(f"That cannot be kept: {error}.") from error


async def _owner(request: Request, fields: Fields) -> int | None:
    """Whose picture it becomes."""
    library: Library = request.app.state.library
    if fields.text("username"):
        return (await forms.sign_in(request, fields)).id
    if not library.settings.open:
        raise Denied("Only people with an account may upload here: say who you are.")
    return None


def _form(request: Request, fields: Fields, ticket: str, status: int, wrong: str) -> Response:
    library: Library = request.app.state.library
    return page(
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
