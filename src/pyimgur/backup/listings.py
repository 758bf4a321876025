"""Walk the lists of an account, page by page, and compare them with Imgur's counts.

Lists are newest first, so that an upload or deletion during the walk shifts the pages: a walk from page 0 misses an
entry for each deletion. If the count has changed meanwhile, or fewer entries were seen than Imgur counts, the list is
read again: the first pages, and then from its other end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from ..exceptions import AuthenticationError, InvalidParameterError, ResourceNotFoundError
from .calls import Calls
from .manifest import Manifest
from .records import Record
from .report import Listed, OnEvent
from .rows import Run, Step

PAGE_SIZE = 100
"""Entries of a page, in lists whose page size can be chosen."""
MAX_STALE_PAGES = 3
"""Pages without anything new, in a row, after which a list counts as read: servers may repeat their last page."""
LAST_PAGE = 50
"""The page after which Imgur ends lists of favorites, whatever is left."""
Page = list[dict[str, Any]]


@dataclass(frozen=True)
class Listing:
    """A list of the API.

    Attributes:
        name: its name in the manifest.
        path: its path, with {page}.
        records: what a page's entries become, given the number of entries before them.
        count: the path of the call that counts its entries; empty if there is none.
        count_key: the field of that call's document that is the count; empty if it is the whole payload.
        reverse: the path of the same list in the other order, with {page}; empty if there is none.
        optional: whether a site may lack it.
        first_page: the number of the first page.
    """

    name: str
    path: str
    records: Callable[[Page, int], list[Record]]
    entries: Callable[[object], Page]
    count: str = ""
    count_key: str = ""
    reverse: str = ""
    optional: bool = False
    first_page: int = 0


class Walker:
    """Walks the lists of a run; a list that was read is not read again in the same run."""

    def __init__(self, calls: Calls, manifest: Manifest, run: Run, on_event: OnEvent) -> None:
        self._calls = calls
        self._manifest = manifest
        self._run = run
        self._on_event = on_event
        self._listed = 0
        """How many different entries of the current list this run has seen."""

    def walk(self, listing: Listing) -> Step:
        """Read a list to its end, and compare it with Imgur's count.

        Raises:
            ImgurError: a call failed.
        """
        step = self._manifest.step(self._run, listing.name)
        if step.done:
            return step
        self._listed = self._manifest.seen(self._run, listing.name)
        try:
            if not step.next:
                step = replace(step, expected=self._count(listing))
            size = self._forward(listing, step)
        except (AuthenticationError, InvalidParameterError, ResourceNotFoundError) as error:
            if not listing.optional:
                raise
            return self._finish(replace(step, note=error.sentence))
        expected = self._count(listing)
        if expected is not None:
            self._complete(listing, expected, step.expected, size)
        elif listing.reverse and self._manifest.step(self._run, listing.name).next >= LAST_PAGE:
            self._forward(replace(listing, path=listing.reverse), Step(listing.name), until_known=True)
        return self._finish(replace(step, listed=self._listed, expected=expected))

    def _complete(self, listing: Listing, expected: int, before: int | None, size: int) -> None:
        """Read again what a list that has changed meanwhile has hidden.

        Entries that were added are on the first pages. For each entry that was removed, another one has moved to a page
        that was read already: it is found from the other end, where it can be on any page.
        """
        if self._listed < expected:
            self._forward(listing, Step(listing.name), until_known=True)
        removed = before is not None and expected < before
        if removed or self._listed < expected:
            self._from_the_end(listing, expected, size, whole=removed)

    def _finish(self, step: Step) -> Step:
        done = replace(step, done=True)
        self._manifest.put_step(self._run, done)
        return done

    def _count(self, listing: Listing) -> int | None:
        """Return Imgur's count; None if it has none."""
        if not listing.count:
            return None
        try:
            payload = self._calls.get(listing.count)
        except (AuthenticationError, InvalidParameterError, ResourceNotFoundError):
            return None
        if listing.count_key and isinstance(payload, dict):
            payload = cast("dict[str, object]", payload).get(listing.count_key)
        return payload if isinstance(payload, int) and not isinstance(payload, bool) else None

    def _forward(self, listing: Listing, step: Step, *, until_known: bool = False) -> int:
        """Walk from the next page to the last one, or to one with nothing new; return the largest page's size."""
        size = stale = 0
        page = max(step.next, listing.first_page)
        while entries := self._read(listing, listing.path, page):
            size = max(size, len(entries))
            new = self._store(listing, entries, None if until_known else replace(step, next=page + 1))
            stale = 0 if new else stale + 1
            if stale == (1 if until_known else MAX_STALE_PAGES):
                break
            page += 1
        return size

    def _from_the_end(self, listing: Listing, expected: int, size: int, *, whole: bool) -> None:
        """Walk the list from its other end: the whole of it, or until all that Imgur counts was seen."""
        path = listing.reverse or listing.path
        for page in self._pages_from_the_end(listing, expected, size):
            entries = self._read(listing, path, page)
            if not entries and listing.reverse:
                break
            self._store(listing, entries, None)
            if not whole and self._listed >= expected:
                break

    def _pages_from_the_end(self, listing: Listing, expected: int, size: int) -> Iterator[int]:
        last = listing.first_page + max(0, expected - 1) // max(1, size)
        if listing.reverse:
            yield from range(listing.first_page, last + 2)
        else:
            yield from range(last, listing.first_page - 1, -1)

    def _read(self, listing: Listing, path: str, page: int) -> Page:
        return listing.entries(self._calls.get(path.format(page=page)))

    def _store(self, listing: Listing, entries: Page, step: Step | None) -> int:
        new = self._manifest.add(self._run, listing.records(entries, self._listed), step=step, counted=listing.name)
        self._listed += new
        self._on_event(Listed(listing.name, self._listed, None))
        return new
