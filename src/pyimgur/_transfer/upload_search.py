"""Find an upload whose response was lost: among the images of the account, by name, time, size and bytes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from .._core.effects import Flow, RunBlocking
from .._core.request import Request, get
from .._core.source import Source
from .._policy.client_state import ClientState
from .._policy.flow import execute, with_rate_limit
from .._policy.lost_responses import repetition_note
from ..exceptions import AnswerError, RemovedError, UploadUncertain
from . import download
from .sources import digest

if TYPE_CHECKING:
    from .._policy.client_state import ClientExecutor
    from ..ledger import Ledger

LIFETIME_HEADER = "x-idempotency-lifetime"
"""Header of `GET 3/credits` with the seconds for which a server remembers keys."""
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


@dataclass(frozen=True)
class UploadSearch(Generic[I]):
    """The search for the image of an upload that began at `started`; images in the ledger are other uploads'."""

    executor: ClientExecutor
    started: float
    ledger: Ledger | None

    def find(self, request: Request[I], uncertain: UploadUncertain, pages: int = 1) -> Flow[I | None]:
        """Return the image if it has arrived, None if it is safe to send it again; else raise `uncertain`.

        Up to `pages` pages of the account's newest images are searched.
        """
        state, file = self.executor.state, request.file
        lifetime = yield from _key_lifetime(state)
        if state.clock() - self.started < lifetime:
            return None
        if file is None or state.access_token is None or state.uploading[(file.name, file.size)] > 1:
            raise uncertain
        for page in range(pages):
            newest: list[I]
            newest = yield from execute(self.executor, get(f"3/account/me/images/{page}", list[request.result_type]))
            image = yield from self._search(newest, request, file)
            if image is not None or not newest or _created_at(newest[-1].raw) < self.started - CLOCK_SKEW:
                return image
        return None

    def _search(self, newest: list[I], request: Request[I], file: Source) -> Flow[I | None]:
        """Return the image with the file's name, time and bytes that is not another upload's."""
        for image in newest:
            if not self._has_name_and_time(image.raw, file) or (yield from self._is_known(image.id)):
                continue
            if image.raw.get("size") != file.size:
                raise UploadUncertain(
                    f"{file.name!r} was sent, but there was no response; image {image.id} has its name but another "
                    f"size, so it may be this file, converted by Imgur{repetition_note(request)}",
                    request=str(request),
                    sent=True,
                )
            if (yield from _same_bytes(image, file)):
                return image
        return None

    def _has_name_and_time(self, raw: Mapping[str, Any], file: Source) -> bool:
        """Return whether name and time fit; Imgur stores the name with or without its extension, or not at all."""
        name = str(raw.get("name") or "")
        in_time = _created_at(raw) >= self.started - CLOCK_SKEW
        return in_time and name in {"", file.name, PurePath(file.name).stem}

    def _is_known(self, id: str) -> Flow[bool]:
        """Return whether an image belongs to an upload that got its response."""
        if id in self.executor.state.uploaded or self.ledger is None:
            return id in self.executor.state.uploaded
        return bool((yield RunBlocking(partial(self.ledger.entries, id=id))))


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
