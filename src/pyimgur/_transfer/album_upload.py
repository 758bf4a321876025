"""Upload many files into one album, so that it holds them in the order of the files.

Files are uploaded several at a time and arrive in any order. So the first one goes straight into the album, alone:
that shows whether the album accepts images before anything else is sent. The others are uploaded without an album,
and are added at its end in batches, each as soon as all files before it are done. Wherever this is interrupted, the
album holds the first files, in order; the images that it held before stay in front.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, cast

from .._core.effects import Flow
from ..exceptions import (
    AnswerError,
    AuthenticationError,
    ImgurError,
    InvalidParameterError,
    LedgerError,
    NotInAlbumError,
    ResourceNotFoundError,
)
from .album_order import TRANSIENT, AlbumOrder, FillableAlbum
from .upload_search import I

if TYPE_CHECKING:
    from .._policy.client_state import ClientExecutor
    from ..ledger import Ledger

OnResult: TypeAlias = Callable[[int, Any], object]
"""Called with the index of a file, and its image or error."""
Send: TypeAlias = "Callable[[Any], Flow[I]]"
"""Uploads one file into this album, or into none."""

MAX_BATCH = 500
"""Images that one request adds: each id is a field, and servers limit the size of a form."""
_ALBUM_WORD = re.compile(r"(?<!\S)album(?=[\s,:;]|\.?$)", re.I)
"""The word "album", but not within a URL or file name, which servers repeat in errors."""


@dataclass(frozen=True)
class _Uploaded(Generic[I]):
    """An image that is to be added to the album, and the result of its upload."""

    index: int
    image: I
    result: I | ImgurError


class OrderedUploads(Generic[I]):
    """The uploads of one call into one album; safe to share between the threads that carry them out."""

    def __init__(
        self, executor: ClientExecutor, album: FillableAlbum, ledger: Ledger | None, on_result: OnResult
    ) -> None:
        self._album = album
        self._order: AlbumOrder[I] = AlbumOrder(executor, album, ledger)
        self._on_result = on_result
        self._lock = threading.Lock()
        self._next = 0
        self._waiting: dict[int, _Uploaded[I] | None] = {}
        self._retry: list[_Uploaded[I]] = []
        """A batch whose request failed for now; it comes before all that wait."""
        self._adding = False
        self._rejection: ImgurError | None = None
        """The error with which Imgur rejected the album, for every file."""
        self._failure: ImgurError | None = None
        """The error for which a batch is to be tried again."""
        self._failed: dict[int, ImgurError] = {}

    @property
    def accepts_images(self) -> bool:
        """Whether the album is known to accept images."""
        return self._order.accepts_images

    def upload_first(self, index: int, send: Send[I]) -> Flow[I | ImgurError]:
        """Upload one file straight into the album, while no other is being uploaded."""
        result = copy.copy(self._rejection) or (yield from _caught(send(self._album)))
        image = _image_of(result)
        if isinstance(result, ImgurError) and _rejects_album(result):
            self._rejection = result
        if image is not None and not (yield from self._order.was_uploaded_into_album(image)):
            yield from self._settle(index, result)
        else:
            self._next = index + 1
            self._on_result(index, result)
        return result

    def upload_behind(self, index: int, send: Send[I]) -> Flow[I]:
        """Upload one file; add it to the album if all those before it are done, else leave that to the last of them."""
        result = copy.copy(self._rejection) or (yield from _caught(send(None)))
        yield from self._settle(index, result)
        if isinstance(result, ImgurError):
            raise result
        return result

    def finish(self, results: Sequence[I | ImgurError]) -> Flow[list[I | ImgurError]]:
        """Return the results, after one more attempt to add what could not be added so far."""
        yield from self._add_ready()
        for upload in self._retry:
            self._fail(upload, self._failure or NotInAlbumError("", image=cast("Any", upload.image)))
        return [self._failed.get(index, result) for index, result in enumerate(results)]

    def _settle(self, index: int, result: I | ImgurError) -> Flow[None]:
        """Record the result of an upload; add it to the album, together with those that waited for it."""
        image = _image_of(result)
        if image is None:
            self._on_result(index, result)
        with self._lock:
            self._waiting[index] = None if image is None else _Uploaded(index, image, result)
        yield from self._add_ready()

    def _add_ready(self) -> Flow[None]:
        while batch := self._next_batch():
            try:
                yield from self._add(batch)
            finally:
                with self._lock:
                    self._adding = False
            if self._retry:  # the next upload that is done tries again
                return

    def _next_batch(self) -> list[_Uploaded[I]]:
        """Return what can be added now, in order; nothing while another thread adds images."""
        with self._lock:
            if self._adding:
                return []
            batch, self._retry = self._retry, []
            while self._next in self._waiting and len(batch) < MAX_BATCH:
                upload = self._waiting.pop(self._next)
                self._next += 1
                batch += [upload] if upload else []
            self._adding = bool(batch)
            return batch

    def _add(self, batch: list[_Uploaded[I]]) -> Flow[None]:
        try:
            if self._rejection is not None:
                raise copy.copy(self._rejection)
            yield from self._order.place(list({upload.image.id: upload.image for upload in batch}.values()))
        except ImgurError as error:
            yield from self._not_added(batch, error)
            return
        for upload in batch:
            self._on_result(upload.index, upload.result)

    def _not_added(self, batch: list[_Uploaded[I]], error: ImgurError) -> Flow[None]:
        """Keep a batch for another attempt, or add its images one by one to find those that cannot be added."""
        if not isinstance(error, AnswerError) or isinstance(error, TRANSIENT):
            self._retry, self._failure = batch, error
            return
        if len(batch) == 1 or self._rejection is not None:
            for upload in batch:
                self._fail(upload, error)
            if not batch[0].image.raw.get("reused"):  # a new image can be added, so the album is at fault
                self._rejection = self._rejection or error
            return
        for index, upload in enumerate(batch):
            if self._retry:
                self._retry += batch[index:]
                return
            yield from self._add([upload])

    def _fail(self, upload: _Uploaded[I], error: ImgurError) -> None:
        text = f"image {upload.image.id} was uploaded, and could not be put into the album: {error.message}"
        failure = NotInAlbumError(text, request=error.request, image=cast("Any", upload.image))
        failure.__cause__ = error
        self._failed[upload.index] = failure
        self._on_result(upload.index, failure)


def _caught(flow: Flow[I]) -> Flow[I | ImgurError]:
    """Return the image, or the error that stopped its upload."""
    try:
        return (yield from flow)
    except ImgurError as error:
        return error


def _image_of(result: I | ImgurError) -> I | None:
    """Return the image that was uploaded, also if it could not be recorded in the ledger."""
    if isinstance(result, LedgerError):
        return cast("I | None", result.image)
    return None if isinstance(result, ImgurError) else result


def _rejects_album(error: ImgurError) -> bool:
    """Return whether an upload failed because of its album, as every other one would."""
    about_album = isinstance(error, InvalidParameterError) and _ALBUM_WORD.search(error.text)
    return bool(about_album) or isinstance(error, (AuthenticationError, ResourceNotFoundError))
