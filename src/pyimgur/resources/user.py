"""Users: what Imgur's API calls accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, check_choice, delete, get, get_all, get_page, post
from ..urls import ALBUM, IMAGE
from ._base import Object, bool_word
from ._deprecations import EARLY_API_REMOVED, READ_ONLY, REMOVED
from .album import Album, Privacy
from .comment import Comment, comment_id
from .content import known_deletehash
from .conversation import Message, legacy_message_call
from .folder import FavoriteSort, Folder
from .gallery import GalleryItem
from .image import Image
from .notification import Notification
from .post_v1 import AccountV1, undocumented
from .tag import follow_tag, unfollow_tag
from .typed_dicts import AccountSettings, AccountStatistics, Avatar, GalleryProfile

AccountCommentSort = Literal["best", "worst", "oldest", "newest"]
SubmissionSort = Literal["newest", "oldest", "worst", "best"]
PAGE = 50
LARGEST_PAGE = 100
"""How many items Imgur gives unasked and at most, where the size of a page can be asked for."""


class User(Object[M]):
    """One user; `me` is the user whose token the client has."""

    _key: ClassVar[str] = "url"

    id: int
    url: str
    """The user's name, as it stands in addresses."""
    name: str
    """The same, under PyImgur's name."""
    bio: str | None
    avatar: str | None
    avatar_name: str | None
    cover: str | None
    cover_name: str | None
    reputation: int
    reputation_name: str
    created: int
    """When the account was made, in unix seconds."""
    pro_expiration: int
    """When the paid account ends, in unix seconds; 0 for none."""
    user_follow: dict[str, Any]
    """Its `status` is whether the user of this client follows this one."""
    is_blocked: bool

    _aliases: ClassVar[Mapping[str, str]] = {"name": "url"}

    def _source(self) -> Request[Self]:
        return get("3/account/{name}", type(self), name=self.url)

    # ---- albums

    @listing
    def get_albums(self, limit: int | None = None) -> Request[list[Album[M]]]:
        """The user's albums, newest first; hidden and secret ones only for themselves."""
        path = "3/account/{name}/albums/{page}"
        return get_page(path, list[Album[M]], limit=limit, name=self.url, perPage=page_size(limit))

    @endpoint
    def get_album(self, album_id: str) -> Request[Album[M]]:
        """One of the user's albums."""
        return get("3/account/{name}/album/{id}", Album[M], name=self.url, id=self._key_in(album_id, *ALBUM))

    @listing
    def get_album_ids(self, limit: int | None = None) -> Request[list[str]]:
        """The ids of the user's albums."""
        path = "3/account/{name}/albums/ids/{page}"
        return get_page(path, list[str], limit=limit, name=self.url, perPage=page_size(limit))

    @endpoint
    def get_album_count(self) -> Request[int]:
        """How many albums the user has."""
        return get("3/account/{name}/albums/count", int, name=self.url)

    @endpoint
    def delete_album(self, album: Album[Any] | str) -> Request[bool]:
        """Delete one of the user's albums; the images in it stay."""
        key = album.id if isinstance(album, Album) else album
        return delete("3/account/{name}/album/{id}", name=self.url, id=key).by("user")

    # ---- images

    @listing
    def get_images(self, limit: int | None = None) -> Request[list[Image[M]]]:
        """The images the user uploaded, newest first; for the user alone."""
        path = "3/account/{name}/images/{page}"
        return get_page(path, list[Image[M]], limit=limit, name=self.url, perPage=page_size(limit)).by("user")

    @endpoint
    def get_image(self, image_id: str) -> Request[Image[M]]:
        """One of the images the user uploaded."""
        return get("3/account/{name}/image/{id}", Image[M], name=self.url, id=self._key_in(image_id, *IMAGE)).by("user")

    @listing
    def get_image_ids(self, limit: int | None = None) -> Request[list[str]]:
        """The ids of the images the user uploaded."""
        path = "3/account/{name}/images/ids/{page}"
        return get_page(path, list[str], limit=limit, name=self.url, perPage=page_size(limit)).by("user")

    @endpoint
    def get_image_count(self) -> Request[int]:
        """How many images the user uploaded."""
        return get("3/account/{name}/images/count", int, name=self.url).by("user")

    @endpoint
    def delete_image(self, image: Image[Any] | str) -> Request[bool]:
        """Delete one of the user's images, given as an object or by its delete hash."""
        key = known_deletehash(image) or image.id if isinstance(image, Image) else self._key_in(image, *IMAGE)
        return delete("3/account/{name}/image/{deletehash}", name=self.url, deletehash=key).by("user")

    # ---- comments

    @listing
    def get_comments(self, sort: AccountCommentSort = "newest", limit: int | None = None) -> Request[list[Comment[M]]]:
        """The comments the user wrote."""
        check_choice("sort", sort, AccountCommentSort)
        path = "3/account/{name}/comments/{sort}/{page}"
        return get_page(path, list[Comment[M]], limit=limit, name=self.url, sort=sort)

    @endpoint
    def get_comment(self, comment_id: int) -> Request[Comment[M]]:
        """One comment the user wrote."""
        return get("3/account/{name}/comment/{id}", Comment[M], name=self.url, id=comment_id)

    @listing
    def get_comment_ids(self, sort: AccountCommentSort = "newest", limit: int | None = None) -> Request[list[int]]:
        """The ids of the comments the user wrote."""
        return get_page("3/account/{name}/comments/ids/{sort}/{page}", list[int], limit=limit, name=self.url, sort=sort)

    @endpoint
    def get_comment_count(self) -> Request[int]:
        """How many comments the user wrote."""
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
        """What the user shared with the gallery."""
        path = "3/account/{name}/submissions/{page}/{sort}"
        return get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, sort=sort)

    @listing
    def get_favorites(
        self, limit: int | None = None, *, sort: FavoriteSort | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """The user's favourites, also those outside the gallery; for the user alone."""
        path = "3/account/{name}/favorites/{page}/{sort}"
        return get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, sort=sort).by("user")

    @listing
    def get_gallery_favorites(
        self, sort: FavoriteSort | None = None, limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """The posts of the gallery that the user likes best."""
        check_choice("sort", sort, FavoriteSort)
        path = "3/account/{name}/gallery_favorites/{page}/{sort}"
        return get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, sort=sort)

    @listing
    def get_folders(self, limit: int | None = None) -> Request[list[Folder[M]]]:
        """The user's folders of favourites, the one of all favourites first; private ones for the user alone."""
        return get_all("3/account/{name}/folders", list[Folder[M]], limit=limit, name=self.url).with_evidence("added")

    @endpoint
    def get_folder(self, folder_id: int) -> Request[Folder[M]]:
        """One of the user's folders.

        Raises:
            ResourceNotFoundError: there is none, or it is private and another's.
        """
        return get("3/account/{name}/folders/{id}", Folder[M], name=self.url, id=folder_id).with_evidence("added")

    @listing
    def get_folder_favorites(
        self, folder_id: int, sort: FavoriteSort = "newest", limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """The favourites in one of the user's folders."""
        path = "3/account/{name}/folders/{folder_id}/favorites"
        request = get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, folder_id=folder_id, sort=sort)
        return request.with_evidence("seen")

    @listing
    def get_likes(self, limit: int | None = None) -> Request[list[GalleryItem[M]]]:
        """The user's favourites, under their first name. Dropped by Imgur in 2013."""
        request = get_all("3/account/{name}/likes", list[GalleryItem[M]], limit=limit, name=self.url)
        return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")

    @endpoint
    def get_gallery_profile(self) -> Request[GalleryProfile]:
        """How much the user did in the gallery, and the trophies."""
        return get("3/account/{name}/gallery_profile", GalleryProfile, name=self.url)

    # ---- the account

    @endpoint
    def get_settings(self) -> Request[AccountSettings]:
        """What the user has chosen; for the user alone."""
        return get("3/account/{name}/settings", AccountSettings, name=self.url).by("user")

    @endpoint
    def change_settings(
        self,
        bio: str | None = None,
        public_images: bool | None = None,
        messaging_enabled: bool | None = None,
        album_privacy: Privacy | None = None,
        accepted_gallery_terms: bool | None = None,
        *,
        username: str | None = None,
        show_mature: bool | None = None,
        newsletter_subscribed: bool | None = None,
        avatar: str | None = None,
        high_quality: bool | None = None,
    ) -> Request[bool]:
        """Change what is given; None leaves it as it is.

        Args:
            bio: what the user says of themselves.
            public_images: whether new images are listed for all.
            messaging_enabled: whether others may write.
            album_privacy: what new albums are.
            accepted_gallery_terms: whether the user agrees to the gallery's terms.
            username: another name, 4 to 63 letters and digits.
            show_mature: whether to be shown what is for adults.
            newsletter_subscribed: whether to get Imgur's mail.
            avatar: the name of one of `get_available_avatars`, such as flavor/taco.
            high_quality: whether pictures keep their quality; Imgur had it for paying users until about 2016.

        Raises:
            ArgumentError: album_privacy is none of its words; nothing was sent.
        """
        check_choice("album_privacy", album_privacy, Privacy)
        form = {
            "bio": bio,
            "public_images": bool_word(public_images),
            "messaging_enabled": bool_word(messaging_enabled),
            "album_privacy": album_privacy,
            "accepted_gallery_terms": bool_word(accepted_gallery_terms),
            "username": username,
            "show_mature": bool_word(show_mature),
            "newsletter_subscribed": bool_word(newsletter_subscribed),
            "avatar": avatar,
            "high_quality": bool_word(high_quality),
        }
        learned = {name: value for name, value in {"bio": bio, "url": username}.items() if value is not None}
        request = post("3/account/{name}/settings", bool, name=self.url, **form).by("user")
        return request.idempotent().on_success(lambda _: self._merge_fields(learned))

    @endpoint
    def get_statistics(self) -> Request[AccountStatistics]:
        """How much the user has uploaded. Dropped by Imgur in 2013."""
        request = get("3/account/{name}/stats", AccountStatistics, name=self.url)
        return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")

    @endpoint
    def get_avatar(self) -> Request[Avatar]:
        """The user's picture."""
        return get("3/account/{name}/avatar", Avatar, name=self.url).by("user").with_evidence("documented")

    @endpoint
    def get_available_avatars(self) -> Request[dict[str, Any]]:
        """The pictures the user can choose from, as Imgur sends them."""
        return get("3/account/{name}/available_avatars", dict[str, Any], name=self.url).with_evidence("documented")

    @endpoint
    def has_verified_email(self) -> Request[bool]:
        """Whether the user's e-mail address is known to be theirs."""
        return get("3/account/{name}/verifyemail", bool, name=self.url).by("user")

    @endpoint
    def send_verification_email(self) -> Request[bool]:
        """Have Imgur send a mail with which the user shows that the address is theirs.

        Raises:
            InvalidParameterError: that is known already.
        """
        return post("3/account/{name}/verifyemail", bool, name=self.url).by("user")

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the account, as in 2012; now there is `Imgur.delete_account`. Dropped by Imgur in 2013."""
        request = delete("3/account/{name}", name=self.url)
        return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")

    @endpoint
    def get_profile(self) -> Request[AccountV1[M]]:
        """What Imgur's web site knows of the user."""
        path = "account/v1/accounts/{name}"
        return undocumented(get(path, AccountV1[M], name=self.url, include="trophies,medallions"))

    # ---- other users

    @endpoint
    def get_block_status(self) -> Request[bool]:
        """Whether the user of this client blocks this one."""
        return get("account/v1/{name}/block", bool, name=self.url).unwrap("blocked").by("user")

    @endpoint
    def block(self) -> Request[bool]:
        """Block this user, who can then write you no messages; gives whether they are blocked now."""
        return post("account/v1/{name}/block", bool, name=self.url).unwrap("blocked").by("user").idempotent()

    @endpoint
    def unblock(self) -> Request[bool]:
        """Take that back; gives whether they are blocked now."""
        return delete("account/v1/{name}/block", name=self.url).unwrap("blocked").by("user")

    @endpoint
    def start_conversation(self, body: str) -> Request[bool]:
        """Write to this user. Dropped by Imgur in 2016-12."""
        return post("3/conversations/{name}", bool, name=self.url, body=body).by("user").deprecated_since(READ_ONLY)

    @endpoint
    def send_message(
        self, body: str, subject: str | None = None, reply_to: Message[Any] | int | None = None
    ) -> Request[bool]:
        """Write to this user, as was possible before there were conversations; see `start_conversation`.

        Dropped by Imgur in 2013.
        """
        parent = reply_to.id if isinstance(reply_to, Message) else reply_to
        return legacy_message_call(
            post("3/message", bool, recipient=self.url, subject=subject, body=body, parent_id=parent)
        )

    @endpoint
    def leave_message(self, body: str, subject: str | None = None) -> Request[bool]:
        """Write to this user, in the very first way; see `start_conversation`. Dropped by Imgur in 2013."""
        return legacy_message_call(post("3/account/{name}/message", bool, name=self.url, subject=subject, body=body))

    # ---- what happened

    @endpoint
    def get_notifications(self, new: bool = True) -> Request[dict[str, list[Notification[M]]]]:
        """What the user is told of: `replies` and `messages`, not seen yet or all. Dropped by Imgur in 2017-05."""
        kind = dict[str, list[Notification[M]]]
        return (
            get("3/account/{name}/notifications", kind, name=self.url, new=bool_word(new))
            .by("user")
            .deprecated_since(REMOVED)
        )

    @listing
    def get_replies(self, new: bool = True, limit: int | None = None) -> Request[list[Notification[M]]]:
        """The answers to the user's comments, those not seen yet or all."""
        path = "3/account/{name}/notifications/replies"
        request = get_all(path, list[Notification[M]], limit=limit, name=self.url, new=bool_word(new))
        return request.unwrap("replies").by("user")

    @listing
    def get_messages(self, new: bool = True, limit: int | None = None) -> Request[list[Notification[M]]]:
        """The messages the user got, those not seen yet or all. Dropped by Imgur in 2014."""
        path = "3/account/{name}/notifications/messages"
        request = get_all(path, list[Notification[M]], limit=limit, name=self.url, new=bool_word(new))
        return request.by("user").deprecated_since("2014")

    # ---- PyImgur 0.8.1's inner names for what `Tag` does, which its own tests call

    @endpoint
    def _follow_tag(self, tag: str) -> Request[bool]:
        return follow_tag(tag)

    @endpoint
    def _unfollow_tag(self, tag: str) -> Request[bool]:
        return unfollow_tag(tag)


def page_size(limit: int | None) -> int | None:
    """How many items to ask for at once; None, for as many as Imgur gives unasked, where those will do."""
    return None if limit is not None and 0 <= limit <= PAGE else LARGEST_PAGE


AsyncUser = User[Async]
