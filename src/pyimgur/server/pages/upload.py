"""`/upload`: upload an image or video from the browser.

An open server accepts uploads from anybody, as it does from programs. To keep a file in an account, and always on a
closed server, the person types user name and password with it: nobody stays signed in. The delete link is shown only to
the browser that uploaded the file, for some minutes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pyimgur.server.errors import ForbiddenError, ValidationError
from pyimgur.server.http.authentication import Caller
from pyimgur.server.http.client_address import address_of
from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.parameter_kinds import file, text, word
from pyimgur.server.http.rate_limit import UPLOAD_COST, UPLOAD_PAGE
from pyimgur.server.http.request_body import read_body
from pyimgur.server.http.urls import base_urls
from pyimgur.server.media import MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.pages import csrf, forms, view_models
from pyimgur.server.pages.forms import Form, SignInFields
from pyimgur.server.pages.rendering import render, secure_headers
from pyimgur.server.services import images, token_hashing, uploads
from pyimgur.server.services.text_limits import NAME_LENGTH

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.request_body import RequestBody
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image

PATH = "/upload"
DELETE_COOKIE = "delete"
DELETE_LINK_SECONDS = 600
"""How long the browser that uploaded a file is shown its delete link."""


class UploadFormFields(SignInFields):
    """A file and its description; user name and password only to keep it in an account."""

    image = file("The image or video.")
    title = word("The title. A longer one is cut.")
    description = text("The description.")


async def show(request: Request) -> Response:
    """Show the form to upload a file."""
    return await _form_page(Form(request, PATH, path=PATH))


@takes(UploadFormFields)
@forms.errors_as_pages
async def upload(request: Request) -> Response:
    """Store the file and redirect to the result, or show the form again with an error."""
    csrf.check_origin(request)
    caller = Caller(UPLOAD_PAGE, None, None, address_of(request))
    await request.app.state.rate_limiter.spend(caller, UPLOAD_COST, post=True)
    async with read_body(request, request.app.state.context) as body:
        form = Form(request, PATH, body.fields, PATH)
        return await form.submit(partial(_upload, body), _form_page)


async def result(request: Request) -> Response:
    """Show the image and its delete link; other browsers are redirected to the image's page."""
    context: ServerContext = request.app.state.context
    row = await images.get(context, request.path_params["id"])
    image = view_models.image_view(base_urls(request), row)
    if not token_hashing.constant_time_equal(request.cookies.get(DELETE_COOKIE, ""), row.deletehash):
        return RedirectResponse(image.page, 302, secure_headers(request))
    delete = f"{base_urls(request).pages}/delete/{row.deletehash}"
    return render(request, "uploaded.html", image=image, delete=delete, minutes=DELETE_LINK_SECONDS // 60)


async def _upload(body: RequestBody, form: Form) -> Response:
    token = await form.verified_token()
    if body.file is None:
        raise ValidationError("Choose an image or video first.")
    account = await _account(form)
    permission = form.consume_in_transaction(token)  # only a file that is accepted uses the form up
    fields = form.parse(UploadFormFields)
    new = uploads.Upload(
        account=account,
        address=address_of(form.request),
        title=fields.title[: form.context.settings.limits.title_length],
        description=fields.description,
        name=body.filename[:NAME_LENGTH],
    )
    try:
        image = await uploads.add(form.context, body.file, new, permission=permission)
    except (UnsupportedMediaError, MediaTooLargeError) as error:
        raise ValidationError(f"The file was not accepted: {error}.") from error
    return _redirect_to_result(form.request, image)


async def _account(form: Form) -> int | None:
    """Return the account that the image belongs to; None for an anonymous upload."""
    if form.parse(UploadFormFields).username:
        return (await form.sign_in()).id
    if not form.context.settings.open:
        raise ForbiddenError("Only people with an account can upload here. Enter your user name and password.")
    return None


def _redirect_to_result(request: Request, image: Image) -> Response:
    """Redirect to a page that can be reloaded; the delete hash goes there in a cookie, so that no URL holds it."""
    context: ServerContext = request.app.state.context
    path, secure = f"{PATH}/{image.id}", context.settings.uses_https
    response = RedirectResponse(path, 303, secure_headers(request))
    response.set_cookie(
        DELETE_COOKIE,
        image.deletehash,
        DELETE_LINK_SECONDS,
        path=path,
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    return response


async def _form_page(form: Form, status: int = 200, error: str = "") -> Response:
    fields = form.parse(UploadFormFields)
    return await form.render(
        "upload.html",
        status,
        error,
        open=form.context.settings.open,
        title=fields.title,
        description=fields.description or "",
        title_length=form.context.settings.limits.title_length,
    )


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, upload, methods=["POST"]),
    Route(f"{PATH}/{{id}}", result, methods=["GET"]),
]
