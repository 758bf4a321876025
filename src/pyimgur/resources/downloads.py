"""Find all pictures behind a URL, and download them in order, several at a time."""

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
from .._transfer.download_plan import DownloadPlan, DownloadTarget
from .._transfer.download_target import Fetched, download_to_target, is_fatal_disk_error
from .._transfer.filename_template import DEFAULT_TEMPLATE, Template
from .._transfer.metadata_file import write_metadata
from ..exceptions import ArgumentError, ImgurError, ResourceNotFoundError
from ..urls import ImgurURL, Kind
from ._thumbnails import Size
from .album import Album, all_images
from .by_url import URLCalls
from .content import Content
from .image import Image
from .pictures import Download, Picture
from .tag import Tag
from .user import User

OnBytes: TypeAlias = "Callable[[Picture[Any], int, int | None], object]"
BATCH_FACTOR = 8
"""Pictures in a batch, as a multiple of `concurrency`; the next batch starts when the slowest download is done."""


class DownloadCalls(URLCalls[M]):
    """Client calls that find and download many pictures."""

    @paginated
    def get_pictures(self, url: str, limit: int | None = None) -> Paginator[Picture[M]]:
        """Return the pictures behind a URL or id, each with its album.

        It is the URL or id of an image, album or post, or the URL of a user (their gallery posts; for user `me` all
        their images), a user's favorites, a tag, a subreddit or a search.

        Raises:
            ArgumentError: the URL belongs to another site, or leads to no pictures.
            ResourceNotFoundError: what it points to does not exist any more.
        """
        target = self._parse_picture_url(url)
        return Paginator(
            lambda: pagination.in_batches(self._posts(target), 1, partial(self._pictures_of, target.name, count(1))),
            limit,
        )

    @paginated
    def download(
        self,
        url: str,
        path: str | os.PathLike[str] = "",
        name: str = DEFAULT_TEMPLATE,
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
        """Save the pictures behind a URL or id in the folder `path`, and return the outcome of each, in order.

        Existing files are skipped and interrupted downloads are resumed, so repeating the call completes the download.
        A file that is truncated or damaged, or was changed, is saved again. A picture that cannot be downloaded, or an
        album that does not exist any more, has a failed outcome in its place; the others are still downloaded.

        Args:
            url: a URL or id, as for `get_pictures`.
            path: the folder; it is created if it does not exist.
            name: the template of file names, with the fields {album}, {album_id}, {index}, {number}, {title}, {id},
                {author}, {date}, {file} and {source}; a / separates folders.
            limit: the maximum number of pictures; by default all.
            size: save one of the six thumbnails instead.
            mp4: save the videos that Imgur made of animations.
            metadata: save what Imgur sent about each picture beside it, as JSON.
            with_secrets: include delete hashes in it, where Imgur sent them; only its owner can then read the file.
            concurrency: how many pictures are downloaded at the same time.
            dry_run: save nothing; the outcomes say what would be saved.
            progress: called with a picture, its bytes received so far, and its total (None if unknown). The
                sync client calls it from another thread, one call at a time, while all downloads wait.

        Raises:
            ArgumentError: the URL belongs to another site, or leads to no pictures; or `name` has an unknown field,
                or leads out of the folder.
            ResourceNotFoundError: what the URL points to does not exist any more.
            FileError: the disk is full, or cannot be written to.
        """
        target, template = self._parse_picture_url(url), Template(name)
        options = _MetadataOptions(metadata or with_secrets, with_secrets)
        concurrency = max(1, concurrency)

        def save_all() -> ItemStream[Download[M]]:
            with closing(DownloadPlan(Path(path), template, size=size, mp4=mp4)) as plan:
                run: _DownloadRun[M] = _DownloadRun(self._executor.state, plan, options, concurrency, dry_run, progress)
                find = partial(self._pictures_or_errors, target.name, count(1))
                pictures = pagination.in_batches(self._posts(target), 1, find)
                if limit is not None and limit >= 0:
                    pictures = pagination.take(limit, pictures)
                return (yield from pagination.in_batches(pictures, BATCH_FACTOR * concurrency, run.save))

        return Paginator(save_all, unlimited=True)

    def _parse_picture_url(self, url: str) -> ImgurURL:
        """Parse a URL or id that may have pictures; that of a comment is taken as its post.

        Raises:
            ArgumentError: the URL belongs to another site, or leads to no pictures.
        """
        target = self._parse(url)
        if target is None or target.kind in {"comments", "delete"}:
            hint = "an image, album, post, user, tag, subreddit or search has some"
            raise ArgumentError(
                f"{shown_path(url)!r} leads to no pictures of {self._executor.state.site.web}", hint=hint
            )
        return ImgurURL("post", target.id) if target.kind == "comment" else target

    def _posts(self, target: ImgurURL) -> ItemStream[Content[M]]:
        """Yield the images, albums and posts that a URL points to."""
        if target.kind == "images":
            for id in target.ids:
                yield Item(self.image(id), has_more=id is not target.ids[-1])
            return False
        describe = _LISTINGS.get(target.kind)
        request = describe(self, target) if describe else self._requests(target)[-1]
        if request.pages is None:
            yield Item((yield from self._first_found(target)), has_more=False)
            return False
        return (yield from pagination.paginate(self._executor, request, None))

    def _pictures_of(self, source: str, numbers: Iterator[int], posts: list[Content[M]]) -> ItemStream[Picture[M]]:
        """Yield the pictures in these posts; their numbers continue."""
        for post in posts:
            album = post if isinstance(post, Album) else None
            images = [post] if album is None else (yield from all_images(self._executor, album))
            # Imgur sends null in the place of some images.
            entries = [(index, image) for index, image in enumerate(images, 1) if isinstance(image, Image)]
            for index, image in entries:
                if not _names_file(image):
                    yield from image.reload()
                picture = Picture(image, album, index if album else None, next(numbers), source)
                yield Item(picture, has_more=image is not entries[-1][1])

    def _pictures_or_errors(
        self, source: str, numbers: Iterator[int], posts: list[Content[M]]
    ) -> ItemStream[Picture[M] | Download[M]]:
        """Yield the pictures in these posts, or a failed download for a post that does not exist any more."""
        try:
            yield from self._pictures_of(source, numbers, posts)
        except ResourceNotFoundError as error:
            link = str(posts[0].raw.get("link") or posts[0].raw.get("id"))
            failed: Download[M] = Download(link, "failed", error=error)
            yield Item(failed, has_more=False)


def _names_file(image: Image[Any]) -> bool:
    """Return whether the link is known and points to a file: in listings of favorites it is the page of a post."""
    return bool(PurePosixPath(urlsplit(str(image.raw.get("link") or "")).path).suffix)


_Im = DownloadCalls[Any]
_LISTINGS: Mapping[Kind, Callable[[_Im, ImgurURL], Request[Any]]] = {
    "user": lambda im, target: (User.get_images if target.name == "me" else User.get_submissions).describe(
        im.user(target.name)
    ),
    "tag": lambda im, target: Tag.get_items.describe(im.tag(target.name)),
}
"""The listings of pictures for kinds of URLs that `get_at_url` returns as one object."""


@dataclass(frozen=True, slots=True)
class _MetadataOptions:
    """What to write beside each picture."""

    metadata: bool
    with_secrets: bool


@dataclass(frozen=True)
class _DownloadRun(Generic[M]):
    """One call of `download`: its settings, and how it saves a batch of pictures."""

    state: ClientState
    plan: DownloadPlan
    options: _MetadataOptions
    concurrency: int
    dry_run: bool
    progress: OnBytes | None

    def save(self, batch: list[Picture[M] | Download[M]]) -> ItemStream[Download[M]]:
        """Save a batch of pictures, and yield the outcome of each, in order.

        Raises:
            FileError: the disk is full, or cannot be written to.
        """
        items = [item if isinstance(item, Download) else self.plan.target_for(item) for item in batch]
        missing = [item for item in items if isinstance(item, DownloadTarget) and not (item.exists or self.dry_run)]
        results: list[Fetched | ImgurError] = yield Gather([self._fetch(item) for item in missing], self.concurrency)
        results_by_id = dict(zip(map(id, missing), results, strict=True))
        for item in items:
            outcome = item if isinstance(item, Download) else self._outcome(item, results_by_id.get(id(item)))
            yield Item(outcome, has_more=item is not items[-1])
        for result in results:
            if is_fatal_disk_error(result):
                raise result

    def _fetch(self, target: DownloadTarget) -> Flow[Fetched]:
        progress = None if self.progress is None else partial(self.progress, target.picture)
        return download_to_target(self.state, target, progress)

    def _outcome(self, target: DownloadTarget, result: Fetched | ImgurError | None) -> Download[Any]:
        """Return the outcome of one picture, after writing its metadata beside it if requested."""
        if isinstance(result, ImgurError):
            return Download(target.link, "failed", target.path, target.picture, result)
        if self.dry_run:
            exists = target.exists or target.has_right_size
            return Download(target.link, "there" if exists else "planned", target.path, target.picture)
        file = result or Fetched(target.path, target.exists)
        try:
            if self.options.metadata:
                write_metadata(target, file.path, with_secrets=self.options.with_secrets)
        except ImgurError as error:
            return Download(target.link, "failed", file.path, target.picture, error)
        return Download(target.link, "there" if file.was_there else "saved", file.path, target.picture)
