"""Asking for what stands at an address: a table of what each kind of address leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .._core.effects import Flow
from .._core.endpoint import M, action
from .._core.request import Request
from .._policy.flow import execute
from ..exceptions import ResourceNotFoundError
from ..urls import ImgurURL, Kind, is_imgur, parse_id, parse_url
from .album import Album, AlbumCalls
from .comment import Comment, CommentCalls
from .gallery import GalleryCalls, GalleryItem
from .image import Image, ImageCalls
from .tag import Tag, TagCalls
from .user import User, UserCalls

Found: TypeAlias = (
    Image[M]
    | Album[M]
    | GalleryItem[M]
    | Comment[M]
    | User[M]
    | Tag[M]
    | list[GalleryItem[M]]
    | list[Comment[M]]
    | list[Image[M]]
    | None
)
"""What may stand at an address."""


class URLCalls(ImageCalls[M], AlbumCalls[M], GalleryCalls[M], TagCalls[M], UserCalls[M], CommentCalls[M]):
    """The calls about addresses, which lead to anything."""

    def is_imgur_url(self, url: str) -> bool:
        """Whether this is an address of Imgur, or of the site this client talks to."""
        return is_imgur(url, self._runner.state.site)

    @action
    def get_at_url(self, url: str) -> Flow[Found[M]]:
        """What stands at an address: an image, album, post, comment, user or tag; or what has this id.

        Of an address that leads to many (a subreddit, a search, what a user submitted, wrote or
        likes best) this gives the first page as a list, and of one that names several images those.
        An image that is itself a post of the gallery or of a subreddit is returned as that post. None
        for an address that leads elsewhere, or to nothing that can be asked for.

        Raises:
            ResourceNotFoundError: nothing stands there any more.
        """
        at = self._parse(url)
        if at is None or at.kind == "delete":
            return None
        if at.kind == "images":
            images: list[Image[M]] = []
            for id in at.ids:
                image = yield from execute(self._runner, _Im.get_image.describe(self, id))
                images.append(image)
            return images
        found = yield from self._first_found(at)
        return (yield from self._post_or_image(found)) if at.kind == "image" else found

    def _parse(self, text: str) -> ImgurURL | None:
        """What an address or an id leads to."""
        return parse_url(text, self._runner.state.site) or parse_id(text)

    def _first_found(self, at: ImgurURL) -> Flow[Any]:
        """What the first call gives that finds anything."""
        *before, last = self._requests(at)
        for request in before:
            try:
                return (yield from execute(self._runner, request))
            except ResourceNotFoundError:
                continue
        return (yield from execute(self._runner, last.page(last.pages.first) if last.pages else last))

    def _post_or_image(self, image: Image[Any]) -> Flow[Any]:
        """Return the post that the image is, or the image itself.

        `in_gallery` alone does not tell: it is also true of an image that only belongs to the album of a post.
        """
        requests: list[Request[Any]] = []
        if image.raw.get("in_gallery"):
            requests.append(_Im.get_gallery_image.describe(self, image.id))
        if section := image.raw.get("section"):
            requests.append(_Im.get_subreddit_image.describe(self, section, image.id))
        for request in requests:
            try:
                return (yield from execute(self._runner, request))
            except ResourceNotFoundError:
                continue
        return image

    def _requests(self, at: ImgurURL) -> list[Request[Any]]:
        """The call for what stands there, behind it those to make where it finds nothing."""
        return [describe(self, at) for describe in _LEADS_TO[at.kind]]


def _favorites(name: str) -> Any:
    """The call for what a user likes: everybody sees what is in the gallery, the user also all else."""
    return User.get_favorites if name == "me" else User.get_gallery_favorites


_Im = URLCalls[Any]
_LEADS_TO: Mapping[Kind, tuple[Callable[[_Im, ImgurURL], Request[Any]], ...]] = {
    "image": (lambda im, at: _Im.get_image.describe(im, at.id),),
    "album": (lambda im, at: _Im.get_album.describe(im, at.id),),
    "post": (
        lambda im, at: _Im.get_gallery_item.describe(im, at.id),
        lambda im, at: _Im.get_album.describe(im, at.id),
        lambda im, at: _Im.get_image.describe(im, at.id),
    ),
    "comment": (lambda im, at: _Im.get_comment.describe(im, at.number),),
    "tag": (lambda im, at: _Im.get_tag.describe(im, at.name),),
    "subreddit": (lambda im, at: _Im.get_subreddit_gallery.describe(im, at.name),),
    "subreddit image": (lambda im, at: _Im.get_subreddit_image.describe(im, at.name, at.id),),
    "search": (lambda im, at: _Im.search_gallery.describe(im, at.name),),
    "user": (lambda im, at: _Im.get_user.describe(im, at.name),),
    "submissions": (lambda im, at: User.get_submissions.describe(im.user(at.name)),),
    "comments": (lambda im, at: User.get_comments.describe(im.user(at.name)),),
    "favorites": (lambda im, at: _favorites(at.name).describe(im.user(at.name)),),
    "folder": (lambda im, at: User.get_folder_favorites.describe(im.user(at.name), at.number),),
}
"""The call for each kind, and the calls to make where that one finds nothing."""
