"""Get what a URL or id points to; a table maps each kind of URL to the calls that fetch it."""

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
from .gallery_search import GallerySearchCalls
from .image import Image, ImageCalls
from .subreddits import SubredditCalls
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
"""Everything that a URL may point to."""


class URLCalls(
    ImageCalls[M],
    AlbumCalls[M],
    GalleryCalls[M],
    GallerySearchCalls[M],
    SubredditCalls[M],
    TagCalls[M],
    UserCalls[M],
    CommentCalls[M],
):
    """Client calls that take any URL of Imgur."""

    def is_imgur_url(self, url: str) -> bool:
        """Return whether this is a URL of Imgur, or of the site of this client."""
        return is_imgur(url, self._executor.state.site)

    @action
    def get_at_url(self, url: str) -> Flow[Found[M]]:
        """Return what a URL or id points to: an image, album, post, comment, user or tag.

        For a URL of many items (a subreddit, a search, a user's posts, comments or favorites) this returns the first
        page as a list; for a URL that names several images, those images. An image that is itself a post of the
        gallery or of a subreddit is returned as that post. Returns None for a URL of another site, or one that points
        to nothing the API can return.

        Raises:
            ResourceNotFoundError: what it points to does not exist any more.
        """
        target = self._parse(url)
        if target is None or target.kind == "delete":
            return None
        if target.kind == "images":
            images: list[Image[M]] = []
            for id in target.ids:
                image = yield from execute(self._executor, _Client.get_image.describe(self, id))
                images.append(image)
            return images
        result = yield from self._first_found(target)
        return (yield from self._post_or_image(result)) if target.kind == "image" else result

    def _parse(self, text: str) -> ImgurURL | None:
        """Parse a URL or an id; None if it points to nothing of Imgur."""
        return parse_url(text, self._executor.state.site) or parse_id(text)

    def _first_found(self, target: ImgurURL) -> Flow[Any]:
        """Return the result of the first request that finds anything; of a list, the first page."""
        *earlier, last = self._requests(target)
        for request in earlier:
            try:
                return (yield from execute(self._executor, request))
            except ResourceNotFoundError:
                continue
        return (yield from execute(self._executor, last.page(last.pages.first) if last.pages else last))

    def _post_or_image(self, image: Image[Any]) -> Flow[Any]:
        """Return the post that consists of this image, or the image itself.

        `in_gallery` alone is not enough: it is also true of an image that only belongs to the album of a post.
        """
        requests: list[Request[Any]] = []
        if image.raw.get("in_gallery"):
            requests.append(_Client.get_gallery_image.describe(self, image.id))
        if section := image.raw.get("section"):
            requests.append(_Client.get_subreddit_image.describe(self, section, image.id))
        for request in requests:
            try:
                return (yield from execute(self._executor, request))
            except ResourceNotFoundError:
                continue
        return image

    def _requests(self, target: ImgurURL) -> list[Request[Any]]:
        """Return the requests for a URL: each is made only if those before it find nothing."""
        return [describe(self, target) for describe in _CALLS_BY_KIND[target.kind]]


def _favorites(name: str) -> Any:
    """Return the call for a user's favorites: all of them for the user, those in the gallery for everybody else."""
    return User.get_favorites if name == "me" else User.get_gallery_favorites


_Client = URLCalls[Any]
_CALLS_BY_KIND: Mapping[Kind, tuple[Callable[[_Client, ImgurURL], Request[Any]], ...]] = {
    "image": (lambda im, target: _Client.get_image.describe(im, target.id),),
    "album": (lambda im, target: _Client.get_album.describe(im, target.id),),
    "post": (
        lambda im, target: _Client.get_gallery_item.describe(im, target.id),
        lambda im, target: _Client.get_album.describe(im, target.id),
        lambda im, target: _Client.get_image.describe(im, target.id),
    ),
    "comment": (lambda im, target: _Client.get_comment.describe(im, target.number),),
    "tag": (lambda im, target: _Client.get_tag.describe(im, target.name),),
    "subreddit": (lambda im, target: _Client.get_subreddit_gallery.describe(im, target.name),),
    "subreddit image": (lambda im, target: _Client.get_subreddit_image.describe(im, target.name, target.id),),
    "search": (lambda im, target: _Client.search_gallery.describe(im, target.name),),
    "user": (lambda im, target: _Client.get_user.describe(im, target.name),),
    "submissions": (lambda im, target: User.get_submissions.describe(im.user(target.name)),),
    "comments": (lambda im, target: User.get_comments.describe(im.user(target.name)),),
    "favorites": (lambda im, target: _favorites(target.name).describe(im.user(target.name)),),
    "folder": (lambda im, target: User.get_folder_favorites.describe(im.user(target.name), target.number),),
}
"""The calls for each kind of URL: each is made only if those before it find nothing."""
