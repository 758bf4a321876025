"""The pictures behind any address: found one by one, and downloaded in order, a few at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeAlias
from urllib.parse import urlsplit

from .._core.effects import Flow, Gather, Item, ItemStream, Paginator
from .._core.endpoint import M, paginated
from .._core.request import Request, shown_path
from .._policy import pagination
from .._policy.client_state import ClientState
from .._transfer.download_plan import (
    DownloadPlan,
    DownloadTarget,
    Fetched,
    download_target,
    is_fatal_disk_error,
    write_metadata,
)
from .._transfer.filename_template import NAME, Template
from ..exceptions import ArgumentError, ImgurError, ResourceNotFoundError
from ..pictures import Download, Picture
from ..urls import ImgurURL, Kind
from .album import Album, all_images
from .by_url import URLCalls
from .content import Content
from .image import Image, Size
from .tag import Tag
from .user import User

OnBytes: TypeAlias = "Callable[[Picture[Any], int, int | None], object]"
BATCH = 8
"""How many times `concurrency` pictures are looked at together: the slowest of them is waited for."""


class DownloadCalls(URLCalls[M]):
    """The calls that find and download many pictures."""

    @paginated
    def get_pictures(self, url: str, limit: int | None = None) -> Paginator[Picture[M]]:
        """The pictures behind an address, each with the album it stands in.

        The address, or id, is that of an image, album or post, of a user (what they shared with the gallery;
        for user `me` all that they uploaded), of what a user likes best, of a tag, a subreddit or a search.

        Raises:
            ArgumentError: the address leads elsewhere, or to no pictures.
            ResourceNotFoundError: nothing stands there any more.
        """
        at = self._address(url)
        return Paginator(
            lambda: pagination.in_batches(self._posts(at), 1, partial(self._pictures_of, at.name, count(1))), limit
        )

    @paginated
    def download(
        self,
        url: str,
        path: str | os.PathLike[str] = "",
        name: str = NAME,
        *,
        limit: int | None = None,
        size: Size | None = None,
        mp4: bool = False,
        metadata: bool = False,
        with_secrets: bool = False,
        concurrency: int = 4,
        dry_run: bool = False,
        progress: OnBytes | None = None,
    ) -> Paginator[Download[M]]:
        """Save the pictures behind an address in the folder `path`, and give for each what became of it, in order.

        What is there is skipped, and what broke off is gone on with, so the same call again completes what the first
        one left. A file that is truncated or damaged, or was changed since, is saved anew. A picture that cannot be
        had, or an album that is gone, is told in its place; all others follow.

        Args:
            url: an address or id, as for `get_pictures`.
            path: the folder; it is made if it is not there.
            name: what files are called, with the fields {album}, {album_id}, {index}, {number}, {title}, {id},
                {author}, {date}, {file} and {source}; a / begins a folder.
            limit: how many pictures at most; all if not given.
            size: one of the six thumbnails instead.
            mp4: the videos Imgur made of animations.
            metadata: put what Imgur told of each picture beside it, as JSON.
            with_secrets: with delete hashes in it, where Imgur told them; only its owner can read it then.
            concurrency: how many are on their way at once.
            dry_run: save nothing; the outcomes say what would be.
            progress: called with a picture, the bytes there are of it, and in all (None: not known).

        Raises:
            ArgumentError: the address leads elsewhere, or to no pictures; or `name` has an unknown field, or leads
                out of the folder.
            ResourceNotFoundError: nothing stands there any more.
            FileError: the disk is full, or cannot be written to.
        """
        at, template = self._address(url), Template(name)
        told = _Told(metadata or with_secrets, with_secrets)
        together = max(1, concurrency)

        def walk() -> ItemStream[Download[M]]:
            with closing(DownloadPlan(Path(path), template, size=size, mp4=mp4)) as places:
                saving: _DownloadRun[M] = _DownloadRun(self._runner.state, places, told, together, dry_run, progress)
                found = pagination.in_batches(self._posts(at), 1, partial(self._pictures_or_errors, at.name, count(1)))
                wanted = found if limit is None or limit < 0 else pagination.take(limit, found)
                return (yield from pagination.in_batches(wanted, BATCH * together, saving.saved))

        return Paginator(walk, whole=True)

    def _address(self, url: str) -> ImgurURL:
        """What an address or id leads to, if that may have pictures."""
        at = self._parse(url)
        if at is None or at.kind in {"comments", "delete"}:
            hint = "an image, album, post, user, tag, subreddit or search has some"
            raise ArgumentError(f"{shown_path(url)!r} leads to no pictures of {self._runner.state.site.web}", hint=hint)
        return ImgurURL("post", at.id) if at.kind == "comment" else at

    def _posts(self, at: ImgurURL) -> ItemStream[Content[M]]:
        """The images, albums and posts there."""
        if at.kind == "images":
            for id in at.ids:
                yield Item(self.image(id), has_more=id is not at.ids[-1])
            return False
        request = _MANY[at.kind](self, at) if at.kind in _MANY else self._requests(at)[-1]
        if request.pages is None:
            yield Item((yield from self._first_found(at)), has_more=False)
            return False
        return (yield from pagination.paginate(self._runner, request, None))

    def _pictures_of(self, source: str, numbers: Iterator[int], posts: list[Content[M]]) -> ItemStream[Picture[M]]:
        """The pictures in these, numbered on."""
        for post in posts:
            album = post if isinstance(post, Album) else None
            images = [post] if album is None else (yield from all_images(self._runner, album))
            there = [(index, image) for index, image in enumerate(images, 1) if isinstance(image, Image)]  # no holes
            for index, image in there:
                if not _names_file(image):
                    yield from image.reload()
                picture = Picture(image, album, index if album else None, next(numbers), source)
                yield Item(picture, has_more=image is not there[-1][1])

    def _pictures_or_errors(
        self, source: str, numbers: Iterator[int], posts: list[Content[M]]
    ) -> ItemStream[Picture[M] | Download[M]]:
        """The same, with what is there no more in its place."""
        try:
            yield from self._pictures_of(source, numbers, posts)
        except ResourceNotFoundError as error:
            link = str(posts[0].raw.get("link") or posts[0].raw.get("id"))
            gone: Download[M] = Download(link, "failed", error=error)
            yield Item(gone, has_more=False)


def _names_file(image: Image[Any]) -> bool:
    """Whether the link is known and is a file's: lists of favorites have the page of a post there."""
    return bool(PurePosixPath(urlsplit(str(image.raw.get("link") or "")).path).suffix)


_Im = DownloadCalls[Any]
_MANY: Mapping[Kind, Callable[[_Im, ImgurURL], Request[Any]]] = {
    "user": lambda im, at: (User.get_images if at.name == "me" else User.get_submissions).describe(im.user(at.name)),
    "tag": lambda im, at: Tag.get_items.describe(im.tag(at.name)),
}
"""The call for what is more than one thing here, and one elsewhere."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is written beside each picture."""

    metadata: bool
    with_secrets: bool


@dataclass(frozen=True)
class _DownloadRun(Generic[M]):
    """How one download saves what it finds."""

    state: ClientState
    places: DownloadPlan
    told: _Told
    concurrency: int
    dry_run: bool
    progress: OnBytes | None

    def saved(self, batch: list[Picture[M] | Download[M]]) -> ItemStream[Download[M]]:
        """What became of each of these, in order."""
        items = [item if isinstance(item, Download) else self.places.place(item) for item in batch]
        wanted = [item for item in items if isinstance(item, DownloadTarget) and not (item.exists or self.dry_run)]
        results: list[Fetched | ImgurError] = yield Gather([self._fetched(place) for place in wanted], self.concurrency)
        outcomes = dict(zip(map(id, wanted), results, strict=True))
        for item in items:
            outcome = item if isinstance(item, Download) else self._outcome(item, outcomes.get(id(item)))
            yield Item(outcome, has_more=item is not items[-1])
        for result in results:
            if is_fatal_disk_error(result):
                raise result

    def _fetched(self, place: DownloadTarget) -> Flow[Fetched]:
        told = None if self.progress is None else partial(self.progress, place.picture)
        return download_target(self.state, place, told)

    def _outcome(self, place: DownloadTarget, result: Fetched | ImgurError | None) -> Download[Any]:
        """What became of one, with what Imgur told of it beside it, if wanted."""
        if isinstance(result, ImgurError):
            return Download(place.link, "failed", place.path, place.picture, result)
        if self.dry_run:
            there = place.exists or place.touched
            return Download(place.link, "there" if there else "planned", place.path, place.picture)
        done = result or Fetched(place.path, place.exists)
        try:
            if self.told.metadata:
                write_metadata(place, done.path, with_secrets=self.told.with_secrets)
        except ImgurError as error:
            return Download(place.link, "failed", done.path, place.picture, error)
        return Download(place.link, "there" if done.there else "saved", done.path, place.picture)
