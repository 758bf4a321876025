"""How a no looks: one exception for everything that is refused, and one function that writes Imgur's body for it.

`APIError` may be raised anywhere below a route; what the library raises is turned into one by `ERROR_MAP`. Anything
else
is a fault of ours: 500 in Imgur's shape, while the traceback goes to the log and nowhere else. `Faults` catches both.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from errno import EDQUOT, EFBIG, EIO, ENOENT, ENOSPC, EROFS, ESTALE
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from pyimgur.server.db.query import IntegrityConflict
from pyimgur.server.errors import (
    BusyError,
    FetchError,
    ForbiddenError,
    NotFoundError,
    StorageFullError,
    ValidationError,
)
from pyimgur.server.http.request_target import target_of
from pyimgur.server.http.responses import NOTHING, APIResponse, Header, Json, envelope
from pyimgur.server.http.upload_decoder import NOT_MEDIA
from pyimgur.server.media import Damaged, MediaTooLargeError, Unsupported, UnsupportedMediaError, WorkerError
from pyimgur.server.services.row_limits import TableFull
from pyimgur.server.services.throttle import TooManyAttempts

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

log = logging.getLogger(__name__)

NO_IMAGE = "No image data was sent to the upload api"
NO_ID = "An ID is required."
OVER_SIZE = "file is over the size limit"
FULL = (ENOSPC, EDQUOT, EFBIG)
"""What a disk says that has no room left, or none for this user or this file."""
AWAY = (ENOENT, ESTALE, EIO, EROFS)
"""What a disk says that has gone, or broken."""
GONE = "What this belongs to was deleted meanwhile"
OVER_CAPACITY = "Imgur is over capacity. Please try again."
LOGIN_REQUIRED = "This method requires authentication"


class APIError(Exception):
    """An answer that says no: its status, and what stands under `error`."""

    def __init__(self, status: int, error: Json, *, headers: Sequence[Header] = ()) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error
        self.headers = headers

    @property
    def sentence(self) -> str:
        """What is wrong, for a person to read."""
        return str(self.error["message"] if isinstance(self.error, dict) else self.error)


def file_error(message: str, *, code: int = 1003, status: int = 400) -> APIError:
    """What Imgur says of a file that it cannot use: an object instead of a sentence."""
    return APIError(status, {"code": code, "message": message, "type": "ImgurException", "exception": []})


def busy() -> APIError:
    """Come back in a second."""
    return APIError(503, OVER_CAPACITY, headers=[(b"retry-after", b"1")])


def full() -> APIError:
    """The disk is full: nothing was stored, and nothing will be until somebody makes room."""
    return APIError(507, "The server has no room left to store this")


def internal_error() -> APIError:
    """Something that nobody expected has happened here; the log says what."""
    return file_error("Could not complete request", code=500, status=500)


def too_many(text: str, seconds: int) -> APIError:
    """Come back in so many seconds."""
    return APIError(429, text, headers=[(b"retry-after", b"%d" % seconds)])


def error_response(request: HTTPConnection, refusal: APIError, beside: Mapping[str, Json] = NOTHING) -> APIResponse:
    """Imgur's body for a refusal: the error, the path as it was asked for, the method; and what stands beside it."""
    data = {"error": refusal.error, "request": target_of(request).path, "method": request.scope["method"]}
    return envelope(request, data, refusal.status, refusal.headers, beside)


def to_api_error(error: Exception) -> APIError:
    """The refusal that an exception stands for; a fault of ours if nobody knows it."""
    for kind in type(error).__mro__:
        if kind in ERROR_MAP:
            return ERROR_MAP[kind](error)
    return internal_error()


def _http(error: HTTPException) -> APIError:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (error.headers or {}).items()
    ]
    return APIError(error.status_code, HTTPStatus(error.status_code).phrase, headers=headers)


def _conflict(error: IntegrityConflict) -> APIError:
    """Between two looks at the database somebody else was faster, say with the deletion of the account that asks."""
    log.warning("a write was overtaken: %s", error)
    return APIError(409, GONE)


def _os(error: OSError) -> APIError:
    """A full disk has an answer of its own, and so has one that is away; any other trouble with files is ours."""
    if error.errno in FULL:
        return full()
    if error.errno in AWAY:
        log.error("the data folder cannot be used: %s", error)
        return busy()
    return internal_error()


ERROR_MAP: dict[type[BaseException], Callable[[Any], APIError]] = {
    APIError: lambda error: error,
    HTTPException: _http,
    ClientDisconnect: lambda _: APIError(400, "The request was cut off"),
    NotFoundError: lambda error: APIError(404, str(error)),
    ForbiddenError: lambda error: APIError(403, str(error)),
    ValidationError: lambda error: APIError(400, str(error)),
    FetchError: lambda error: APIError(400, str(error)),
    TooManyAttempts: lambda error: too_many(str(error), error.seconds),
    IntegrityConflict: _conflict,
    BusyError: lambda _: busy(),
    TableFull: lambda error: APIError(503, str(error), headers=[(b"retry-after", b"60")]),
    StorageFullError: lambda _: full(),
    OSError: _os,
    Damaged: lambda error: file_error(f"{NOT_MEDIA}: {error}"),
    Unsupported: lambda error: file_error(f"{NOT_MEDIA}: {error}"),
    UnsupportedMediaError: lambda _: file_error(NOT_MEDIA),
    MediaTooLargeError: lambda error: APIError(413, f"{OVER_SIZE}: {error}"),
    WorkerError: lambda _: file_error("Could not process upload!", status=500, code=500),
}
"""What the library and the media workers raise, and how Imgur says it."""
EXPECTED = tuple(ERROR_MAP)
