"""Errors of the API: one exception, one function that writes Imgur's error body, one table from exceptions to errors.

`APIError` may be raised anywhere below a route. `ERROR_MAP` translates what services and media workers raise. Any other
exception is a bug: the client gets 500 in Imgur's format, and the traceback goes to the log only. `ErrorMiddleware`
catches them all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from errno import EIO, ENOENT, EROFS, ESTALE
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from pyimgur.server.db.query import IntegrityConflict
from pyimgur.server.errors import (
    DISK_FULL,
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
from pyimgur.server.media import (
    DamagedMediaError,
    MediaTooLargeError,
    UnsupportedFormatError,
    UnsupportedMediaError,
    WorkerError,
)
from pyimgur.server.services.row_limits import TableFull
from pyimgur.server.services.throttle import TooManyAttempts

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

log = logging.getLogger(__name__)

NO_IMAGE = "No image data was sent to the upload api"
NO_ID = "An ID is required."
OVER_SIZE = "file is over the size limit"
DISK_UNAVAILABLE = (ENOENT, ESTALE, EIO, EROFS)
"""The disk was removed, is broken or is read-only."""
CONFLICT = "What this belongs to was deleted meanwhile"
OVER_CAPACITY = "Imgur is over capacity. Please try again."
LOGIN_REQUIRED = "This method requires authentication"


class APIError(Exception):
    """An error response: its status, and the value of `error` in its body."""

    def __init__(self, status: int, error: Json, *, headers: Sequence[Header] = ()) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error
        self.headers = headers

    @property
    def message(self) -> str:
        """The error as text for a person."""
        return str(self.error["message"] if isinstance(self.error, dict) else self.error)


def file_error(message: str, *, code: int = 1003, status: int = 400) -> APIError:
    """Return Imgur's error for an unusable file, which is an object instead of a sentence."""
    return APIError(status, {"code": code, "message": message, "type": "ImgurException", "exception": []})


def over_capacity() -> APIError:
    """Return 503: try again in a second."""
    return APIError(503, OVER_CAPACITY, headers=[(b"retry-after", b"1")])


def disk_full() -> APIError:
    """Return 507: the disk is full and nothing was stored. Retrying does not help until somebody frees space."""
    return APIError(507, "The server has no room left to store this")


def internal_error() -> APIError:
    """Return 500 for an unexpected exception; the log has its traceback."""
    return file_error("Could not complete request", code=500, status=500)


def too_many(text: str, seconds: int) -> APIError:
    """Return 429: try again in this many seconds."""
    return APIError(429, text, headers=[(b"retry-after", b"%d" % seconds)])


def error_response(request: HTTPConnection, error: APIError, beside: Mapping[str, Json] = NOTHING) -> APIResponse:
    """Return Imgur's error body: the error, the path as the client sent it, the method.

    `beside` is added to the envelope.
    """
    data = {"error": error.error, "request": target_of(request).path, "method": request.scope["method"]}
    return envelope(request, data, error.status, error.headers, beside)


def to_api_error(error: Exception) -> APIError:
    """Return the API error for an exception; 500 for an unknown one."""
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
    """Return 409: another request deleted, between two transactions, a row that this one refers to."""
    log.warning("a write conflicted with another request: %s", error)
    return APIError(409, CONFLICT)


def _os(error: OSError) -> APIError:
    """Return the error for a full disk or a missing data folder; 500 for other errors of the file system."""
    if error.errno in DISK_FULL:
        return disk_full()
    if error.errno in DISK_UNAVAILABLE:
        log.error("the data folder is unavailable: %s", error)
        return over_capacity()
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
    BusyError: lambda _: over_capacity(),
    TableFull: lambda error: APIError(503, str(error), headers=[(b"retry-after", b"60")]),
    StorageFullError: lambda _: disk_full(),
    OSError: _os,
    DamagedMediaError: lambda error: file_error(f"{NOT_MEDIA}: {error}"),
    UnsupportedFormatError: lambda error: file_error(f"{NOT_MEDIA}: {error}"),
    UnsupportedMediaError: lambda _: file_error(NOT_MEDIA),
    MediaTooLargeError: lambda error: APIError(413, f"{OVER_SIZE}: {error}"),
    WorkerError: lambda _: file_error("Could not process upload!", status=500, code=500),
}
"""Exceptions of services and media workers, and their errors."""
EXPECTED = tuple(ERROR_MAP)
