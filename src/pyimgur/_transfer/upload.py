"""Upload a file exactly once, even if responses are lost.

Each upload carries an `Idempotency-Key`. If the whole file was sent and the response is lost, or is a 5xx, the upload
may have arrived. Then, if the server supports idempotency keys, the upload is sent again with the same key and the
file's SHA-256. Otherwise, with a user's token, the account's newest images are searched: one with the file's name,
size and bytes is the upload's result, and if none has its name, the upload is sent again. Where the search cannot tell
(no token, no file, an image with the name but another size), `UploadUncertain` is raised, for the caller to decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic

from .._core.effects import Flow, RunBlocking, Sleep
from .._core.request import Request
from .._core.source import Progress
from .._policy.client_state import ClientState
from .._policy.flow import backoff, execute
from .._policy.lost_responses import how_to_check_upload, repetition_note
from ..exceptions import (
    ImgurError,
    ImgurIsDownException,
    NoAnswerError,
    UnreadableAnswerError,
    UploadUncertain,
)
from .sources import digest
from .upload_search import MAX_PAGES, I, UploadSearch

if TYPE_CHECKING:
    from .._policy.client_state import ClientExecutor
    from ..ledger import Ledger

DIGEST_HEADER = "X-Content-SHA256"
"""Header with the SHA-256, in hexadecimal, of the file that an `Idempotency-Key` belongs to."""


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
    search: UploadSearch[I] = UploadSearch(executor, state.clock() if since is None else since, ledger)
    running = _Upload(executor, request, search)
    try:
        image = None
        if since is not None:
            image = yield from search.find(request, running.interrupted(), pages=MAX_PAGES)
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
    search: UploadSearch[I]

    def send(self, progress: Progress | None) -> Flow[I]:
        """Send the file until there is a response; each repetition is certain not to create a second image."""
        doubtful: ImgurError | None = None  # the last error after which the upload may have arrived
        lost: ImgurError | None = None  # the last of them without a response
        for pause in backoff(self.executor.state.retries):
            try:
                return (yield from execute(self.executor, self.request, progress))
            except ImgurError as error:
                if not may_have_arrived(error):
                    if doubtful is None:
                        raise  # the error itself, so that it keeps its cause
                    raise self._as_uncertain(error) from doubtful
                lost, doubtful = error if _is_lost(error) else lost, error
                image = yield from self._recover(error)
                if image is not None:
                    return image
                if pause is None or (self.request.file and not self.request.file.repeatable):
                    if lost in {None, error}:
                        raise
                    raise self._as_uncertain(error) from lost  # a 5xx says nothing about the attempt before it
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
        uncertain = self._as_uncertain(error)
        try:
            return (yield from self.search.find(self.request, uncertain))
        except ImgurError as failure:
            if isinstance(failure, UploadUncertain) and failure is not error:
                raise failure from error
            raise uncertain from (error.__cause__ if uncertain is error else error)

    def _as_uncertain(self, error: ImgurError) -> UploadUncertain:
        """Return the error as an `UploadUncertain`."""
        if isinstance(error, UploadUncertain):
            return error
        text = f"was sent, but Imgur failed ({error.message}): it may have arrived{repetition_note(self.request)}"
        return self._uncertain_error(text)

    def interrupted(self) -> UploadUncertain:
        """Return the error for an upload that an earlier run of the program began."""
        return self._uncertain_error(
            "was being uploaded when the program was interrupted: it may have arrived, so it was not sent again"
        )

    def _uncertain_error(self, text: str) -> UploadUncertain:
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
