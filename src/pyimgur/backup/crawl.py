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
from .account_records import Document, comment_tree
from .calls import Calls
from .errors import BackupError
from .layout import is_id
from .link_targets import LinkFinder
from .listings import PAGE_SIZE, Listing, Walker
from .lists import Lists
from .manifest import Manifest
from .records import ACCOUNT_PICTURE, AlbumImages, AlbumRecord, ImageRecord, Record, entries, with_ids
from .report import Listed, Note, OnEvent
from .rows import Run, Step
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
        self._lists = Lists(calls.im.site.images)

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
                self._once(
                    "links", partial(LinkFinder(self._calls, self._manifest, self._run, self._on_event).find, source)
                )
        self._album_images()
        self._post_comments()

    def _once(self, name: str, work: Callable[[], object]) -> None:
        """Do a step, unless this run has done it."""
        if not self._manifest.step(self._run, name).done:
            work()
            self._manifest.put_step(self._run, replace(self._manifest.step(self._run, name), done=True))

    # ---- an account

    def _own_account(self, source: OwnAccount) -> None:
        if self._is_done("web site account"):
            self._web_site(source)
            return
        check = partial(self._account, "me", source.name)
        if self._is_done("account"):  # a resumed run: the login may be another one now
            self._calls.before_first = check
        try:
            self._once("account", check)
        except AuthenticationError as error:
            if self._calls.as_user:
                raise
            self._on_event(Note(f"{error.sentence}; the web site may accept these cookies"))
            self._web_site(source)
            return
        name = self._account_name()
        self._documents({**_OWN_DOCUMENTS, **_PUBLIC_DOCUMENTS}, name)
        self._walk(self._lists.images(), "item")
        self._walk(self._lists.albums("me"), "album")
        self._walk(self._lists.favorites("3/account/me/favorites", files=source.favorite_files), "favorite")
        self._folders(name, files=source.favorite_files)
        self._walk(self._lists.posts(name, with_comments=True), "post")
        self._walk(self._lists.comments("me"), "comment")

    def _is_done(self, step: str) -> bool:
        return self._manifest.step(self._run, step).done

    def _account_name(self) -> str:
        return quote(str(self._manifest.documents()["account"]["url"]), safe="")

    def _web_site(self, source: OwnAccount) -> None:
        """List the account as the web site does for a browser, where the API refuses its cookies.

        That leaves out delete hashes, settings, and favorites outside the gallery.
        """
        check = partial(self._web_account, source.name)
        if self._is_done("web site account"):
            self._calls.before_first = check
        self._once("web site account", check)
        for name in ("all_posts", "hidden_albums"):
            self._walk(self._lists.web_posts(name))
        self._public_lists(self._account_name(), with_comments=True, favorite_files=source.favorite_files)

    def _web_account(self, expected: str | None) -> None:
        """Read the account of the cookies from the web site."""
        raw = self._calls.get("account/v1/accounts/me")
        profile = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        fields = {
            "url": profile.get("username"),
            "avatar": profile.get("avatar_url"),
            "cover": profile.get("cover_url"),
        }
        self._use_account({**profile, **fields}, expected)

    def _public_user(self, source: PublicUser) -> None:
        name = quote(source.name, safe="")
        self._once("account", partial(self._account, name, None))
        self._walk(self._lists.albums(name), "album")
        self._public_lists(name, with_comments=False, favorite_files=source.favorite_files)

    def _public_lists(self, name: str, *, with_comments: bool, favorite_files: bool) -> None:
        self._documents(_PUBLIC_DOCUMENTS, name)
        self._walk(self._lists.posts(name, with_comments=with_comments), "post")
        path = f"3/account/{name}/gallery_favorites"
        self._walk(self._lists.favorites(path, files=favorite_files, public=True), "favorite")
        self._folders(name, files=favorite_files)
        self._walk(self._lists.comments(name), "comment")

    def _account(self, name: str, expected: str | None) -> None:
        """Read the account, and check that it is the one of this backup."""
        raw = self._calls.get(f"3/account/{name}")
        self._use_account(cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}, expected)

    def _use_account(self, account: dict[str, Any], expected: str | None) -> None:
        """Record the account.

        Raises:
            BackupError: it is another one than expected, or than the one of this backup.
        """
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

    def _folders(self, name: str, *, files: bool) -> None:
        """Read the favorites in each folder; folder 0 holds all favorites, which were read already."""
        for folder in entries(self._manifest.documents().get("folders")):
            if number := to_int(folder.get("id")):
                path = f"3/account/{name}/folders/{number}/favorites"
                self._walk(self._lists.favorites(path, files=files, folder=str(number)))

    # ---- albums and posts

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
        self._manifest.add(self._run, [AlbumImages(album, images, self._lists.images_url)])
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


def estimate_calls(counts: Mapping[str, int]) -> int:
    """Return how many calls listing an account takes, by the counts of its images, albums, favorites and others."""
    pages = {"images": PAGE_SIZE, "albums": PAGE_SIZE, "favorites": 60, "posts": 60, "comments": 50}
    listing = sum(math.ceil(counts.get(name, 0) / size) + 1 for name, size in pages.items())
    return listing + counts.get("albums", 0) + counts.get("posts", 0) + len(_OWN_DOCUMENTS) + len(_PUBLIC_DOCUMENTS) + 5
