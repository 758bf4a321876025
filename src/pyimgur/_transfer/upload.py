"""Upload a file exactly once, even if responses are lost.

Each upload carries an `Idempotency-Key`. If the whole file was sent and the response is lost, or is a 5xx, the upload
may have arrived. Then, if the server supports idempotency keys, the upload is sent again with the same key and the
file's SHA-256. Otherwise, with a user's token, the account's newest images are searched: one with the file's name,
size and bytes is the upload's result. Anything less certain is an `UploadUncertain`, for the caller to decide.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from .._core.effects import Flow, RunBlocking, Sleep
from .._core.request import Request, get
from .._core.source import Progress, Source
from .._policy.client_state import ClientState
from .._policy.flow import backoff, execute, with_rate_limit
from .._policy.lost_responses import how_to_check_upload, was_repeated
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
    from .._policy.client_state import ClientExecutor
    from ..ledger import Ledger

LIFETIME_HEADER = "x-idempotency-lifetime"
"""Header of `GET 3/credits` with the seconds for which a server remembers keys."""
DIGEST_HEADER = "X-Content-SHA256"
"""Header with the SHA-256, in hexadecimal, of the file that an `Idempotency-Key` belongs to."""
CLOCK_SKEW = 120
"""Seconds by which Imgur's clock and the local one may differ."""
MAX_PAGES = 20
"""Pages of the newest images that are searched for an upload that was interrupted."""


class UploadedImage(Protocol):
    """What an upload needs of an image."""

    id: str
    link: str
    size: int
    raw: dict[str, Any]

    @classmethod
    def from_data(cls, data: Any, executor: Any, /) -> Self: ...


I = TypeVar("I", bound=UploadedImage)  # noqa: E741 - an image


def upload(
    executor: ClientExecutor,
    request: Request[I],
    key: str,
    progress: Progress | None,
    since: float | None = None,
    ledger: Ledger | None = None,
) -> Flow[I]:
    """Upload a file once, and return its image.

    Args:
        executor: the client's.
        request: the upload; its file may be None, for an upload by URL.
        key: its idempotency key.
        progress: called with the bytes sent.
        since: unix time at which an earlier attempt with this key began, which may have arrived.
        ledger: the images in it are known to belong to other uploads.

    Raises:
        UploadUncertain: the upload may have arrived.
    """
    file, state = request.file, executor.state
    sha256: str | None = getattr(file, "sha256", None)
    request = replace(request, headers={"Idempotency-Key": key, **({DIGEST_HEADER: sha256} if sha256 else {})})
    name_and_size = (file.name, file.size) if file else ("", None)
    state.uploading[name_and_size] += 1
    running = _Upload(executor, request, state.clock() if since is None else since, ledger)
    try:
        image = None
        if since is not None:
            image = yield from running.find(running.interrupted(), pages=MAX_PAGES)
        if image is None:
            running.request = replace(request, repeated=since is not None)
            image = yield from running.send(progress)
        return _finish(state, image, request)
    finally:
        state.uploading[name_and_size] -= 1


@dataclass
class _Upload(Generic[I]):
    """An upload that is running; `request` changes when it is repeated."""

    executor: ClientExecutor
    request: Request[I]
    started: float
    ledger: Ledger | None

    def send(self, progress: Progress | None) -> Flow[I]:
        """Send the file until there is a response; each repetition is certain not to create a second image."""
        doubt: ImgurError | None = None
        lost: ImgurError | None = None
        for pause in backoff(self.executor.state.retries):
            try:
                return (yield from execute(self.executor, self.request, progress))
            except ImgurError as error:
                if not may_have_arrived(error):
                    if doubt is None:
                        raise  # the error itself, so that it keeps its cause
                    raise self._uncertain(error) from doubt
                lost, doubt = error if _is_lost(error) else lost, error
                image = yield from self._recover(error)
                if image is not None:
                    return image
                if pause is None or (self.request.file and not self.request.file.repeatable):
                    if lost in {None, error}:
                        raise
                    raise self._uncertain(error) from lost  # a 5xx says nothing about the attempt before it
            yield Sleep(pause)
            yield from self._add_digest()
            self.request = replace(self.request, repeated=True)
        raise AssertionError("the last attempt returns or raises")

    def _add_digest(self) -> Flow[None]:
        """Add the file's digest, by which the server knows that a repeated key comes with the same file."""
        file = self.request.file
        if file is not None and file.repeatable and DIGEST_HEADER not in self.request.headers:
            sha256: str = yield RunBlocking(partial(digest, file))
            self.request = replace(self.request, headers={**self.request.headers, DIGEST_HEADER: sha256})

    def _recover(self, error: ImgurError) -> Flow[I | None]:
        """Return the image if it has arrived, None if it is safe to send it again.

        Raises:
            UploadUncertain: neither is certain.
        """
        doubt = self._uncertain(error)
        try:
            return (yield from self.find(doubt))
        except ImgurError as failure:
            if isinstance(failure, UploadUncertain) and failure is not error:
                raise failure from error
            raise doubt from (error.__cause__ if doubt is error else error)

    def find(self, doubt: UploadUncertain, pages: int = 1) -> Flow[I | None]:
        """Return the image if it has arrived, None if it is safe to send it again; else raise `doubt`.

        Up to `pages` pages of the account's newest images are searched.
        """
        state, file = self.executor.state, self.request.file
        lifetime = yield from _key_lifetime(state)
        if state.clock() - self.started < lifetime:
            return None
        if file is None or state.access_token is None or state.uploading[(file.name, file.size)] > 1:
            raise doubt
        for page in range(pages):
            newest = yield from execute(
                self.executor, get(f"3/account/me/images/{page}", list[self.request.result_type])
            )
            image = yield from self._search(newest, file)
            if image is not None or not newest or _created_at(newest[-1].raw) < self.started - CLOCK_SKEW:
                return image
        return None

    def _search(self, newest: list[I], file: Source) -> Flow[I | None]:
        """Return the image with the file's name, time and bytes that is not another upload's."""
        for image in newest:
            if not self._may_be(image.raw, file) or (yield from self._is_known(image.id)):
                continue
            if image.raw.get("size") != file.size:
                raise UploadUncertain(
                    f"{file.name!r} was sent, but there was no response; image {image.id} has its name but another "
                    f"size, so it may be this file, converted by Imgur{was_repeated(self.request)}",
                    request=str(self.request),
                    sent=True,
                )
            if (yield from _same_bytes(image, file)):
                return image
        return None

    def _may_be(self, raw: Mapping[str, Any], file: Source) -> bool:
        """Return whether name and time fit; Imgur stores the name with or without its extension, or not at all."""
        name = str(raw.get("name") or "")
        in_time = _created_at(raw) >= self.started - CLOCK_SKEW
        return in_time and name in {"", file.name, PurePath(file.name).stem}

    def _is_known(self, id: str) -> Flow[bool]:
        """Return whether an image belongs to an upload that got its response."""
        if id in self.executor.state.uploaded or self.ledger is None:
            return id in self.executor.state.uploaded
        return bool((yield RunBlocking(partial(self.ledger.entries, id=id))))

    def _uncertain(self, error: ImgurError) -> UploadUncertain:
        if isinstance(error, UploadUncertain):
            return error
        text = f"was sent, but Imgur failed ({error.message}): it may have arrived{was_repeated(self.request)}"
        return self._doubt(text)

    def interrupted(self) -> UploadUncertain:
        """Return the error for an upload that an earlier run of the program began."""
        return self._doubt(
            "was being uploaded when the program was interrupted: it may have arrived, so it was not sent again"
        )

    def _doubt(self, text: str) -> UploadUncertain:
        request = self.request
        name = request.file.name if request.file else request.params.get("image")
        how = how_to_check_upload(self.executor.state, request)
        return UploadUncertain(f"{name!r} {text}; {how}", request=str(request), sent=True)


def may_have_arrived(error: ImgurError) -> bool:
    """Return whether an upload that failed with this error may have arrived."""
    failed_after = isinstance(error, (ImgurIsDownException, UnreadableAnswerError))
    return failed_after or (isinstance(error, NoAnswerError) and error.sent)


def _is_lost(error: ImgurError) -> bool:
    """Return whether the response was lost, rather than a 5xx: then the upload has most likely arrived."""
    return isinstance(error, (NoAnswerError, UnreadableAnswerError))


def _finish(state: ClientState, image: I, request: Request[Any]) -> I:
    """Record that this image's upload succeeded, and set whether Imgur converted it."""
    id: object = image.raw.get("id")
    if not (id and isinstance(id, str)):
        raise UnreadableAnswerError("the response has no image id: the upload may have arrived", request=str(request))
    state.uploaded.append(image.id)
    file = request.file
    if file is not None and file.size is not None and image.raw.get("size"):
        image.raw.setdefault("converted", image.size != file.size)
    return image


def _key_lifetime(state: ClientState) -> Flow[float]:
    """Return for how many seconds this server remembers idempotency keys; 0 for one that does not, such as Imgur."""
    try:
        reply = yield from with_rate_limit(state, get("3/credits", dict[str, Any]).costing(0))
    except AnswerError:
        return 0.0
    lifetime = reply.headers.get(LIFETIME_HEADER, "")
    return float(lifetime) if lifetime.isdecimal() else 0.0


def _created_at(raw: Mapping[str, Any]) -> float:
    """Return when an image was uploaded; infinity if that is unknown, as it may be new."""
    created_at = raw.get("datetime")
    return created_at if isinstance(created_at, int) else math.inf


def _same_bytes(image: UploadedImage, file: Source) -> Flow[bool]:
    sink = _DigestSink()
    try:
        yield from download.get_following_redirects(image.link, sink, f"GET {image.link}", {})
    except RemovedError:
        return False
    return sink.hexdigest() == (yield RunBlocking(partial(digest, file)))


def digest(file: Source) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    sha256 = hashlib.sha256()
    for chunk in file.chunks():
        sha256.update(chunk)
    return sha256.hexdigest()


class _DigestSink:
    """Computes the SHA-256 of a response without storing it."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool:
        return status == 200

    def write(self, chunk: bytes) -> None:
        self._sha256.update(chunk)

    def close(self) -> None: ...

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()
