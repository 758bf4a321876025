"""List what a source has: the steps of a run, each of which is done once, in this order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast
from urllib.parse import quote

from .._core.decode import to_int
from ..exceptions import AuthenticationError, InvalidParameterError, ResourceNotFoundError
from ..urls import ImgurURL, parse_id, parse_url
from .calls import Calls
from .errors import BackupError
from .layout import is_id
from .listings import PAGE_SIZE, Listing, Page, Walker
from .manifest import Manifest, Run, Step
from .records import (
    ACCOUNT_PICTURE,
    AlbumImages,
    AlbumRecord,
    CommentRecord,
    Document,
    FavoriteRecord,
    ImageRecord,
    LinkRecord,
    PostRecord,
    Record,
    comment_tree,
    entries,
    with_ids,
)
from .report import Listed, Note, OnEvent
from .sources import Links, OneAlbum, OwnAccount, PublicUser, Source

_OWN_DOCUMENTS = {
    "settings": "3/account/me/settings",
    "avatar": "3/account/me/avatar",
    "blocks": "3/account/me/block",
    "follows": "3/feed",
}
_PUBLIC_DOCUMENTS = {
    "profile": "account/v1/accounts/{name}?include=trophies,medallions",
    "gallery profile": "3/account/{name}/gallery_profile",
    "folders": "3/account/{name}/folders",
}
_PICTURES = ("avatar", "cover")
"""The fields of an account with the URL of a picture."""
_REFUSALS = (AuthenticationError, InvalidParameterError, ResourceNotFoundError)
"""Errors that are about one document, album or post; any other one ends the run."""
_TOKEN_REJECTED = 401


class Crawl:
    """Lists what a source has, in the manifest.

    Args:
        calls: makes the API calls.
        manifest: the manifest.
        run: the run.
        on_event: is called with what is listed.
    """

    def __init__(self, calls: Calls, manifest: Manifest, run: Run, on_event: OnEvent) -> None:
        self._calls = calls
        self._manifest = manifest
        self._run = run
        self._on_event = on_event
        self._walker = Walker(calls, manifest, run, on_event)
        self._images_url = calls.im.site.images

    def list(self, source: Source) -> None:
        """List everything of a source that this run has not listed yet.

        Raises:
            ImgurError: a call failed.
            BackupError: the login is another account's than the backup.
        """
        match source:
            case OwnAccount():
                self._own_account(source)
            case PublicUser():
                self._public_user(source)
            case OneAlbum():
                self._once("album", partial(self._album_alone, source.id))
            case Links():
                self._once("links", partial(self._links, source))
        self._album_images()
        self._post_comments()

    def _once(self, name: str, work: Callable[[], object]) -> None:
        """Do a step, unless this run has done it."""
        if not self._manifest.step(self._run, name).done:
            work()
            self._manifest.put_step(self._run, replace(self._manifest.step(self._run, name), done=True))

    # ---- an account

    def _own_account(self, source: OwnAccount) -> None:
        if self._manifest.step(self._run, "account").done:  # a resumed run: the login may be another one now
            self._calls.before_first = partial(self._account, "me", source.name)
        self._once("account", partial(self._account, "me", source.name))
        name = quote(str(self._manifest.documents()["account"]["url"]), safe="")
        self._documents({**_OWN_DOCUMENTS, **_PUBLIC_DOCUMENTS}, name)
        self._walk(self._images_of_account(), "item")
        self._walk(self._albums("me"), "album")
        self._walk(self._favorites("3/account/me/favorites", files=source.favorite_files), "favorite")
        self._folders(name, files=source.favorite_files)
        self._walk(self._posts(name, with_comments=True), "post")
        self._walk(self._comments("me"), "comment")

    def _public_user(self, source: PublicUser) -> None:
        source = replace(source, name=quote(source.name, safe=""))
        self._once("account", partial(self._account, source.name, None))
        self._documents(_PUBLIC_DOCUMENTS, source.name)
        self._walk(self._albums(source.name), "album")
        self._walk(self._posts(source.name, with_comments=False), "post")
        self._walk(
            self._favorites(f"3/account/{source.name}/gallery_favorites", files=source.favorite_files, public=True),
            "favorite",
        )
        self._folders(source.name, files=source.favorite_files)
        self._walk(self._comments(source.name), "comment")

    def _account(self, name: str, expected: str | None) -> None:
        """Read the account, and check that it is the one of this backup."""
        raw = self._calls.get(f"3/account/{name}")
        account = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        actual = account.get("url")
        if not isinstance(actual, str) or not actual:
            raise BackupError("Imgur did not say whose account this is: are the token or cookies of a signed-in user?")
        for other in filter(None, (expected, self._manifest.account())):
            if other.lower() != actual.lower():
                raise BackupError(
                    f"this is the login of {actual!r}, and the backup that of {other!r}: "
                    "use the right login or cookies, or another folder"
                )
        self._manifest.set_account(self._run, actual)
        found: list[Record] = [Document("account", account)]
        for field in _PICTURES:
            link = account.get(field)
            if isinstance(link, str) and link.startswith(("http://", "https://")):
                found.append(
                    ImageRecord("account pictures", {"id": f"@{field}", "link": link}, "", kind=ACCOUNT_PICTURE)
                )
        self._manifest.add(self._run, found)

    def _documents(self, paths: Mapping[str, str], name: str) -> None:
        for title, path in paths.items():
            self._once(f"document {title}", partial(self._document, title, path.format(name=name)))

    def _document(self, title: str, path: str) -> None:
        try:
            found = Document(title, self._calls.get(path))
        except _REFUSALS as error:  # not every site has all of them
            found = Document(title, None, error.sentence)
            self._manifest.put_step(self._run, Step(f"document {title}", note=error.sentence))
        self._manifest.add(self._run, [found])

    def _walk(self, listing: Listing, table: str = "") -> None:
        """Read a list; if all of it was read, what earlier runs saw in it and this one did not has vanished."""
        before = self._manifest.step(self._run, listing.name)
        step = self._walker.walk(listing)
        self._on_event(Listed(listing.name, step.listed, step.expected))
        if step.missing:
            counted = f"Imgur counts {step.expected:,} and lists {step.listed:,}"
            self._on_event(Note(f"{listing.name}: {counted}: {step.missing:,} missing"))
        elif table and not before.done and not step.note:
            self._manifest.mark_vanished(self._run, listing.name, table, self._calls.now())

    def _images_of_account(self) -> Listing:
        return Listing(
            "images",
            f"3/account/me/images/{{page}}?perPage={PAGE_SIZE}",
            lambda page, before: [ImageRecord("images", raw, self._images_url) for raw in page],
            with_ids,
            count="3/account/me/images/count",
        )

    def _albums(self, name: str) -> Listing:
        return Listing(
            "albums",
            f"3/account/{name}/albums/{{page}}?perPage={PAGE_SIZE}",
            lambda page, before: [AlbumRecord("albums", raw) for raw in page],
            with_ids,
            count=f"3/account/{name}/albums/count",
        )

    def _posts(self, name: str, *, with_comments: bool) -> Listing:
        def records(page: Page, before: int) -> list[Record]:
            posts: list[Record] = [PostRecord("posts", raw, with_comments) for raw in page]
            return posts + self._content(page, "posted")

        return Listing(
            "posts",
            f"3/account/{name}/submissions/{{page}}/newest",
            records,
            with_ids,
            count=f"3/account/{name}/gallery_profile",
            count_key="total_gallery_submissions",
            reverse=f"3/account/{name}/submissions/{{page}}/oldest",
        )

    def _comments(self, name: str) -> Listing:
        return Listing(
            "comments",
            f"3/account/{name}/comments/newest/{{page}}",
            lambda page, before: [CommentRecord("comments", raw) for raw in page],
            lambda payload: [entry for entry in entries(payload) if entry.get("id")],
            count=f"3/account/{name}/comments/count",
            reverse=f"3/account/{name}/comments/oldest/{{page}}",
        )

    def _favorites(
        self, path: str, *, files: bool, public: bool = False, folder: str = "", optional: bool = False
    ) -> Listing:
        name = f"favorites in folder {folder}" if folder else "favorites"

        def records(page: Page, before: int) -> list[Record]:
            found: list[Record] = [
                FavoriteRecord(name, raw, folder, position) for position, raw in enumerate(page, before + 1)
            ]
            return found + (self._content(page, "favorited") if files else [])

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

    def _folders(self, name: str, *, files: bool) -> None:
        """Read the favorites in each folder; folder 0 holds all favorites, which were read already."""
        for folder in entries(self._manifest.documents().get("folders")):
            if number := to_int(folder.get("id")):
                path = f"3/account/{name}/folders/{number}/favorites"
                self._walk(self._favorites(path, files=files, folder=str(number)))

    # ---- albums and posts

    def _content(self, page: Page, list: str) -> list[Record]:
        """Return the images and albums of posts or favorites; the images of an album, if the page has all of them."""
        found: list[Record] = []
        for raw in page:
            images = with_ids(raw.get("images"))
            if not raw.get("is_album"):
                found.append(ImageRecord(list, raw, self._images_url))
            elif images and len(images) == to_int(raw.get("images_count")):
                found.append(AlbumImages(raw, images, self._images_url))
            else:
                found.append(AlbumRecord(list, raw))
        return found

    def _album_images(self) -> None:
        """Read the images of each album that was listed, in order."""
        for id in self._manifest.ids("album", state="pending"):
            self._guarded("album", id, partial(self._album, id))
            self._on_event(Listed("album images", self._manifest.count("album", "state = 'saved'"), None))

    def _guarded(self, table: str, id: str, work: Callable[[], object]) -> None:
        """Do a part of the work; if Imgur refuses it, record why, and go on with the next one."""
        try:
            work()
        except ResourceNotFoundError as error:
            self._manifest.set_state(table, id, "gone", error.sentence)
        except _REFUSALS as error:
            if error.status == _TOKEN_REJECTED:
                raise
            self._manifest.set_state(table, id, "failed", error.sentence)

    def _album(self, id: str) -> None:
        payload = self._calls.get(f"3/album/{id}")
        album = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
        if album.get("id") != id:
            self._manifest.set_state("album", id, "failed", "Imgur answered with another album")
            return
        images = with_ids(album.get("images"))
        if len(images) < (count := to_int(album.get("images_count")) or 0):
            images = with_ids(self._calls.get(f"3/album/{id}/images")) or images
        self._manifest.add(self._run, [AlbumImages(album, images, self._images_url)])
        if len(images) < count:
            self._manifest.set_state("album", id, "failed", f"Imgur sent {len(images):,} of {count:,} images")

    def _album_alone(self, id: str) -> None:
        if not is_id(id):
            raise BackupError(f"{id!r} is not the id of an album")
        self._manifest.add(self._run, [AlbumRecord("album", {"id": id})])

    def _post_comments(self) -> None:
        """Read the comments below each of the account's own posts."""
        for id in self._manifest.ids("post", state="pending"):
            self._guarded("post", id, partial(self._comments_below, id))
            self._on_event(Listed("comments below posts", self._manifest.count("comment"), None))

    def _comments_below(self, id: str) -> None:
        comments = comment_tree("comments below posts", self._calls.get(f"3/gallery/{id}/comments/best"))
        self._manifest.add(self._run, comments)
        self._manifest.set_state("post", id, "saved")

    # ---- links

    def _links(self, source: Links) -> None:
        unknown = 0
        for text in source.links:
            target = parse_url(text, self._calls.im.site) or parse_id(text)
            if target and target.id and self._manifest.was_seen(self._run, "links", target.id):
                continue
            found = self._behind(target) if target else []
            unknown += not found
            self._manifest.add(self._run, found)
        if unknown:
            self._on_event(Note(f"{unknown:,} links lead to no image, album or post"))
        step = Step("links", listed=self._manifest.seen(self._run, "links"))
        self._manifest.put_step(self._run, replace(step, note=f"{unknown:,} links lead to none" if unknown else ""))

    def _behind(self, target: ImgurURL) -> list[Record]:
        """Return what a link leads to."""
        match target.kind:
            case "image" if target.ext and is_id(target.id):
                return [self._by_link(target.id, target.ext)]
            case "images":
                return [self._by_link(id, target.ext) for id in target.ids]
            case "image" | "subreddit image":
                return self._first(target.id, "3/image/{id}", "3/album/{id}")
            case "album":
                return [AlbumRecord("links", {"id": target.id})]
            case "post" | "comment":
                return self._first(target.id, "3/gallery/{id}", "3/album/{id}", "3/image/{id}")
            case _:
                return []

    def _by_link(self, id: str, extension: str) -> Record:
        suffix = {".gifv": ".mp4", ".json": ".jpg", "": ".jpg"}.get(extension, extension)
        return LinkRecord("links", id, f"{self._images_url}/{id}{suffix}")

    def _first(self, id: str, *paths: str) -> list[Record]:
        """Return what the first call finds that finds anything; if none does, the image, which is gone then."""
        for path in paths:
            try:
                payload = self._calls.get(path.format(id=id))
            except ResourceNotFoundError:
                continue
            if isinstance(payload, dict) and is_id(payload.get("id")):  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
                raw = cast("dict[str, Any]", payload)
                return self._content([{**raw, "is_album": raw.get("is_album") or "album" in path}], "links")
        return [self._by_link(id, "")]


def estimate_calls(counts: Mapping[str, int]) -> int:
    """Return how many calls listing an account takes, by the counts of its images, albums, favorites and others."""
    pages = {"images": PAGE_SIZE, "albums": PAGE_SIZE, "favorites": 60, "posts": 60, "comments": 50}
    listing = sum(math.ceil(counts.get(name, 0) / size) + 1 for name, size in pages.items())
    return listing + counts.get("albums", 0) + counts.get("posts", 0) + len(_OWN_DOCUMENTS) + len(_PUBLIC_DOCUMENTS) + 5
