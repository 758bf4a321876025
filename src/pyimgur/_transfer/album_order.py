"""Bring the images of one upload into their order in an album, with as few requests as possible.

Images of an earlier call may be in the album already: it is read once, as the ledger does not know what was removed
from it since. The first ones stay where they are as far as they are in order. Once one is missing or out of order,
it and all those after it go to the end; those of them that are in the album are removed and added again.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol

from .._core.effects import Flow, RunBlocking
from .._core.request import is_deletehash
from .._policy.flow import execute
from ..exceptions import AnswerError, ImgurIsDownException, LedgerError, RateLimitError, UnreadableAnswerError
from .upload_search import I

if TYPE_CHECKING:
    from .._policy.client_state import ClientExecutor
    from ..ledger import Ledger, LedgerEntry

TRANSIENT = (ImgurIsDownException, RateLimitError, UnreadableAnswerError)
"""Errors that say nothing about the album: the same request may succeed later."""


class FillableAlbum(Protocol):
    """What an upload needs of an album: its id, and the endpoints of its class."""

    id: str

    @property
    def get_images(self) -> Any: ...
    @property
    def add_images(self) -> Any: ...
    @property
    def remove_images(self) -> Any: ...


class AlbumOrder(Generic[I]):
    """The order of images in one album; one flow at a time may use it."""

    def __init__(self, executor: ClientExecutor, album: FillableAlbum, ledger: Ledger | None) -> None:
        self.accepts_images = False
        """Whether the album is known to accept images."""
        self._executor = executor
        self._album = album
        self._endpoints: Any = type(album)
        self._ledger = ledger
        self._positions: dict[str, int] | None = None
        """The positions of the images that the album held when it was read; None until then."""
        self._last = -1
        """The position of the last image that stays where it is."""
        self._appended = False
        """Whether an image was added at the end, so that all others must follow it."""
        self._done: set[str] = set()
        """Ids of the images that are in their position."""

    def was_uploaded_into_album(self, image: I) -> Flow[bool]:
        """Return whether this image's upload has put it at the end of the album, and record that."""
        if not (yield from self._was_sent_into_album(image)):
            return False
        self.accepts_images = self._appended = True
        self._done.add(image.id)
        return True

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

    def place(self, images: list[I]) -> Flow[None]:
        """Bring images into their position, behind those before them."""
        positions = yield from self._positions_of(images)
        images = [image for image in images if image.id not in self._done]
        in_order = 0
        for image in images:
            if self._appended or positions.get(image.id, -1) <= self._last:
                break
            self._last, in_order = positions[image.id], in_order + 1
        self._record(images[:in_order])
        images = images[in_order:]
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
                if isinstance(error, TRANSIENT):
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
            if isinstance(error, TRANSIENT):
                raise
            return  # they stay where they are: better in another order than not at all
        for image in images:
            del positions[image.id]

    def _append(self, images: list[I]) -> Flow[None]:
        """Add images in one request; it may be repeated, as an image that the album holds stays where it is."""
        self._appended = True
        request = self._endpoints.add_images.describe(self._album, images)
        yield from execute(self._executor, request.idempotent())
        self.accepts_images = True
        self._record(images)
        if self._ledger is not None:
            with suppress(LedgerError):  # the images are in the album all the same
                yield RunBlocking(partial(self._ledger.set_album, self._album.id, [image.id for image in images]))

    def _record(self, images: list[I]) -> None:
        """Record that these images are in their position."""
        self._done.update(image.id for image in images)
        if not is_deletehash(self._album.id):  # which is a secret
            for image in images:
                image.raw["album"] = self._album.id
