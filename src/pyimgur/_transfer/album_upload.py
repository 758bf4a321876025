"""Upload many files into one album, so that it holds them in the order of the files.

Files are uploaded several at a time and arrive in any order. So the first one goes straight into the album, alone:
that shows whether the album may be added to before anything else is sent. The others are uploaded without an album,
and are put at its end in batches, each as soon as all files before it are done. Whatever interrupts this, the album
holds the first files, in order; what it held before stays in front.

Images of an earlier call may be in the album already: it is read once, as the ledger does not know what was removed
from it since. The first ones stay where they are as far as they stand in order. Once one is missing or out of order,
it and all those after it go to the end, for which those that are there are taken out and added again.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

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

if TYPE_CHECKING:
    from .._core.executor import Executor
    from ..ledger import LedgerEntry
    from ..resources import Album, Image

Result: TypeAlias = "Image[Any] | ImgurError"
Tell: TypeAlias = Callable[[int, Any], object]
Send: TypeAlias = "Callable[[Any], Flow[Image[Any]]]"
"""Uploads one file into this album, or into none."""

MOST = 500
"""Images that one call adds: each id takes part of the longest form that servers read."""
_TRANSIENT = (ImgurIsDownException, RateLimitError, UnreadableAnswerError)
_ALBUM = re.compile(r"(?<!\S)album(?=[\s,:;]|\.?$)", re.I)
"""The word; servers repeat what they refuse, so that it may also stand in the URL or name of a file."""


@dataclass(frozen=True)
class _Uploaded:
    """An image that waits for its place in the album, and what its upload gave."""

    index: int
    image: Image[Any]
    result: Result


class OrderedUploads:
    """The uploads of one call into one album; safe to share between the threads that carry them out."""

    def __init__(self, runner: Executor, album: Album[Any], tell: Tell) -> None:
        self.begun = False
        """Whether the album is known to take images."""
        self._runner = runner
        self._album = album
        self._tell = tell
        self._lock = threading.Lock()
        self._next = 0
        self._waiting: dict[int, _Uploaded | None] = {}
        self._retry: list[_Uploaded] = []
        """A batch whose call failed for now; it comes before all that wait."""
        self._adding = False
        self._refusal: ImgurError | None = None
        self._trouble: ImgurError | None = None
        self._failed: dict[int, ImgurError] = {}
        self._places: dict[str, int] | None = None
        """The places of the images that the album held when this was first of interest."""
        self._last = -1
        """The place of the last image that stays where it is."""
        self._appended = False
        """Whether an image was put at the end, so that all others go behind it."""
        self._done: set[str] = set()
        """Images that have their place."""

    def first(self, index: int, send: Send) -> Flow[Result]:
        """Upload one straight into the album, while no other is on its way."""
        result = copy.copy(self._refusal) or (yield from _caught(send(self._album)))
        image = _image_of(result)
        if isinstance(result, ImgurError) and _refuses(result):
            self._refusal = result
        if image is not None and not (yield from self._was_sent_into_it(image)):
            yield from self._settle(index, result)
        else:
            if image is not None:
                self.begun = self._appended = True
                self._done.add(image.id)
            self._next = index + 1
            self._tell(index, result)
        return result

    def _was_sent_into_it(self, image: Image[Any]) -> Flow[bool]:
        """Whether this image's upload named the album; one that is resumed may have been sent without it."""
        ledger = self._runner.state.ledger
        if ledger is None:
            return True
        if image.raw.get("reused"):
            return False
        try:
            entries: list[LedgerEntry] = yield RunBlocking(partial(ledger.entries, id=image.id))
        except LedgerError:  # adding it once more does no harm
            return False
        return any(entry.album == self._album.id for entry in entries)

    def later(self, index: int, send: Send) -> Flow[Image[Any]]:
        """Upload one and put it into the album after those before it, unless one of them is still on its way."""
        result = copy.copy(self._refusal) or (yield from _caught(send(None)))
        yield from self._settle(index, result)
        if isinstance(result, ImgurError):
            raise result
        return result

    def settled(self, results: Sequence[Result]) -> Flow[list[Result]]:
        """The results, after one more try to add what could not be added so far."""
        yield from self._add_ready()
        for one in self._retry:
            self._fail(one, self._trouble or NotInAlbumError("", image=one.image))
        return [self._failed.get(index, result) for index, result in enumerate(results)]

    def _settle(self, index: int, result: Result) -> Flow[None]:
        """One is over: add it and those that waited for it."""
        image = _image_of(result)
        if image is None:
            self._tell(index, result)
        with self._lock:
            self._waiting[index] = None if image is None else _Uploaded(index, image, result)
        yield from self._add_ready()

    def _add_ready(self) -> Flow[None]:
        while batch := self._take():
            try:
                yield from self._add(batch)
            finally:
                with self._lock:
                    self._adding = False
            if self._retry:  # not now: the next one that is over tries again
                return

    def _take(self) -> list[_Uploaded]:
        """What can be added now, in order; nothing while another thread adds."""
        with self._lock:
            if self._adding:
                return []
            batch, self._retry = self._retry, []
            while self._next in self._waiting and len(batch) < MOST:
                one = self._waiting.pop(self._next)
                self._next += 1
                batch += [one] if one else []
            self._adding = bool(batch)
            return batch

    def _add(self, batch: list[_Uploaded]) -> Flow[None]:
        try:
            if self._refusal is not None:
                raise copy.copy(self._refusal)
            yield from self._place(list({one.image.id: one.image for one in batch}.values()))
        except ImgurError as error:
            yield from self._not_added(batch, error)
            return
        for one in batch:
            self._tell(one.index, one.result)

    def _place(self, images: list[Image[Any]]) -> Flow[None]:
        """Put images into the album, behind those before them."""
        places = yield from self._held(images)
        images = [image for image in images if image.id not in self._done]
        kept = 0
        for image in images:
            if self._appended or places.get(image.id, -1) <= self._last:
                break
            self._last, kept = places[image.id], kept + 1
        stay, images = images[:kept], images[kept:]
        if not is_deletehash(self._album.id):
            for image in stay:
                image.raw["album"] = self._album.id
        self._done.update(image.id for image in stay)
        if images:
            yield from self._take_out([image for image in images if image.id in places], places)
            yield from self._append(images)

    def _held(self, images: list[Image[Any]]) -> Flow[dict[str, int]]:
        """The places of what the album held before; it is read for images of an earlier call only."""
        if self._places is None:
            if not any(image.raw.get("reused") for image in images):
                return {}
            request = type(self._album).get_images.describe(self._album)
            try:
                held = yield from execute(self._runner, request)
            except AnswerError as error:
                if isinstance(error, _TRANSIENT):
                    raise
                held = []  # then all are added: what is there stays where it is
            self._places = {image.id: place for place, image in enumerate(held)}
        return self._places

    def _take_out(self, images: list[Image[Any]], places: dict[str, int]) -> Flow[None]:
        """Take out images that are added again at once, since one before them is missing."""
        if not images:
            return
        request = type(self._album).remove_images.describe(self._album, images)
        try:
            yield from execute(self._runner, request.idempotent())
        except AnswerError as error:
            if isinstance(error, _TRANSIENT):
                raise
            return  # they stay where they are: better in another order than not at all
        for image in images:
            del places[image.id]

    def _append(self, images: list[Image[Any]]) -> Flow[None]:
        """One call; an image that the album holds stays where it is, so that it may be repeated."""
        self._appended, key = True, self._album.id
        request = type(self._album).add_images.describe(self._album, images)
        yield from execute(self._runner, request.idempotent())
        self.begun = True
        self._done.update(image.id for image in images)
        if not is_deletehash(key):
            for image in images:
                image.raw["album"] = key
        if (ledger := self._runner.state.ledger) is not None:
            with suppress(LedgerError):  # what is added is added
                yield RunBlocking(partial(ledger.set_album, key, [image.id for image in images]))

    def _not_added(self, batch: list[_Uploaded], error: ImgurError) -> Flow[None]:
        """Keep a batch for later, or find out which of it cannot be added."""
        if not isinstance(error, AnswerError) or isinstance(error, _TRANSIENT):
            self._retry, self._trouble = batch, error
            return
        if len(batch) == 1 or self._refusal is not None:
            for one in batch:
                self._fail(one, error)
            if not batch[0].image.raw.get("reused"):  # a new image can be added, so it is the album
                self._refusal = self._refusal or error
            return
        for place, one in enumerate(batch):
            if self._retry:
                self._retry += batch[place:]
                return
            yield from self._add([one])

    def _fail(self, one: _Uploaded, error: ImgurError) -> None:
        text = f"image {one.image.id} was uploaded, and could not be put into the album: {error.message}"
        self._failed[one.index] = failed = NotInAlbumError(text, request=error.request, image=one.image)
        failed.__cause__ = error
        self._tell(one.index, failed)


def _caught(flow: Flow[Image[Any]]) -> Flow[Result]:
    """The image, or the error that stopped it."""
    try:
        return (yield from flow)
    except ImgurError as error:
        return error


def _image_of(result: Result) -> Image[Any] | None:
    """The image that is there, also if it could not be written down."""
    if isinstance(result, LedgerError):
        return cast("Image[Any] | None", result.image)
    return None if isinstance(result, ImgurError) else result


def _refuses(error: ImgurError) -> bool:
    """Whether this upload was refused because of its album, as every other one would be."""
    about_album = isinstance(error, InvalidParameterError) and _ALBUM.search(error.text)
    return bool(about_album) or isinstance(error, (AuthenticationError, ResourceNotFoundError))
