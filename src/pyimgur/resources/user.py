"""Users, which Imgur's API calls accounts, and the client calls for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, check_choice, delete, get, get_all, get_page, post
from ..urls import ALBUM, IMAGE, USER
from ._client_bound import ClientBound
from ._deprecations import EARLY_API_REMOVED
from .account_contacts import UserContactMethods
from .account_favorites import UserFavoriteMethods
from .account_settings import UserSettingsMethods
from .album import Album
from .comment import Comment, comment_id
from .content import known_deletehash
from .gallery import GalleryItem
from .image import Image
from .tag import follow_tag, unfollow_tag
from .typed_dicts import GalleryProfile

AccountCommentSort = Literal["best", "worst", "oldest", "newest"]
SubmissionSort = Literal["newest", "oldest", "worst", "best"]
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
"""Imgur's default and maximum number of items a page, for listings whose page size can be chosen."""


class User(UserSettingsMethods[M], UserContactMethods[M], UserFavoriteMethods[M]):
    """A user; `me` is the user whose token the client has."""

    _key: ClassVar[str] = "url"

    id: int
    url: str
    """The user's name, as in URLs."""
    name: str
    """The same (PyImgur's name)."""
    bio: str | None
    avatar: str | None
    avatar_name: str | None
    cover: str | None
    cover_name: str | None
    reputation: int
    reputation_name: str
    created: int
    """Unix time at which the account was created."""
    pro_expiration: int
    """Unix time at which the paid account expires; 0 for none."""
    user_follow: dict[str, Any]
    """`status` in it says whether the user of this client follows this user."""
    is_blocked: bool

    _aliases: ClassVar[Mapping[str, str]] = {"name": "url"}

    def _source(self) -> Request[Self]:
        return get("3/account/{name}", type(self), name=self.url)

    # ---- albums

    @listing
    def get_albums(self, limit: int | None = None) -> Request[list[Album[M]]]:
        """Return the user's albums, newest first; hidden and secret ones only with the user's login."""
        path = "3/account/{name}/albums/{page}"
        return get_page(path, list[Album[M]], limit=limit, name=self.url, perPage=page_size(limit))

    @endpoint
    def get_album(self, album_id: str) -> Request[Album[M]]:
        """Return one of the user's albums."""
        return get("3/account/{name}/album/{id}", Album[M], name=self.url, id=self._key_in(album_id, *ALBUM))

    @listing
    def get_album_ids(self, limit: int | None = None) -> Request[list[str]]:
        """Return the ids of the user's albums."""
        path = "3/account/{name}/albums/ids/{page}"
        return get_page(path, list[str], limit=limit, name=self.url, perPage=page_size(limit))

    @endpoint
    def get_album_count(self) -> Request[int]:
        """Return the number of the user's albums."""
        return get("3/account/{name}/albums/count", int, name=self.url)

    @endpoint
    def delete_album(self, album: Album[Any] | str) -> Request[bool]:
        """Delete one of the user's albums; its images are not deleted."""
        key = album.id if isinstance(album, Album) else album
        return delete("3/account/{name}/album/{id}", name=self.url, id=key).by("user")

    # ---- images

    @listing
    def get_images(self, limit: int | None = None) -> Request[list[Image[M]]]:
        """Return the user's images, newest first; requires the user's login."""
        path = "3/account/{name}/images/{page}"
        return get_page(path, list[Image[M]], limit=limit, name=self.url, perPage=page_size(limit)).by("user")

    @endpoint
    def get_image(self, image_id: str) -> Request[Image[M]]:
        """Return one of the user's images; requires the user's login."""
        return get("3/account/{name}/image/{id}", Image[M], name=self.url, id=self._key_in(image_id, *IMAGE)).by("user")

    @listing
    def get_image_ids(self, limit: int | None = None) -> Request[list[str]]:
        """Return the ids of the user's images; requires the user's login."""
        path = "3/account/{name}/images/ids/{page}"
        return get_page(path, list[str], limit=limit, name=self.url, perPage=page_size(limit)).by("user")

    @endpoint
    def get_image_count(self) -> Request[int]:
        """Return the number of the user's images; requires the user's login."""
        return get("3/account/{name}/images/count", int, name=self.url).by("user")

    @endpoint
    def delete_image(self, image: Image[Any] | str) -> Request[bool]:
        """Delete one of the user's images, given as an object or by its delete hash."""
        key = known_deletehash(image) or image.id if isinstance(image, Image) else self._key_in(image, *IMAGE)
        return delete("3/account/{name}/image/{deletehash}", name=self.url, deletehash=key).by("user")

    # ---- comments

    @listing
    def get_comments(self, sort: AccountCommentSort = "newest", limit: int | None = None) -> Request[list[Comment[M]]]:
        """Return the user's comments."""
        check_choice("sort", sort, AccountCommentSort)
        path = "3/account/{name}/comments/{sort}/{page}"
        return get_page(path, list[Comment[M]], limit=limit, name=self.url, sort=sort)

    @endpoint
    def get_comment(self, comment_id: int) -> Request[Comment[M]]:
        """Return one of the user's comments."""
        return get("3/account/{name}/comment/{id}", Comment[M], name=self.url, id=comment_id)

    @listing
    def get_comment_ids(self, sort: AccountCommentSort = "newest", limit: int | None = None) -> Request[list[int]]:
        """Return the ids of the user's comments."""
        return get_page("3/account/{name}/comments/ids/{sort}/{page}", list[int], limit=limit, name=self.url, sort=sort)

    @endpoint
    def get_comment_count(self) -> Request[int]:
        """Return the number of the user's comments."""
        return get("3/account/{name}/comments/count", int, name=self.url)

    @endpoint
    def delete_comment(self, comment: Comment[Any] | int) -> Request[bool]:
        """Delete one of the user's comments."""
        return delete("3/account/{name}/comment/{id}", name=self.url, id=comment_id(comment)).by("user")

    # ---- the gallery

    @listing
    def get_submissions(
        self, limit: int | None = None, *, sort: SubmissionSort | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the user's gallery posts."""
        path = "3/account/{name}/submissions/{page}/{sort}"
        return get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, sort=sort)

    @endpoint
    def get_gallery_profile(self) -> Request[GalleryProfile]:
        """Return the user's gallery statistics and trophies."""
        return get("3/account/{name}/gallery_profile", GalleryProfile, name=self.url)

    # ---- PyImgur 0.8.1's private names for methods of `Tag`, which its own tests call

    @endpoint
    def _follow_tag(self, tag: str) -> Request[bool]:
        return follow_tag(tag)

    @endpoint
    def _unfollow_tag(self, tag: str) -> Request[bool]:
        return unfollow_tag(tag)


class UserCalls(ClientBound[M]):
    """Client calls for users and accounts."""

    def user(self, name: str) -> User[M]:
        """Return the user with this name or link ('me': the user who authorized this client), not fetched yet."""
        return User({"url": self._key_in(name, *USER)}, self, has_fetched=False)

    @endpoint
    def get_user(self, username: str, *, account_id: int | None = None) -> Request[User[M]]:
        """Return the user with this name or link; 'me' is the user who authorized this client.

        With `account_id`, Imgur looks up the user with that number instead.

        Raises:
            ResourceNotFoundError: there is no such user.
            NotAuthorizedError: the name is 'me', and nobody has authorized this client; nothing was sent.
        """
        request = get("3/account/{name}", User[M], name=self._key_in(username, *USER), account_id=account_id)
        return request.by("user") if request.params["name"] == "me" else request

    @listing
    def get_blocked_users(self, limit: int | None = None) -> Request[list[User[M]]]:
        """Return the users that the user blocks: those that Imgur sends in one response."""
        return get_all("3/account/me/block", list[User[M]], limit=limit).unwrap("items").by("user")

    @endpoint
    def create_account(self, username: str, password: str, email: str) -> Request[bool]:
        """Create an account, as in 2012. Dropped by Imgur in 2013."""
        request = post("3/account/{username}", bool, username=username, password=password, email=email)
        return request.by("app").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")

    @endpoint
    def delete_account(
        self, password: str = "", reasons: Sequence[str] = (), feedback: str | None = None
    ) -> Request[bool]:
        """Delete the account of the user who authorized this client, with everything in it."""
        fields = {"password": password, "reasons": list(reasons) or None, "feedback": feedback}
        path = "3/account/me/delete?client_id={client_id}"
        request = Request("POST", path, bool, {"client_id": self._executor.state.client_id, **fields}, json=True)
        return request.by("user").with_evidence("documented")


def page_size(limit: int | None) -> int | None:
    """Return the page size to request for a limit; None if Imgur's default page size is enough."""
    return None if limit is not None and 0 <= limit <= DEFAULT_PAGE_SIZE else MAX_PAGE_SIZE


AsyncUser = User[Async]
