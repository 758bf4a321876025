"""Find the images and albums behind links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from ..exceptions import ResourceNotFoundError
from ..urls import ImgurURL, parse_id, parse_url
from .calls import Calls
from .layout import is_id
from .lists import content
from .manifest import Manifest
from .records import AlbumRecord, LinkRecord, Record
from .report import Note, OnEvent
from .rows import Run, Step
from .sources import Links

_EXTENSIONS = {".gifv": ".mp4", ".json": ".jpg", "": ".jpg"}
"""Extension of a link -> the one to download, where it is not the same."""


class LinkFinder:
    """Records what is behind links, in the list `links`."""

    def __init__(self, calls: Calls, manifest: Manifest, run: Run, on_event: OnEvent) -> None:
        self._calls = calls
        self._manifest = manifest
        self._run = run
        self._on_event = on_event
        self._images_url = calls.im.site.images

    def find(self, source: Links) -> None:
        """Record the images and albums behind all links of a source."""
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
        suffix = _EXTENSIONS.get(extension, extension)
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
                return content([{**raw, "is_album": raw.get("is_album") or "album" in path}], "links", self._images_url)
        return [self._by_link(id, "")]
