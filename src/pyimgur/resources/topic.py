"""Topics of gallery posts, used before tags, and the client calls for them; removed by Imgur in 2017."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, get, get_all, get_page
from ..urls import POST
from ._base import Object
from ._client_bound import ClientBound
from ._deprecations import REMOVED
from ._sort_orders import Sort, Window
from .gallery import GalleryItem

if TYPE_CHECKING:
    from .image import Image


class Topic(Object[M]):
    """A topic, with its posts."""

    id: str
    """Its number, or its name if it was requested by name."""
    name: str
    description: str
    css: str | None
    ephemeral: bool
    """Whether it is temporary, such as for an event."""
    readonly: bool
    top_post: GalleryItem[M] | None
    hero_image: Image[M] | None
    is_hero: bool

    _aliases: ClassVar[Mapping[str, str]] = {"top_post": "topPost", "hero_image": "heroImage", "is_hero": "isHero"}

    @listing
    def get_items(
        self, sort: Sort = "viral", window: Window = "week", limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the posts of the topic. Dropped by Imgur in 2017-05."""
        path = "3/topics/{id}/{sort}/{window}/{page}"
        return get_page(path, list[GalleryItem[M]], limit=limit, id=self.id, sort=sort, window=window).deprecated_since(
            REMOVED
        )

    @endpoint
    def get_item(self, item_id: str) -> Request[GalleryItem[M]]:
        """Return one post of the topic. Dropped by Imgur in 2017-05."""
        return get(
            "3/topics/{id}/{item_id}", GalleryItem[M], id=self.id, item_id=self._key_in(item_id, *POST)
        ).deprecated_since(REMOVED)


class TopicCalls(ClientBound[M]):
    """Client calls for topics."""

    def topic(self, id: int | str) -> Topic[M]:
        """Return the topic with this number or name, not fetched yet; Imgur has no topics any more."""
        return Topic({"id": id}, self, has_fetched=False)

    @listing
    def get_default_topics(self, limit: int | None = None) -> Request[list[Topic[M]]]:
        """Return the topics that Imgur had. Dropped by Imgur in 2017-05."""
        return get_all("3/topics/defaults", list[Topic[M]], limit=limit).deprecated_since(REMOVED)


AsyncTopic = Topic[Async]
