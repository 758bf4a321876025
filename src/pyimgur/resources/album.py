"""Albums: ordered images with a common title, and the client calls that return and create them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Self, cast
from urllib.parse import urlsplit

from .._core.decode import to_int
from .._core.effects import Flow
from .._core.endpoint import Async, M, action, endpoint, listing
from .._core.executor import Executor
from .._core.request import Request, check_choice, delete, get, get_all, post, put
from .._policy.flow import execute
from .._transfer.file_sink import make_folder
from ..urls import ALBUM, IMAGE
from ._client_bound import ClientBound
from ._image_keys import ImageLike, ids_field, image_id
from .content import Content, public_thumbnail
from .image import Image, submission_fields

if TYPE_CHECKING:
    from .gallery import GalleryAlbum

Privacy = Literal["public", "hidden", "secret"]
Layout = Literal["blog", "grid", "horizontal", "vertical"]


class Album(Content[M]):
    """An ordered list of images with a title of its own."""

    cover: Image[M] | None
    """The cover image, not fetched yet."""
    cover_width: int | None
    cover_height: int | None
    cover_edited: int | None
    privacy: str | None
    layout: str | None
    order: int
    """Its position in its owner's list."""
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
            return f"{self._executor.state.site.web}/a/{self._known_id}"
        return None

    def _thumbnail_link(self) -> str | None:
        """Return the thumbnail URL of its first image, if Imgur sent the images."""
        images = self.raw.get("images")
        if not (isinstance(images, list) and images and isinstance(images[0], dict)):
            return None
        first = cast("dict[str, Any]", images[0])
        return public_thumbnail(first, Image[M](first, self).thumbnail)

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
        """Change the given fields; those that are None stay unchanged.

        `images` replace all images of the album, in this order.

        Raises:
            ArgumentError: privacy or layout is not one of its values, or a link leads to no image; nothing was sent.
        """
        check_choice("privacy", privacy, Privacy)
        check_choice("layout", layout, Layout)
        fields = {"title": title, "description": description, "layout": layout, "privacy": privacy}
        state = self._executor.state
        image_fields = {"cover": image_id(cover, state), **ids_field(images, state)}
        request = put("3/album/{id}", bool, id=self._edit_key, **fields, **image_fields)
        changes: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        new_images = images is not None or cover is not None
        return request.by("owner").on_success(lambda _: self._apply_changes(changes, new_images=new_images))

    @endpoint
    def add_images(self, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        """Append images to the album: the user's own by id or link, anonymous ones by delete hash.

        Raises:
            ArgumentError: a link leads to something else; nothing was sent.
        """
        return self._change_images("3/album/{id}/add", images)

    @endpoint
    def set_images(self, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        """Replace the images of the album with these, in this order."""
        return self._change_images("3/album/{id}", images).idempotent()

    @endpoint
    def remove_images(self, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        """Remove images from the album; they are not deleted."""
        return self._change_images("3/album/{id}/remove_images", images)

    def _change_images(self, path: str, images: Sequence[ImageLike] | ImageLike) -> Request[bool]:
        request = post(path, bool, id=self._edit_key, **ids_field(images, self._executor.state))
        return request.by("owner").on_success(lambda _: self._apply_changes({}, new_images=True))

    def _apply_changes(self, fields: dict[str, Any], *, new_images: bool) -> None:
        """Store the new fields, and discard the images if they have changed."""
        self._merge_fields(fields)
        if new_images:
            self._drop_fields("images", "images_count", "cover", "cover_width", "cover_height")
            self._loaded = False

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the album; its images are not deleted."""
        return delete("3/album/{id}", id=self._edit_key).by("owner")

    @endpoint
    def favorite(self) -> Request[str]:
        """Add the album to the user's favorites, or remove it if it is one; return 'favorited' or 'unfavorited'."""
        request = post("3/album/{id}/favorite", str, id=self.id).by("user")
        return request.on_success(self._set_favorite)

    @listing
    def get_images(self, limit: int | None = None) -> Request[list[Image[M]]]:
        """Return the images of the album, in order; Imgur sends them all in one response."""
        return get_all("3/album/{id}/images", list[Image[M]], limit=limit, id=self.id)

    @endpoint
    def get_image(self, image_id: str) -> Request[Image[M]]:
        """Return one image of the album."""
        return get("3/album/{id}/image/{image_id}", Image[M], id=self.id, image_id=self._key_in(image_id, *IMAGE))

    @action
    def download(self, path: str | os.PathLike[str] = "", overwrite: bool = False) -> Flow[list[Path]]:
        """Save all images of the album in the folder `path` and return the paths of the files, in order.

        The folder is created if it does not exist. Files are named by position and title, or id: "01 The beach.jpg".
        To resume after an interruption, call this again with `overwrite`; to skip existing files, use `im.download`.

        Raises:
            FileOverwriteError: a file exists, and `overwrite` is not set; those before it are saved.
            RemovedError: an image was deleted.
            FileError: the folder cannot be created or written to.
        """
        images, folder = (yield from all_images(self._executor, self)), make_folder(Path(path))
        digits = len(str(len(images)))
        paths: list[Path] = []
        for number, image in enumerate(images, 1):
            suffix = PurePosixPath(urlsplit(image.link).path).suffix
            name = f"{number:0{digits}d} {image.raw.get('title') or image.id}{suffix}"
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
        """Share the album with the gallery and return the post; takes the arguments of `Image.submit_to_gallery`."""
        from .gallery import GalleryAlbum  # here, because `gallery` imports this module

        fields = submission_fields(title, bypass_terms, topic, mature, tags)
        request = post("3/gallery/{id}", GalleryAlbum[M], id=self.id, **fields)
        return request.by("user").defaults(id=self.id, title=title)


class AlbumCalls(ClientBound[M]):
    """Client calls for albums."""

    def album(self, id: str) -> Album[M]:
        """Return the album with this id or link, not fetched yet."""
        return Album({"id": self._key_in(id, *ALBUM)}, self, has_fetched=False)

    @endpoint
    def get_album(self, album_id: str) -> Request[Album[M]]:
        """Return the album with this id or link, with its images.

        Raises:
            ResourceNotFoundError: there is no such album, or it is another user's and secret.
            ArgumentError: it is a link to something else; nothing was sent.
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
        """Create an album: the user's own, or without a login an anonymous one, edited by its delete hash.

        Args:
            title: its title; at most 128 characters are kept.
            description: any text.
            images: its images, in this order: the user's own, or anonymous ones with their delete hashes.
                An image may be given by its link.
            cover: the cover image.
            privacy: 'public', 'hidden' (only for those who have the URL) or 'secret' (only for its owner).
            layout: the layout on imgur.com, no longer used: 'blog', 'grid', 'horizontal' or 'vertical'.

        Raises:
            ArgumentError: privacy or layout is not one of its values, or a link leads to no image; nothing was sent.
        """
        check_choice("privacy", privacy, Privacy)
        check_choice("layout", layout, Layout)
        state = self._executor.state
        stored_fields = {"title": title, "description": description, "privacy": privacy}
        fields = {"cover": image_id(cover, state), "layout": layout, **stored_fields, **ids_field(images, state)}
        return post("3/album", Album[M], **fields).defaults(**stored_fields)


def all_images(executor: Executor, album: Album[M]) -> Flow[Sequence[Image[M]]]:
    """Return all images of an album, in order; fetches them if Imgur sent only the first few, as in listings."""
    if "images" not in album.raw:
        yield from album.reload()
    if len(album.images) < (to_int(album.raw.get("images_count")) or 0):
        request: Request[list[Image[M]]] = Album[M].get_images.describe(album)
        return (yield from execute(executor, request))
    return album.images


AsyncAlbum = Album[Async]
