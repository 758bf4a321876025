"""An upload that is neither lost nor doubled: what is done when its answer never came.

Each upload carries an `Idempotency-Key`. When the whole file was sent and no answer came (or a 5xx),
it may have arrived. Then: a server that honours keys is asked again with the same key and the file's SHA-256; with a
user's token, the account's newest images are looked at, and one that has the file's name, size and
bytes is the answer; anything less certain is `UploadUncertain`, and is left to the caller.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from .._core.effects import Flow, RunBlocking, Sleep
from .._core.request import Request, get
from .._core.source import Progress, Source
from .._policy.client_state import ClientState
from .._policy.flow import backoff, execute, repeats, what_to_do, with_rate_limit
from ..exceptions import (
    AnswerError,
    ImgurError,
    ImgurIsDownException,
    NoAnswerError,
    RemovedError,
    UnreadableAnswerError,
    UploadUncertain,
)
from . import download

if TYPE_CHECKING:
    from .._core.executor import Executor
    from ..resources import Image

LIFETIME = "x-idempotency-lifetime"
"""The header of `GET 3/credits` in which a server says for how many seconds it remembers keys."""
DIGEST = "X-Content-SHA256"
"""The header that says which file an `Idempotency-Key` belongs to, in hexadecimal."""
CLOCK_SKEW = 120
"""Seconds that Imgur's clock and ours may differ."""
PAGES = 20
"""How many pages of the newest images are looked through for an upload that was cut off."""


def upload(
    runner: Executor, request: Request[Image[Any]], key: str, progress: Progress | None, since: float | None = None
) -> Flow[Image[Any]]:
    """The picture, uploaded once; `since` says when an earlier attempt began that may have arrived."""
    file, state = request.file, runner.state
    known: str | None = getattr(file, "sha256", None)
    request = replace(request, headers={"Idempotency-Key": key, **({DIGEST: known} if known else {})})
    mark = (file.name, file.size) if file else ("", None)
    state.uploading[mark] += 1
    started = state.clock() if since is None else since
    try:
        image = None
        if since is not None:
            image = yield from _find_uploaded(runner, request, _cut_off(state, request), started, pages=PAGES)
        if image is None:
            image = yield from _send(runner, replace(request, repeated=since is not None), progress, started)
        return _finish(state, image, request)
    finally:
        state.uploading[mark] -= 1


def _send(
    runner: Executor, request: Request[Image[Any]], progress: Progress | None, started: float
) -> Flow[Image[Any]]:
    """Send until there is an answer; before each further time it is sure that this makes no second picture."""
    doubt: ImgurError | None = None
    lost: ImgurError | None = None
    for pause in backoff(runner.state.retries):
        try:
            return (yield from execute(runner, request, progress))
        except ImgurError as error:
            if not may_have_arrived(error):
                if doubt is None:
                    raise  # with the cause it has
                raise _uncertain(runner.state, request, error) from doubt
            lost, doubt = error if _is_lost(error) else lost, error
            image = yield from _recover(runner, request, error, started)
            if image is not None:
                return image
            if pause is None or (request.file and not request.file.repeatable):
                if lost in {None, error}:
                    raise
                raise _uncertain(runner.state, request, error) from lost  # a 5xx says nothing of an attempt before it
        yield Sleep(pause)
        request = replace((yield from _with_digest(request)), repeated=True)
    raise AssertionError("the last attempt returns or raises")


def _with_digest(request: Request[Image[Any]]) -> Flow[Request[Image[Any]]]:
    """The upload as it is asked again under its key: the server must know that it is the same file."""
    if request.file is None or not request.file.repeatable or DIGEST in request.headers:
        return request
    known: str = yield RunBlocking(partial(digest, request.file))
    return replace(request, headers={**request.headers, DIGEST: known})


def may_have_arrived(error: ImgurError) -> bool:
    """Whether an upload that ended so may be there all the same."""
    answered = isinstance(error, (ImgurIsDownException, UnreadableAnswerError))
    return answered or (isinstance(error, NoAnswerError) and error.sent)


def _is_lost(error: ImgurError) -> bool:
    """Whether the server's answer was lost, rather than that it failed: then the upload has most likely arrived."""
    return isinstance(error, (NoAnswerError, UnreadableAnswerError))


def _finish(state: ClientState, image: Image[Any], request: Request[Any]) -> Image[Any]:
    """The picture; it is known to be answered for, and says whether Imgur changed it."""
    named: object = image.raw.get("id")
    if not (named and isinstance(named, str)):
        raise UnreadableAnswerError("the answer names no picture, so it may be there or not", request=str(request))
    state.uploaded.append(image.id)
    file = request.file
    if file is not None and file.size is not None and image.raw.get("size"):
        image.raw.setdefault("converted", image.size != file.size)
    return image


def _recover(runner: Executor, request: Request[Any], error: ImgurError, started: float) -> Flow[Image[Any] | None]:
    """The picture if it has arrived, None if it is safe to send it again.

    Raises:
        UploadUncertain: neither is sure.
    """
    doubt = _uncertain(runner.state, request, error)
    try:
        return (yield from _find_uploaded(runner, request, doubt, started))
    except ImgurError as trouble:
        if isinstance(trouble, UploadUncertain) and trouble is not error:
            raise trouble from error
        raise doubt from (error.__cause__ if doubt is error else error)


def _find_uploaded(
    runner: Executor, request: Request[Any], doubt: UploadUncertain, started: float, pages: int = 1
) -> Flow[Image[Any] | None]:
    """As `_recover`; `doubt` is what is raised, and `pages` of the newest images are looked through."""
    state, file = runner.state, request.file
    lifetime = yield from _lifetime_of_keys(state)
    if state.clock() - started < lifetime:
        return None
    if file is None or state.access_token is None or state.uploading[(file.name, file.size)] > 1:
        raise doubt
    for page in range(pages):
        newest = yield from execute(runner, get(f"3/account/me/images/{page}", list[request.into]))
        image = yield from _find(state, newest, file, started, request)
        if image is not None or not newest or _created_at(newest[-1].raw) < started - CLOCK_SKEW:
            return image
    return None


def _lifetime_of_keys(state: ClientState) -> Flow[float]:
    """For how many seconds this server answers a repeated key with the first picture; Imgur says nothing of it."""
    try:
        reply = yield from with_rate_limit(state, get("3/credits", dict[str, Any]).costing(0))
    except AnswerError:
        return 0.0
    told = reply.headers.get(LIFETIME, "")
    return float(told) if told.isdecimal() else 0.0


def _find(
    state: ClientState, newest: list[Image[Any]], file: Source, started: float, request: Request[Any]
) -> Flow[Image[Any] | None]:
    """The one among these pictures that has the same name, time and bytes, and is no other upload's."""
    for image in newest:
        if not _may_be(image.raw, file, started) or (yield from _known(state, image.id)):
            continue
        if image.raw.get("size") != file.size:
            raise UploadUncertain(
                f"{file.name!r} was sent whole and no answer came; image {image.id} has its name but another size, "
                f"so it may be it, changed by Imgur{repeats(request)}",
                request=str(request),
                sent=True,
            )
        if (yield from _same_bytes(image, file)):
            return image
    return None


def _known(state: ClientState, id: str) -> Flow[bool]:
    """Whether a picture is that of an upload that was answered."""
    if id in state.uploaded or state.ledger is None:
        return id in state.uploaded
    return bool((yield RunBlocking(partial(state.ledger.entries, id=id))))


def _may_be(raw: Mapping[str, Any], file: Source, started: float) -> bool:
    """Whether name and time fit; Imgur keeps the name with or without its extension, or not at all."""
    name = str(raw.get("name") or "")
    return _created_at(raw) >= started - CLOCK_SKEW and name in {"", file.name, PurePath(file.name).stem}


def _created_at(raw: Mapping[str, Any]) -> float:
    """When a picture was made; one of which that is not told may be new."""
    made = raw.get("datetime")
    return made if isinstance(made, int) else math.inf


def _same_bytes(image: Image[Any], file: Source) -> Flow[bool]:
    theirs = _Digest()
    try:
        yield from download.get_following_redirects(image.link, theirs, f"GET {image.link}", {})
    except RemovedError:
        return False
    return theirs.hexdigest() == (yield RunBlocking(partial(digest, file)))


def digest(file: Source) -> str:
    """The SHA-256 of what it holds, in hexadecimal."""
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    return found.hexdigest()


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


def _uncertain(state: ClientState, request: Request[Any], error: ImgurError) -> UploadUncertain:
    if isinstance(error, UploadUncertain):
        return error
    text = f"was sent whole and Imgur failed ({error.message}): it may be there{repeats(request)}"
    return UploadUncertain(f"{_name(request)} {text}; {what_to_do(state)}", request=str(request), sent=True)


def _cut_off(state: ClientState, request: Request[Any]) -> UploadUncertain:
    text = "was on its way before, when the program was cut off: it may be there, so it was not sent again"
    return UploadUncertain(f"{_name(request)} {text}; {what_to_do(state)}", request=str(request), sent=True)


def _name(request: Request[Any]) -> str:
    return repr(request.file.name if request.file else request.params.get("image"))
