"""Images: upload, show, change and delete an image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, HeaderParameters, takes
from pyimgur.server.http.errors import NO_ID, NO_IMAGE, APIError, file_error
from pyimgur.server.http.fields import Fields, query_pairs
from pyimgur.server.http.parameter_kinds import file, flag, flag_text, text, word
from pyimgur.server.http.parameters import parse_bool
from pyimgur.server.http.rate_limit import UPLOAD_COST
from pyimgur.server.http.request_body import read_body
from pyimgur.server.http.serializers.image import serialize_image
from pyimgur.server.http.upload_decoder import NOT_CORRECT, NOT_MEDIA
from pyimgur.server.routes._viewer_state import with_viewer_state
from pyimgur.server.services import images, uploads
from pyimgur.server.services.text_limits import NAME_LENGTH

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.request_body import RequestBody
    from pyimgur.server.http.responses import Json

MAX_KEY_LENGTH = 255
SHA256 = re.compile("[0-9a-f]{64}")


class UploadFields(BodyFields):
    """An image or video, and its description."""

    image = file("The image: a file, base64, or a URL to fetch it from.")
    video = file("The video, as for `image`.")
    type = text("How the file is sent. Only `base64` is checked.", choices=("file", "base64", "url", "raw"))
    title = text("The title. A longer one is cut.", cut_to="title_length")
    description = text("The description.")
    name = text("The name of the file. A longer one is cut.")
    album = text("The album to add it to, by its id or, without an account, its delete hash.")
    disable_audio = flag("Whether a video is stored without its audio.")
    reuse = flag_text("Whether to return the account's image of the same file instead, if there is one.")


class UploadHeaders(HeaderParameters):
    """What makes it safe to send an upload again."""

    key = word(
        f"A text of up to {MAX_KEY_LENGTH} characters: the same file with the same key is stored once.",
        name="Idempotency-Key",
    )
    digest = word("The file's SHA-256 in hexadecimal digits: another file is refused.", name="X-Content-SHA256")
    reuse = flag_text("As the field `reuse`, with precedence.", name="X-Reuse")


class ImageFields(BodyFields):
    """The description of an image."""

    title = text("The title. A longer one is cut.", cut_to="title_length")
    description = text("The description.")


@takes(UploadFields, UploadHeaders)
async def upload(call: APIRequest) -> Json:
    """Store an image or video and return it with its delete hash."""
    new = upload_of(call, Fields((), query_pairs(call.request)))
    image = None
    if not has_body(call.request):  # a body has its own digest, and fields such as the album
        image = await uploads.find_duplicate(call.context, new, new.sha256, has_file=False)
    if image is None:
        async with read_body(call.request, call.context) as body:
            file, new = file_of(body), upload_of(call, body.fields, body.filename)
            if file:
                image = await uploads.add(call.context, file, new)
            else:
                image = await uploads.add_from_url(call.context, body.url, new, call.caller.address)
    return serialize_image(call.links, image, secret=True)


def upload_of(call: APIRequest, fields: Fields, filename: str = "") -> uploads.Upload:
    """Return the upload that fields and headers describe.

    Raises:
        APIError: the Idempotency-Key is too long, or X-Content-SHA256 is no digest.
    """
    headers = call.query(UploadHeaders)
    sent = call.declared(UploadFields)(fields, call.context.settings.limits)
    key, digest = headers.key, headers.digest.lower()
    if len(key) > MAX_KEY_LENGTH:
        raise APIError(400, f"The Idempotency-Key is longer than {MAX_KEY_LENGTH} characters")
    if digest and not SHA256.fullmatch(digest):
        raise APIError(400, "X-Content-SHA256 is not 64 hexadecimal digits")
    return uploads.Upload(
        account=call.caller.account_id,
        client_id=call.caller.client_id,
        address=call.caller.address,
        title=sent.title or "",
        description=sent.description,
        name=(sent.name or filename)[:NAME_LENGTH],
        album=sent.album,
        key=key or None,
        sha256=digest,
        reuse=parse_bool(headers.reuse or sent.reuse) is True,
        disable_audio=sent.disable_audio is True,
    )


def has_body(request: Request) -> bool:
    """Return whether the request has a body."""
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def file_of(body: RequestBody) -> SpooledFile | None:
    """Return the file of an upload; None if the body names a URL instead.

    Raises:
        APIError: the body has neither, or not what its `type` says.
    """
    if UploadFields(body.fields).type == "base64" and body.encoding != "base64" and body.encoding is not None:
        raise file_error(NOT_MEDIA if body.url else NOT_CORRECT)
    if body.file is None and not body.url:
        raise APIError(400, NO_IMAGE)
    return body.file


async def show(call: APIRequest) -> Json:
    """Return an image."""
    image = await images.get(call.context, call.path("id"))
    return await with_viewer_state(call, serialize_image(call.links, image, secret=call.owns(image.account_id)))


@takes(ImageFields)
async def update(call: APIRequest) -> Json:
    """Change an image's title and description, by id or delete hash."""
    fields = await call.body(ImageFields)
    try:
        await images.change(
            call.context,
            call.path("id"),
            call.caller.account_id,
            title=fields.title,
            description=fields.description,
        )
    except ForbiddenError:
        raise APIError(403, "Permission denied") from None
    return True


async def delete(call: APIRequest) -> Json:
    """Delete an image, by id or delete hash."""
    await images.remove(call.context, call.path("id"), call.caller.account_id)
    return True


async def missing_id(call: APIRequest) -> Json:
    """Answer 400: this method needs an id."""
    raise APIError(400, NO_ID)


routes = [
    api_route("/3/image/{id}", GET=show, POST=update, PUT=update, DELETE=delete),
    api_route(
        "/3/image",
        POST=upload,
        PUT=upload,
        GET=missing_id,
        DELETE=missing_id,
        costs={"POST": UPLOAD_COST, "PUT": UPLOAD_COST},
    ),
    api_route("/3/upload", POST=upload, PUT=upload, costs={"POST": UPLOAD_COST, "PUT": UPLOAD_COST}),
]
