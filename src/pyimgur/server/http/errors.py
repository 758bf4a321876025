"""How a no looks: one exception for everything that is refused, and one function that writes Imgur's body for it.

`Refusal` may be raised anywhere below a route; what the library raises is turned into one by `REFUSALS`. Anything else
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

from pyimgur.server.db.query import Conflict
from pyimgur.server.errors import Busy, Denied, Full, Invalid, Missing, Unfetchable
from pyimgur.server.http.request_target import asked
from pyimgur.server.http.responses import NOTHING, Answer, Header, Json, answer
from pyimgur.server.http.upload_decoder import NOT_MEDIA
from pyimgur.server.media import Damaged, MediaFailed, NotMedia, TooLarge, Unsupported
from pyimgur.server.services.row_limits import TableFull
from pyimgur.server.services.throttle import TooMany

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


class Refusal(Exception):
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


def file_error(message: str, *, code: int = 1003, status: int = 400) -> Refusal:
    """What Imgur says of a file that it cannot use: an object instead of a sentence."""
    return Refusal(status, {"code": code, "message": message, "type": "ImgurException", "exception": []})


def busy() -> Refusal:
    """Come back in a second."""
    return Refusal(503, OVER_CAPACITY, headers=[(b"retry-after", b"1")])


def full() -> Refusal:
    """The disk is full: nothing was stored, and nothing will be until somebody makes room."""
    return Refusal(507, "The server has no room left to store this")


def our_fault() -> Refusal:
    """Something that nobody expected has happened here; the log says what."""
    return file_error("Could not complete request", code=500, status=500)


def too_many(text: str, seconds: int) -> Refusal:
    """Come back in so many seconds."""
    return Refusal(429, text, headers=[(b"retry-after", b"%d" % seconds)])


def refuse(request: HTTPConnection, refusal: Refusal, beside: Mapping[str, Json] = NOTHING) -> Answer:
    """Imgur's body for a refusal: the error, the path as it was asked for, the method; and what stands beside it."""
    data = {"error": refusal.error, "request": asked(request).path, "method": request.scope["method"]}
    return answer(request, data, refusal.status, refusal.headers, beside)


def refusal_of(error: Exception) -> Refusal:
    """The refusal that an exception stands for; a fault of ours if nobody knows it."""
    for kind in type(error).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind](error)
    return our_fault()


def _http(error: HTTPException) -> Refusal:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (error.headers or {}).items()
    ]
    return Refusal(error.status_code, HTTPStatus(error.status_code).phrase, headers=headers)


def _conflict(error: Conflict) -> Refusal:
    """Between two looks at the database somebody else was faster, say with the deletion of the account that asks."""
    log.warning("a write was overtaken: %s", error)
    return Refusal(409, GONE)


def _os(error: OSError) -> Refusal:
    """A full disk has an answer of its own, and so has one that is away; any other trouble with files is ours."""
    if error.errno in FULL:
        return full()
    if error.errno in AWAY:
        log.error("the data folder cannot be used: %s", error)
        return busy()
    return our_fault()


REFUSALS: dict[type[BaseException], Callable[[Any], Refusal]] = {
    Refusal: lambda error: error,
    HTTPException: _http,
    ClientDisconnect: lambda _: Refusal(400, "The request was cut off"),
    Missing: lambda error: Refusal(404, str(error)),
    Denied: lambda error: Refusal(403, str(error)),
    Invalid: lambda error: Refusal(400, str(error)),
    Unfetchable: lambda error: Refusal(400, str(error)),
    TooMany: lambda error: too_many(str(error), error.seconds),
    Conflict: _conflict,
    Busy: lambda _: busy(),
    TableFull: lambda error: Refusal(503, str(error), headers=[(b"retry-after", b"60")]),
    Full: lambda _: full(),
    OSError: _os,
    Damaged: lambda error: file_error(f"{NOT_MEDIA}: {error}"),
    Unsupported: lambda error: file_error(f"{NOT_MEDIA}: {error}"),
    NotMedia: lambda _: file_error(NOT_MEDIA),
    TooLarge: lambda error: Refusal(413, f"{OVER_SIZE}: {error}"),
    MediaFailed: lambda _: file_error("Could not process upload!", status=500, code=500),
}
"""What the library and the media workers raise, and how Imgur says it."""
EXPECTED = tuple(REFUSALS)
