"""An upload that is neither lost nor doubled: what is done when its answer never came.

Each upload carries an `Idempotency-Key`. When the whole file was sent and no answer came (or a 5xx),
it may have arrived. Then: a server that honours keys is simply asked again with the same key; with a
user's token, the account's newest images are looked at, and one that has the file's name, size and
bytes is the answer; anything less certain is `UploadUncertain`, and is left to the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from . import _download
from ._flow import call, pauses, send
from ._media import Progress
from ._request import Flow, Request, Sleep, Source, get
from ._state import State
from .exceptions import ImgurError, ImgurIsDownException, RemovedError, UploadUncertain

if TYPE_CHECKING:
    from ._endpoint import Runner
    from .objects import Image

LIFETIME = "x-idempotency-lifetime"
"""The header of `GET 3/credits` in which a server says for how many seconds it remembers keys."""
AROUND = 120
"""Seconds that Imgur's clock and ours may differ."""


def upload(runner: Runner, request: Request[Image[Any]], key: str, progress: Progress | None) -> Flow[Image[Any]]:
    """The picture, uploaded once."""
    file = request.file
    assert file is not None
    state, request = runner.state, replace(request, headers={"Idempotency-Key": key})
    mark = (file.name, file.size)
    state.uploading[mark] += 1
    started = state.clock()
    try:
        for pause in pauses(state.retries):
            try:
                image = yield from call(runner, request, progress)
                return _told(state, image, file)
            except (UploadUncertain, ImgurIsDownException) as error:
                image = yield from _after(runner, request, error, started)
                if image is not None:
                    return _told(state, image, file)
                if pause is None or not file.repeatable:
                    raise
            yield Sleep(pause)
    finally:
        state.uploading[mark] -= 1
    raise AssertionError("the last attempt returns or raises")


def _told(state: State, image: Image[Any], file: Source) -> Image[Any]:
    """The picture; it is known to be answered for, and says whether Imgur changed it."""
    state.uploaded.append(image.id)
    if file.size is not None and image.raw.get("size"):
        image.raw.setdefault("converted", image.size != file.size)
    return image


def _after(runner: Runner, request: Request[Any], error: ImgurError, started: float) -> Flow[Image[Any] | None]:
    """The picture if it has arrived, None if it is safe to send it again.

    Raises:
        UploadUncertain: neither is sure.
    """
    state, file = runner.state, request.file
    assert file is not None
    if (yield from _honours_keys(state)):
        return None
    if state.access_token is None or state.uploading[(file.name, file.size)] > 1:
        raise _uncertain(request, error) from error
    newest = yield from call(runner, _newest(request))
    return (yield from _find(state, newest, file, started, request))


def _honours_keys(state: State) -> Flow[bool]:
    """Whether this server answers a repeated key with the first picture; Imgur says nothing of it."""
    try:
        reply = yield from send(state, get("3/credits", dict[str, Any]).costing(0))
    except ImgurError:
        return False
    return LIFETIME in reply.headers


def _newest(request: Request[Any]) -> Request[list[Any]]:
    return get("3/account/me/images/0", list[request.into])


def _find(
    state: State, newest: list[Image[Any]], file: Source, started: float, request: Request[Any]
) -> Flow[Image[Any] | None]:
    """The one among the newest pictures that has the same name, time and bytes."""
    for image in newest:
        if image.id in state.uploaded or not _may_be(image.raw, file, started):
            continue
        if image.raw.get("size") != file.size:
            raise UploadUncertain(
                f"{file.name!r} was sent whole and no answer came; image {image.id} has its name but another size, "
                "so it may be it, changed by Imgur: it was not sent again",
                request=str(request),
                sent=True,
            )
        if (yield from _same_bytes(image, file)):
            return image
    return None


def _may_be(raw: Mapping[str, Any], file: Source, started: float) -> bool:
    """Whether name and time fit; Imgur keeps the name with or without its extension, or not at all."""
    name, made = str(raw.get("name") or ""), raw.get("datetime")
    in_time = not isinstance(made, int) or made >= started - AROUND
    return in_time and name in {"", file.name, PurePath(file.name).stem}


def _same_bytes(image: Image[Any], file: Source) -> Flow[bool]:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    theirs = _Digest()
    try:
        yield from _download.fetch(image.link, theirs, f"GET {image.link}", {})
    except RemovedError:
        return False
    return theirs.hexdigest() == digest.hexdigest()


class _Digest:
    """A sink that keeps nothing but the digest."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool:
        return status == 200

    def write(self, chunk: bytes) -> None:
        self._digest.update(chunk)

    def close(self) -> None: ...

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _uncertain(request: Request[Any], error: ImgurError) -> UploadUncertain:
    if isinstance(error, UploadUncertain):
        return error
    name = request.file.name if request.file else ""
    return UploadUncertain(
        f"{name!r} was sent whole and Imgur failed ({error.message}): it may be there, so it was not sent again",
        request=str(request),
        sent=True,
    )
