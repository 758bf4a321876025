"""Images: pictures, animations and videos."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from .._download import FileSink, download, safe_name
from .._endpoint import Async, M, action, endpoint
from .._request import Flow, Request, delete, get, post
from ._base import Object

Size = Literal[
    "Small Square", "Big Square", "Small Thumbnail", "Medium Thumbnail", "Large Thumbnail", "Huge Thumbnail",
    "small_square", "big_square", "small_thumbnail", "medium_thumbnail", "large_thumbnail", "huge_thumbnail",
    "s", "b", "t", "m", "l", "h",
]  # fmt: skip

THUMBNAILS: Mapping[str, str] = {
    "small_square": "s",
    "big_square": "b",
    "small_thumbnail": "t",
    "medium_thumbnail": "m",
    "large_thumbnail": "l",
    "huge_thumbnail": "h",
}
"""The six sizes Imgur keeps of each picture, by name: 90 and 160 pixels cropped square, and the
longer side at most 160, 320, 640 and 1,024; always JPEG."""


class Image(Object[M]):
    """One picture, animation or video."""

    id: str
    title: str | None
    description: str | None
    datetime: int
    """When it was uploaded, in unix seconds."""
    type: str
    """The MIME type, such as image/png."""
    animated: bool
    width: int
    height: int
    size: int
    """Bytes; 0 in some listings of videos."""
    views: int
    bandwidth: int
    vote: str | None
    is_favorited: bool
    """Whether it is a favourite of the user (`favorite` in the API)."""
    is_nsfw: bool | None
    """None where Imgur does not know (`nsfw` in the API)."""
    section: str | None
    account_url: str | None
    account_id: int | None
    is_ad: bool
    in_most_viral: bool
    has_sound: bool
    in_gallery: bool
    deletehash: str | None
    """What deletes or edits it without an account; Imgur tells it at the upload, and later only to the owner."""
    name: str | None
    """The file's name at the upload."""
    link: str
    gifv: str | None
    mp4: str | None
    mp4_size: int | None
    looping: bool
    converted: bool
    """After an upload: whether Imgur keeps other bytes than were sent (PNG made JPEG, data stripped)."""
    hls: str | None

    _aliases: ClassVar[Mapping[str, str]] = {"is_favorited": "favorite", "is_nsfw": "nsfw"}

    def _source(self) -> Request[Self]:
        return get("3/image/{id}", type(self), id=self.id)

    @classmethod
    def _kind(cls) -> str:
        return "Image"

    @property
    def _edit_key(self) -> str:
        """The owner edits by id, anybody else by the delete hash."""
        return self.id if self._runner.state.access_token else self.deletehash or self.id

    def thumbnail(self, size: Size) -> str:
        """The address of one of the six thumbnails.

        Raises:
            ValueError: there is no such size.
        """
        letter = size if size in THUMBNAILS.values() else THUMBNAILS.get(size.lower().replace(" ", "_"))
        if letter is None:
            raise ValueError(f"{size!r} is no size; there are {', '.join(THUMBNAILS)}")
        link = urlsplit(self.link)
        name = PurePosixPath(link.path)
        return link._replace(path=str(name.with_name(f"{self.id}{letter}.jpg"))).geturl()

    @property
    def link_small_square(self) -> str:
        """The 90 x 90 thumbnail."""
        return self.thumbnail("s")

    @property
    def link_big_square(self) -> str:
        """The 160 x 160 thumbnail."""
        return self.thumbnail("b")

    @property
    def link_small_thumbnail(self) -> str:
        """The thumbnail of at most 160 pixels a side."""
        return self.thumbnail("t")

    @property
    def link_medium_thumbnail(self) -> str:
        """The thumbnail of at most 320 pixels a side."""
        return self.thumbnail("m")

    @property
    def link_large_thumbnail(self) -> str:
        """The thumbnail of at most 640 pixels a side."""
        return self.thumbnail("l")

    @property
    def link_huge_thumbnail(self) -> str:
        """The thumbnail of at most 1,024 pixels a side."""
        return self.thumbnail("h")

    @endpoint
    def update(self, title: str | None = None, description: str | None = None) -> Request[bool]:
        """Change the title or the description; None leaves it as it is."""
        changed = {"title": title, "description": description}
        return self._changing(post("3/image/{id}", bool, id=self._edit_key, **changed), changed)

    def _changing(self, request: Request[bool], changed: dict[str, str | None]) -> Request[bool]:
        """The same call; when it has succeeded, this object knows its new fields."""
        given: dict[str, Any] = {name: value for name, value in changed.items() if value is not None}
        return replace(request, repeatable=True, then=partial(self._learn, given))

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete it for good: by its owner, or by whoever has the delete hash."""
        return delete("3/image/{id}", id=self._edit_key)

    @endpoint
    def favorite(self) -> Request[str]:
        """Make it a favourite of the user, or no more; gives 'favorited' or 'unfavorited'."""
        return post("3/image/{id}/favorite", str, id=self.id)

    @action
    def download(
        self,
        path: str | os.PathLike[str] = "",
        name: str | None = None,
        overwrite: bool = False,
        size: Size | None = None,
        *,
        mp4: bool = False,
    ) -> Flow[Path]:
        """Save the picture in the folder `path` and give the file's path.

        The file is called `name`, else by the title, else by the id; an extension is added where
        there is none. With `size`, one of the six thumbnails is saved; with `mp4`, the video Imgur made
        of an animation. A file that exists is never written over unless `overwrite` says so. What
        breaks off leaves nothing at the place; from a megabyte on the beginning is kept beside it, and
        the next download goes on from there.

        Raises:
            FileOverwriteError: the file exists.
            RemovedError: the picture was deleted.
            FileError: the folder cannot be written to.
        """
        if "link" not in self.raw:
            yield from self.reload()
        link = self.thumbnail(size) if size else (mp4 and self.mp4) or self.link
        sink = FileSink(Path(path) / self._file_name(name, link, size), overwrite=overwrite)
        return (yield from download(self._runner.state, link, sink))

    def _file_name(self, name: str | None, link: str, size: Size | None) -> str:
        linked = PurePosixPath(urlsplit(link).path)
        default = linked.stem if size else str(self.raw.get("title") or self.id)
        given = safe_name(name or default)
        return given if name and PurePosixPath(given).suffix else f"{given}{linked.suffix}"


AsyncImage = Image[Async]
