"""Images: pictures, animations and videos, and the client calls that return them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from posixpath import splitext
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .. import _media_types
from .._core.effects import Flow
from .._core.endpoint import Async, M, action, endpoint
from .._core.request import Request, delete, get, post
from .._core.source import Progress
from .._transfer.download import download
from .._transfer.file_sink import FileSink
from .._transfer.filename_template import safe_name
from ..exceptions import ArgumentError
from ..urls import IMAGE
from ._client_bound import ClientBound
from ._form_values import comma_separated
from ._thumbnails import Size, folder_and_suffix, thumbnail_letter
from .content import Content, public_thumbnail

if TYPE_CHECKING:
    from .album import Album
    from .gallery import GalleryImage
    from .tag import Tag

EXTENSIONS = frozenset(f".{extension}" for extension in (*_media_types.EXTENSIONS, "gifv", "pdf", "svg", "xcf"))
"""Extensions that a file name may already have; to others, such as "v1.5" and "St. Ives", one is added."""


class Image(Content[M]):
    """A picture, animation or video."""

    type: str
    """The MIME type, such as image/png."""
    animated: bool
    is_animated: bool
    """The same (PyImgur's name)."""
    width: int
    height: int
    size: int
    """Bytes; 0 in some listings of videos."""
    bandwidth: int
    vote: str | None
    """The user's vote."""
    in_most_viral: bool
    has_sound: bool
    tags: list[Tag[M]]
    name: str | None
    """The name of the uploaded file."""
    gifv: str | None
    mp4: str | None
    mp4_size: int | None
    looping: bool
    converted: bool
    """Whether Imgur changed the uploaded bytes (PNG to JPEG, metadata removed); known after an upload."""
    album: Album[M] | None
    """The album it was uploaded into; known after an upload."""
    reused: bool
    """Whether the ledger already had this image of the same file, and nothing was sent; known after an upload."""
    hls: str | None
    webm: str | None
    """Sent by Imgur before 2016."""
    processing: dict[str, str]
    """For a video, `status` is 'pending' until Imgur has converted it, then 'completed'."""
    edited: int

    _aliases: ClassVar[Mapping[str, str]] = {**Content._aliases, "is_animated": "animated"}

    def _source(self) -> Request[Self]:
        return get("3/image/{id}", type(self), id=self.id)

    @classmethod
    def _kind(cls) -> str:
        return "Image"

    def thumbnail(self, size: Size) -> str:
        """Return the URL of one of the six thumbnails.

        Raises:
            ArgumentError: there is no such size.
        """
        letter = thumbnail_letter(size)
        folder, suffix = folder_and_suffix(self.raw.get("link"))
        return f"{folder or f'{self._executor.state.site.images}/'}{self.id}{letter}{suffix}"

    def _thumbnail_link(self) -> str | None:
        return public_thumbnail(self.raw, self.thumbnail)

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
        """Change the title or the description; None leaves it unchanged.

        Raises:
            ArgumentError: neither is given.
        """
        fields = {"title": title, "description": description}
        changes: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        if not changes:
            raise ArgumentError("give a title or a description to change")
        request = post("3/image/{id}", bool, id=self._edit_key, **fields).by("owner").idempotent()
        return request.on_success(lambda _: self._merge_fields(changes))

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the image permanently; requires its owner or the delete hash."""
        return delete("3/image/{id}", id=self._edit_key).by("owner")

    @endpoint
    def favorite(self) -> Request[str]:
        """Add the image to the user's favorites, or remove it if it is one; return 'favorited' or 'unfavorited'."""
        request = post("3/image/{id}/favorite", str, id=self.id).by("user")
        return request.on_success(self._set_favorite)

    @endpoint
    def submit_to_gallery(
        self,
        title: str,
        bypass_terms: bool = False,
        *,
        topic: str | None = None,
        mature: bool | None = None,
        tags: Sequence[str] = (),
    ) -> Request[GalleryImage[M]]:
        """Share the image with the gallery and return the post; requires its owner, with a verified e-mail address.

        Args:
            title: the title of the post.
            bypass_terms: share it even if the user has not accepted the gallery's terms on the web site yet.
            topic: its topic; Imgur has no topics any more.
            mature: whether it is only for adults.
            tags: the names of its tags.
        """
        from .gallery import GalleryImage  # here, because `gallery` imports this module

        fields = submission_fields(title, bypass_terms, topic, mature, tags)
        request = post("3/gallery/{id}", GalleryImage[M], id=self.id, **fields)
        return request.by("user").defaults(id=self.id, title=title)

    @action
    def download(
        self,
        path: str | os.PathLike[str] = "",
        name: str | None = None,
        overwrite: bool = False,
        size: Size | None = None,
        *,
        mp4: bool = False,
        progress: Progress | None = None,
    ) -> Flow[Path]:
        """Save the image in the folder `path` and return the path of the file.

        The file is named `name`, or by the id; an extension of an image or video is added if it has none. With `size`,
        one of the six thumbnails is saved; with `mp4`, the video that Imgur made of an animation. An existing file is
        never overwritten unless `overwrite` is set. An interrupted download leaves no file at the path; its partial
        data, if at least a megabyte, is kept beside it, and the next download resumes there. `progress` is called with
        the bytes received so far and the total (None if unknown).

        Raises:
            FileOverwriteError: the file exists, and `overwrite` is not set.
            RemovedError: the image was deleted.
            MissingFileError: the folder does not exist.
            FileError: the folder cannot be written to.
        """
        if "link" not in self.raw:
            yield from self.reload()
        link = self.file_link(size, mp4=mp4)
        sink = FileSink(Path(path) / self._file_name(name, link, size), overwrite=overwrite, progress=progress)
        saved = yield from download(self._executor.state, link, sink)
        assert saved is not None  # None is only returned for a request with an ETag
        return saved

    def file_link(self, size: Size | None = None, *, mp4: bool = False) -> str:
        """Return the URL that `download` fetches with these arguments.

        Raises:
            ArgumentError: there is no such size.
        """
        return self.thumbnail(size) if size else (mp4 and self.raw.get("mp4")) or self.link

    def _file_name(self, name: str | None, link: str, size: Size | None) -> str:
        if name and splitext(name)[1].lower() in EXTENSIONS:
            return safe_name(name)
        stem, suffix = splitext(re.split("[?#]", link, maxsplit=1)[0].rpartition("/")[2])
        if size and suffix != ".jpeg":  # thumbnails are always JPEG
            suffix = ".jpg"
        return safe_name(f"{name or (stem if size else self.id)}{suffix}")


class ImageCalls(ClientBound[M]):
    """Client calls for images."""

    def image(self, id: str) -> Image[M]:
        """Return the image with this id or link; its fields are fetched on first access (async: `await .load()`)."""
        return Image({"id": self._key_in(id, *IMAGE)}, self, has_fetched=False)

    @endpoint
    def get_image(self, image_id: str) -> Request[Image[M]]:
        """Return the image with this id or link, with its fields.

        Raises:
            ResourceNotFoundError: there is no such image.
            ArgumentError: it is a link to something else; nothing was sent.
        """
        return get("3/image/{id}", Image[M], id=self._key_in(image_id, *IMAGE))


def submission_fields(
    title: str, bypass_terms: bool, topic: str | None, mature: bool | None, tags: Sequence[str]
) -> dict[str, object]:
    """Return the form fields that share an image or album with the gallery."""
    terms = bypass_terms or None
    return {"title": title, "terms": terms, "topic": topic, "mature": mature, "tags": comma_separated(tags) or None}


AsyncImage = Image[Async]
