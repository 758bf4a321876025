"""Albums: images in an order, under one title."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast
from urllib.parse import urlsplit

from .._core.decode import to_int
from .._core.effects import Flow
from .._core.endpoint import Async, M, action, endpoint, listing
from .._core.executor import Executor
from .._core.request import Request, check_choice, delete, get, get_all, is_deletehash, post, put
from .._policy.client_state import ClientState
from .._policy.flow import execute
from .._transfer.file_sink import make_folder
from ..urls import ALBUM, IMAGE, key_in
from ._base import ClientBound
from .content import Content, known_deletehash, thumbnail_of
from .image import Image, sharing

if TYPE_CHECKING:
    from .gallery import GalleryAlbum

Privacy = Literal["public", "hidden", "secret"]
Layout = Literal["blog", "grid", "horizontal", "vertical"]
ImageLike: TypeAlias = "Image[Any] | str"
"""An image, or the id or link (anonymous: the delete hash) of one."""


class Album(Content[M]):
    """Images in an order, under one title."""

    cover: Image[M] | None
    """The image that stands for the album, nothing fetched yet."""
    cover_width: int | None
    cover_height: int | None
    cover_edited: int | None
    privacy: str | None
    layout: str | None
    order: int
    """Its place in its owner's list."""
    images_count: int
    images: list[Image[M]]
    is_album: bool
    include_album_ads: bool

    def _source(self) -> Request[Self]:
        return get("3/album/{id}", type(self), id=self.id)

    @classmethod
    def _kind(cls) -> str:
        return "Album"

    def _derived(self, name: str) -> Any:
        if name == "is_album":
            return True
        if name == "link" and self._imgur is not None and self._known_id:
            return f"{self._runner.state.site.web}/a/{self._known_id}"
        return None

    def _thumbnail_link(self) -> str | None:
        """That of its first image, if it came with the album."""
        images = self.raw.get("images")
        if not (isinstance(images, list) and images and isinstance(images[0], dict)):
            return None
        first = cast("dict[str, Any]", images[0])
        return thumbnail_of(first, Image[M](first, self).thumbnail)

    @endpoint
    def update(
        self,
        title: str | None = None,
        description: str | None = None,
        images: Sequence[ImageLike] | None = None,
        cover: ImageLike | None = None,
        layout: Layout | None = None,
        privacy: Privacy | None = None,
    ) -> Request[bool]:
        """Change what is given; None leaves it as it is. `images` are all it holds afterwards, in their order.

        Raises:
            ArgumentError: privacy or layout is none of their words, or a link leads to no image; nothing was sent.
        """
        check_choice("privacy", privacy, Privacy)
        check_choice("layout", layout, Layout)
        changed = {"title": title, "description": description, "layout": layout, "privacy": privacy}
        state = self._runner.state
        fields = {"cover": image_id(cover, state), **changed, **ids_field(images, state)}
        request = put("3/album/{id}", bool, id=self._edit_key, **fields)
        given: dict[str, Any] = {name: value for name, value in changed.items() if value is not None}
        others = images is not None or cover is not None
        return request.by("owner").on_success(lambda _: self._apply_changes(given, others))

    @endpoint
    def add_images(self, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        """Put images at the album's end; one's own by id or link, anonymous ones by delete hash.

        Raises:
            ArgumentError: a link leads to something else; nothing was sent.
        """
        return self._with_images("3/album/{id}/add", images)

    @endpoint
    def set_images(self, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        """Make these all that the album holds, in their order."""
        return self._with_images("3/album/{id}", images).idempotent()

    @endpoint
    def remove_images(self, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        """Take images out of the album; they are not deleted."""
        return self._with_images("3/album/{id}/remove_images", images)

    def _with_images(self, path: str, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        request = post(path, bool, id=self._edit_key, **ids_field(images, self._runner.state))
        return request.by("owner").on_success(lambda _: self._apply_changes({}, True))

    def _apply_changes(self, fields: dict[str, Any], contents: bool) -> None:
        """Know the new fields; forget the pictures if they are others now."""
        self._merge_fields(fields)
        if contents:
            self._drop_fields("images", "images_count", "cover", "cover_width", "cover_height")
            self._loaded = False

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the album; the images in it stay."""
        return delete("3/album/{id}", id=self._edit_key).by("owner")

    @endpoint
    def favorite(self) -> Request[str]:
        """Make it a favourite of the user, or one no more if it is; gives 'favorited' or 'unfavorited'."""
        request = post("3/album/{id}/favorite", str, id=self.id).by("user")
        return request.on_success(self._set_favorite)

    @listing
    def get_images(self, limit: int | None = None) -> Request[list[Image[M]]]:
        """Its images, in their order; Imgur sends them all at once."""
        return get_all("3/album/{id}/images", list[Image[M]], limit=limit, id=self.id)

    @endpoint
    def get_image(self, image_id: str) -> Request[Image[M]]:
        """One of its images."""
        return get("3/album/{id}/image/{image_id}", Image[M], id=self.id, image_id=self._key_in(image_id, *IMAGE))

    @action
    def download(self, path: str | os.PathLike[str] = "", overwrite: bool = False) -> Flow[list[Path]]:
        """Save all its images in the folder `path`, and give the files' paths, in the album's order.

        The folder is made if it is not there. The files are called by their places and titles, or ids:
        "01 The beach.jpg". One that broke off is gone on with when this is called again, with `overwrite`; to skip
        those that are there, use `im.download`.

        Raises:
            FileOverwriteError: a file exists, and `overwrite` is not set; those before it are saved.
            RemovedError: a picture was deleted.
            FileError: the folder cannot be made or written to.
        """
        images, folder = (yield from all_images(self._runner, self)), make_folder(Path(path))
        places = [f"{place:0{len(str(len(images)))}d}" for place in range(1, len(images) + 1)]
        paths: list[Path] = []
        for place, image in zip(places, images, strict=True):
            name = f"{place} {image.raw.get('title') or image.id}{PurePosixPath(urlsplit(image.link).path).suffix}"
            paths.append((yield from Image.download.describe(image, folder, name, overwrite)))
        return paths

    @endpoint
    def submit_to_gallery(
        self,
        title: str,
        bypass_terms: bool = False,
        *,
        topic: str | None = None,
        mature: bool | None = None,
        tags: Sequence[str] = (),
    ) -> Request[GalleryAlbum[M]]:
        """Share it with everybody, and give the post; as `Image.submit_to_gallery`."""
        from .gallery import GalleryAlbum  # here, because a gallery album is an album

        form = sharing(title, bypass_terms, topic, mature, tags)
        request = post("3/gallery/{id}", GalleryAlbum[M], id=self.id, **form)
        return request.by("user").defaults(id=self.id, title=title)


class AlbumCalls(ClientBound[M]):
    """The calls about albums."""

    def album(self, id: str) -> Album[M]:
        """The album of this id or link, nothing fetched yet."""
        return Album({"id": self._key_in(id, *ALBUM)}, self, has_fetched=False)

    @endpoint
    def get_album(self, album_id: str) -> Request[Album[M]]:
        """Return the album of this id or link, with its images.

        Raises:
            ResourceNotFoundError: there is none, or it is secret and another user's.
            ArgumentError: it is a link that leads to something else; nothing was sent.
        """
        return get("3/album/{id}", Album[M], id=self._key_in(album_id, *ALBUM))

    @endpoint
    def create_album(
        self,
        title: str | None = None,
        description: str | None = None,
        images: Sequence[ImageLike] | None = None,
        cover: ImageLike | None = None,
        privacy: Privacy | None = None,
        layout: Layout | None = None,
    ) -> Request[Album[M]]:
        """Make an album: the user's own, or without a user an anonymous one, edited by its delete hash.

        Args:
            title: at most 128 characters are kept.
            description: any text.
            images: what is in it, in this order; the user's own, or anonymous ones with their delete hashes.
                An image may be given by its link.
            cover: the image that stands for the album.
            privacy: 'public', 'hidden' (by address only) or 'secret' (for its owner only).
            layout: how imgur.com once laid it out: 'blog', 'grid', 'horizontal' or 'vertical'.

        Raises:
            ArgumentError: privacy or layout is another word, or a link leads to no image; nothing was sent.
        """
        check_choice("privacy", privacy, Privacy)
        check_choice("layout", layout, Layout)
        state = self._runner.state
        known = {"title": title, "description": description, "privacy": privacy}
        fields = {"cover": image_id(cover, state), "layout": layout, **known, **ids_field(images, state)}
        request = post("3/album", Album[M], **fields)
        return request.defaults(**known)


def all_images(runner: Executor, album: Album[M]) -> Flow[Sequence[Image[M]]]:
    """The steps that find all images of an album, in their order: a list of posts holds the first few only."""
    if "images" not in album.raw:
        yield from album.reload()
    if len(album.images) < (to_int(album.raw.get("images_count")) or 0):
        listed: Request[list[Image[M]]] = Album[M].get_images.describe(album)
        return (yield from execute(runner, listed))
    return album.images


def image_id(image: ImageLike | None, state: ClientState) -> str | None:
    """Return the id of an image given as an object, or as its id or link.

    Raises:
        ArgumentError: it is a link that leads to something else.
    """
    return image.id if isinstance(image, Image) else key_in(image, state.site, *IMAGE)


def _image_key(image: ImageLike, state: ClientState) -> str | None:
    """Return what names an image to the API: its id, or its delete hash where nobody is signed in."""
    if isinstance(image, Image) and state.access_token is None:
        return known_deletehash(image) or image.id
    return image_id(image, state)


def ids_field(images: Sequence[ImageLike] | ImageLike | None, state: ClientState) -> dict[str, object]:
    """Return the form field for several images: one name for ids, another for delete hashes.

    Raises:
        ArgumentError: one is a link that leads to something else.
    """
    if images is None:
        return {}
    several = [images] if isinstance(images, (str, Image)) else images
    keys = [_image_key(image, state) for image in several]
    by_hash = bool(keys) and all(is_deletehash(key) for key in keys)
    return {"deletehashes[]" if by_hash else "ids[]": keys}


AsyncAlbum = Album[Async]
