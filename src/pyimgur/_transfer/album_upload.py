"""Upload many files into one album, so that it holds them in the order of the files.

Files are uploaded several at a time and arrive in any order. So the first one goes straight into the album, alone:
that shows whether the album accepts images before anything else is sent. The others are uploaded without an album,
and are added at its end in batches, each as soon as all files before it are done. Wherever this is interrupted, the
album holds the first files, in order; the images that it held before stay in front.

Images of an earlier call may be in the album already: it is read once, as the ledger does not know what was removed
from it since. The first ones stay where they are as far as they are in order. Once one is missing or out of order,
it and all those after it go to the end; those of them that are in the album are removed and added again.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, cast

from .._core.effects import Flow, RunBlocking
from .._core.request import is_deletehash
from .._policy.flow import execute
from ..exceptions import (
    AnswerError,
    AuthenticationError,
    ImgurError,
    ImgurIsDownException,
    InvalidParameterError,
    LedgerError,
    NotInAlbumError,
    RateLimitError,
    ResourceNotFoundError,
    UnreadableAnswerError,
)
from .upload import I

if TYPE_CHECKING:
    from .._policy.client_state import ClientExecutor
    from ..ledger import Ledger, LedgerEntry

OnResult: TypeAlias = Callable[[int, Any], object]
"""Called with the index of a file, and its image or error."""
Send: TypeAlias = "Callable[[Any], Flow[I]]"
"""Uploads one file into this album, or into none."""

MAX_BATCH = 500
"""Images that one request adds: each id is a field, and servers limit the size of a form."""
_TRANSIENT = (ImgurIsDownException, RateLimitError, UnreadableAnswerError)
_ALBUM_WORD = re.compile(r"(?<!\S)album(?=[\s,:;]|\.?$)", re.I)
"""The word "album", but not within a URL or file name, which servers repeat in errors."""


class FillableAlbum(Protocol):
    """What an upload needs of an album: its id, and the endpoints of its class."""

    id: str

    @property
    def get_images(self) -> Any: ...
    @property
    def add_images(self) -> Any: ...
    @property
    def remove_images(self) -> Any: ...


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
        self.accepts_images = False
        """Whether the album is known to accept images."""
        self._executor = executor
        self._album = album
        self._endpoints: Any = type(album)
        self._ledger = ledger
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
        self._positions: dict[str, int] | None = None
        """The positions of the images that the album held when it was read; None until then."""
        self._last = -1
        """The position of the last image that stays where it is."""
        self._appended = False
        """Whether an image was added at the end, so that all others must follow it."""
        self._done: set[str] = set()
        """Ids of the images that are in their position."""

    def upload_first(self, index: int, send: Send[I]) -> Flow[I | ImgurError]:
        """Upload one file straight into the album, while no other is being uploaded."""
        result = copy.copy(self._rejection) or (yield from _caught(send(self._album)))
        image = _image_of(result)
        if isinstance(result, ImgurError) and _rejects_album(result):
            self._rejection = result
        if image is not None and not (yield from self._was_sent_into_album(image)):
            yield from self._settle(index, result)
        else:
            if image is not None:
                self.accepts_images = self._appended = True
                self._done.add(image.id)
            self._next = index + 1
            self._on_result(index, result)
        return result

    def _was_sent_into_album(self, image: I) -> Flow[bool]:
        """Return whether this image's upload named the album; one that was resumed may have been sent without it."""
        if self._ledger is None:
            return True
        if image.raw.get("reused"):
            return False
        try:
            entries: list[LedgerEntry] = yield RunBlocking(partial(self._ledger.entries, id=image.id))
        except LedgerError:  # adding it once more does no harm
            return False
        return any(entry.album == self._album.id for entry in entries)

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
            yield from self._place(list({upload.image.id: upload.image for upload in batch}.values()))
        except ImgurError as error:
            yield from self._not_added(batch, error)
            return
        for upload in batch:
            self._on_result(upload.index, upload.result)

    def _place(self, images: list[I]) -> Flow[None]:
        """Bring images into their position, behind those before them."""
        positions = yield from self._positions_of(images)
        images = [image for image in images if image.id not in self._done]
        kept = 0
        for image in images:
            if self._appended or positions.get(image.id, -1) <= self._last:
                break
            self._last, kept = positions[image.id], kept + 1
        stay, images = images[:kept], images[kept:]
        if not is_deletehash(self._album.id):
            for image in stay:
                image.raw["album"] = self._album.id
        self._done.update(image.id for image in stay)
        if images:
            yield from self._remove([image for image in images if image.id in positions], positions)
            yield from self._append(images)

    def _positions_of(self, images: list[I]) -> Flow[dict[str, int]]:
        """Return the positions of what the album held before; it is read only if an image is of an earlier call."""
        if self._positions is None:
            if not any(image.raw.get("reused") for image in images):
                return {}
            request = self._endpoints.get_images.describe(self._album)
            album_images: list[I]
            try:
                album_images = yield from execute(self._executor, request)
            except AnswerError as error:
                if isinstance(error, _TRANSIENT):
                    raise
                album_images = []  # then all are added, which moves none that is in the album
            self._positions = {image.id: position for position, image in enumerate(album_images)}
        return self._positions

    def _remove(self, images: list[I], positions: dict[str, int]) -> Flow[None]:
        """Remove images from the album that are then added again at its end, since one before them is missing."""
        if not images:
            return
        request = self._endpoints.remove_images.describe(self._album, images)
        try:
            yield from execute(self._executor, request.idempotent())
        except AnswerError as error:
            if isinstance(error, _TRANSIENT):
                raise
            return  # they stay where they are: better in another order than not at all
        for image in images:
            del positions[image.id]

    def _append(self, images: list[I]) -> Flow[None]:
        """Add images in one request; it may be repeated, as an image that the album holds stays where it is."""
        self._appended, key = True, self._album.id
        request = self._endpoints.add_images.describe(self._album, images)
        yield from execute(self._executor, request.idempotent())
        self.accepts_images = True
        self._done.update(image.id for image in images)
        if not is_deletehash(key):
            for image in images:
                image.raw["album"] = key
        if self._ledger is not None:
            with suppress(LedgerError):  # the images are in the album all the same
                yield RunBlocking(partial(self._ledger.set_album, key, [image.id for image in images]))

    def _not_added(self, batch: list[_Uploaded[I]], error: ImgurError) -> Flow[None]:
        """Keep a batch for another attempt, or add its images one by one to find those that cannot be added."""
        if not isinstance(error, AnswerError) or isinstance(error, _TRANSIENT):
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
