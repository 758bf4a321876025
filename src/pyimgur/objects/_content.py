"""What images, albums and gallery posts share: what it is called, whose it is, and how it stands with the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from .._endpoint import Async, M
from .._request import is_deletehash
from ._base import Object, known_attributes

if TYPE_CHECKING:
    from .user import User


class Content(Object[M]):
    """An image, an album, or one of them in the gallery."""

    id: str
    title: str | None
    description: str | None
    datetime: int
    """When it was made, in unix seconds."""
    link: str
    views: int
    author: User[M] | None
    """Whose it is, nothing fetched yet; None where Imgur does not tell (`account_url` in the API)."""
    account_url: str | None
    account_id: int | None
    is_favorited: bool
    """Whether it is a favourite of the user (`favorite` in the API)."""
    is_nsfw: bool | None
    """None where Imgur does not know (`nsfw` in the API)."""
    section: str | None
    """The subreddit or category."""
    in_gallery: bool
    is_ad: bool
    ad_type: int | None
    ad_url: str | None
    ad_config: dict[str, Any]
    deletehash: str | None
    """What deletes or edits it without an account; told when it is made, and later only to the owner."""

    _aliases: ClassVar[Mapping[str, str]] = {"author": "account_url", "is_favorited": "favorite", "is_nsfw": "nsfw"}

    @property
    def _edit_key(self) -> str:
        """The owner edits by id, anybody else by the delete hash."""
        if self._runner.state.access_token or is_deletehash(self.id):
            return self.id
        return known_deletehash(self) or self.id

    def _learn_favorite(self, said: str) -> None:
        """Know what the answer to `favorite` said."""
        self._learn({"favorite": said == "favorited"})


def known_deletehash(item: Content[Any]) -> str | None:
    """Return the delete hash as far as it is known here: nothing is fetched, as Imgur tells a stranger none."""
    return known_attributes(item).get("deletehash", item.raw.get("deletehash"))


AsyncContent = Content[Async]
