"""The image and album part of `Imgur`."""

from __future__ import annotations

from collections.abc import Sequence

from .._core.endpoint import Bound, M, endpoint
from .._core.request import Request, check_choice, get, post
from ..urls import ALBUM, IMAGE
from . import Album, Image, OEmbed
from .album import ImageLike, Layout, Privacy, ids_field, image_id


class ContentCalls(Bound[M]):
    """The calls about images and albums."""

    def image(self, id: str) -> Image[M]:
        """The image of this id or link; its fields are fetched when they are first read (async: `await .load()`)."""
        return Image({"id": self._key_in(id, *IMAGE)}, self, has_fetched=False)

    def album(self, id: str) -> Album[M]:
        """The album of this id or link, nothing fetched yet."""
        return Album({"id": self._key_in(id, *ALBUM)}, self, has_fetched=False)

    @endpoint
    def get_image(self, image_id: str) -> Request[Image[M]]:
        """Return the image of this id or link, with its fields.

        Raises:
            ResourceNotFoundError: there is none.
            ArgumentError: it is a link that leads to something else; nothing was sent.
        """
        return get("3/image/{id}", Image[M], id=self._key_in(image_id, *IMAGE))

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

    @endpoint
    def get_oembed(self, url: str) -> Request[OEmbed]:
        """How to show what stands at an address in a page of one's own."""
        return get("oembed", OEmbed, url=url, format="json").by("nobody").costing(0)
