"""Account settings, avatar, e-mail verification and deletion of an account: the base of `User` for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .._core.endpoint import M, endpoint
from .._core.request import Request, check_choice, delete, get, post
from ._base import Object
from ._deprecations import EARLY_API_REMOVED
from ._form_values import bool_word
from .album import Privacy
from .post_v1 import AccountV1, undocumented
from .typed_dicts import AccountSettings, AccountStatistics, Avatar


class UserSettingsMethods(Object[M]):
    """The methods of `User` that read and change the account itself."""

    _key: ClassVar[str] = "url"
    if TYPE_CHECKING:
        url: str

    @endpoint
    def get_settings(self) -> Request[AccountSettings]:
        """Return the user's settings; requires the user's login."""
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
        """Change the settings that are given; None leaves a setting unchanged.

        Args:
            bio: the user's description of themselves.
            public_images: whether new images are public.
            messaging_enabled: whether other users may send messages.
            album_privacy: the privacy of new albums.
            accepted_gallery_terms: whether the user accepts the gallery's terms.
            username: a new name, 4 to 63 letters and digits.
            show_mature: whether to show posts for adults.
            newsletter_subscribed: whether to receive Imgur's newsletter.
            avatar: the name of one of `get_available_avatars`, such as flavor/taco.
            high_quality: whether images keep their quality; Imgur offered it to paying users until about 2016.

        Raises:
            ArgumentError: album_privacy is not one of its values; nothing was sent.
        """
        check_choice("album_privacy", album_privacy, Privacy)
        fields = {
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
        changes = {name: value for name, value in {"bio": bio, "url": username}.items() if value is not None}
        request = post("3/account/{name}/settings", bool, name=self.url, **fields).by("user")
        return request.idempotent().on_success(lambda _: self._merge_fields(changes))

    @endpoint
    def get_statistics(self) -> Request[AccountStatistics]:
        """Return statistics of the user's uploads. Dropped by Imgur in 2013."""
        request = get("3/account/{name}/stats", AccountStatistics, name=self.url)
        return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")

    @endpoint
    def get_avatar(self) -> Request[Avatar]:
        """Return the user's avatar."""
        return get("3/account/{name}/avatar", Avatar, name=self.url).by("user").with_evidence("documented")

    @endpoint
    def get_available_avatars(self) -> Request[dict[str, Any]]:
        """Return the avatars the user can choose from, as Imgur sends them."""
        return get("3/account/{name}/available_avatars", dict[str, Any], name=self.url).with_evidence("documented")

    @endpoint
    def has_verified_email(self) -> Request[bool]:
        """Return whether the user's e-mail address is verified."""
        return get("3/account/{name}/verifyemail", bool, name=self.url).by("user")

    @endpoint
    def send_verification_email(self) -> Request[bool]:
        """Make Imgur send the user an e-mail that verifies their address.

        Raises:
            InvalidParameterError: the address is verified already.
        """
        return post("3/account/{name}/verifyemail", bool, name=self.url).by("user")

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the account, as in 2012; use `Imgur.delete_account` instead. Dropped by Imgur in 2013."""
        request = delete("3/account/{name}", name=self.url)
        return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")

    @endpoint
    def get_profile(self) -> Request[AccountV1[M]]:
        """Return the user's profile, as Imgur's web site shows it."""
        path = "account/v1/accounts/{name}"
        return undocumented(get(path, AccountV1[M], name=self.url, include="trophies,medallions"))
