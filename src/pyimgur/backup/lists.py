"""The lists of an account or user: the path of each, and what its entries become in the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from .._core.decode import to_int
from .account_records import CommentRecord, FavoriteRecord, PostRecord
from .listings import PAGE_SIZE, Listing, Page
from .records import AlbumImages, AlbumRecord, ImageRecord, Record, entries, with_ids


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of one site.

    Attributes:
        images_url: the base URL of its images.
    """

    images_url: str

    def images(self) -> Listing:
        """Return all images of the account."""
        return Listing(
            "images",
            f"3/account/me/images/{{page}}?perPage={PAGE_SIZE}",
            lambda page, before: [ImageRecord("images", raw, self.images_url) for raw in page],
            with_ids,
            count="3/account/me/images/count",
        )

    def albums(self, name: str) -> Listing:
        """Return the albums of a user that the client may see."""
        return Listing(
            "albums",
            f"3/account/{name}/albums/{{page}}?perPage={PAGE_SIZE}",
            lambda page, before: [AlbumRecord("albums", raw) for raw in page],
            with_ids,
            count=f"3/account/{name}/albums/count",
        )

    def posts(self, name: str, *, with_comments: bool) -> Listing:
        """Return the gallery posts of a user; the comments below them are read later if they are wanted."""

        def records(page: Page, before: int) -> list[Record]:
            posts: list[Record] = [PostRecord("posts", raw, with_comments) for raw in page]
            return posts + content(page, "posted", self.images_url)

        return Listing(
            "posts",
            f"3/account/{name}/submissions/{{page}}/newest",
            records,
            with_ids,
            count=f"3/account/{name}/gallery_profile",
            count_key="total_gallery_submissions",
            reverse=f"3/account/{name}/submissions/{{page}}/oldest",
        )

    def comments(self, name: str) -> Listing:
        """Return the comments by a user."""
        return Listing(
            "comments",
            f"3/account/{name}/comments/newest/{{page}}",
            lambda page, before: [CommentRecord("comments", raw) for raw in page],
            lambda payload: [entry for entry in entries(payload) if entry.get("id")],
            count=f"3/account/{name}/comments/count",
            reverse=f"3/account/{name}/comments/oldest/{{page}}",
        )

    def favorites(
        self, path: str, *, files: bool, public: bool = False, folder: str = "", optional: bool = False
    ) -> Listing:
        """Return the favorites of a user, all or those in a folder; with `files`, their pictures are saved too."""
        name = f"favorites in folder {folder}" if folder else "favorites"

        def records(page: Page, before: int) -> list[Record]:
            found: list[Record] = [
                FavoriteRecord(name, raw, folder, position) for position, raw in enumerate(page, before + 1)
            ]
            return found + (content(page, "favorited", self.images_url) if files else [])

        if folder:
            return Listing(name, f"{path}/{{page}}", records, with_ids, optional=True)
        user = path.split("/")[2]
        return Listing(
            name,
            f"{path}/{{page}}/newest",
            records,
            with_ids,
            count=f"3/account/{user}/gallery_profile" if public else "",
            count_key="total_gallery_favorites",
            reverse=f"{path}/{{page}}/oldest",
            optional=public or optional,
        )

    def web_posts(self, name: str) -> Listing:
        """Return what the web site lists of the signed-in account: `all_posts` or `hidden_albums`."""

        def records(page: Page, before: int) -> list[Record]:
            return [self._web_post(name, raw) for raw in page]

        path = f"post/v1/accounts/me/{name}?include=cover&sort=-created_at&page={{page}}"
        return Listing(name, path, records, with_ids, first_page=1)

    def _web_post(self, list: str, raw: dict[str, Any]) -> Record:
        if raw.get("is_album"):
            fields = ("id", "title", "description", "privacy")
            return AlbumRecord(list, {name: raw[name] for name in fields if name in raw})
        cover: object = raw.get("cover")
        media = cast("dict[str, Any]", cover) if isinstance(cover, dict) else {}
        fields = {"id": raw["id"], "title": raw.get("title"), "description": raw.get("description")}
        known = {"type": media.get("mime_type"), "size": media.get("size"), "link": media.get("url")}
        return ImageRecord(list, {**fields, **known}, self.images_url)


def content(page: Page, list: str, images_url: str) -> list[Record]:
    """Return the images and albums of posts or favorites; the images of an album, if the page has all of them."""
    found: list[Record] = []
    for raw in page:
        images = with_ids(raw.get("images"))
        if not raw.get("is_album"):
            found.append(ImageRecord(list, raw, images_url))
        elif images and len(images) == to_int(raw.get("images_count")):
            found.append(AlbumImages(raw, images, images_url))
        else:
            found.append(AlbumRecord(list, raw))
    return found
