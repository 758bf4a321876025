"""Count views of images and albums, and the bytes of images that were sent.

A *view* of an image is its original file, or its video, sent from the first byte to the last; a view of an album is its
page. These are no views, because nobody has chosen to look at the image:

- thumbnails and other sizes, which lists and chats show;
- HEAD requests, 304 responses, and parts of a video after its beginning;
- API responses, which owners read most of all.

The bytes of all these count as `bandwidth`, except those of API responses.

Counts are kept in memory; `save` adds them to the rows in one transaction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import view_counter as queries
from pyimgur.server.db.query import Steps, transaction

if TYPE_CHECKING:
    from pyimgur.server.db.engine import Engine


@dataclass(frozen=True, slots=True)
class ViewCounter:
    """Counts by id that are not in the database yet."""

    views: Counter[str] = field(default_factory=Counter[str])
    bandwidth: Counter[str] = field(default_factory=Counter[str])
    albums: Counter[str] = field(default_factory=Counter[str])

    def count_image(self, id: str, sent: int, *, view: bool) -> None:
        """Count the bytes of an image that were sent, and a view if this was one."""
        self.bandwidth[id] += sent
        self.views[id] += view

    def count_album(self, id: str) -> None:
        """Count a view of an album."""
        self.albums[id] += 1

    def add(self, other: ViewCounter) -> None:
        """Add the counts of another counter."""
        self.views.update(other.views)
        self.bandwidth.update(other.bandwidth)
        self.albums.update(other.albums)

    def drain(self) -> ViewCounter:
        """Return the counts so far, and start again from zero."""
        counts = ViewCounter(self.views.copy(), self.bandwidth.copy(), self.albums.copy())
        for counter in (self.views, self.bandwidth, self.albums):
            counter.clear()
        return counts


async def save(counter: ViewCounter, db: Engine) -> None:
    """Add the counts since the last time to the rows; deleted images and albums are skipped.

    If the database cannot be written, the counts are kept for the next time, and the error is raised.
    """
    counts = counter.drain()
    if not (counts.bandwidth or counts.albums):
        return
    try:
        await db.write(_add(counts))
    except BaseException:
        counter.add(counts)
        raise


@transaction
def _add(counts: ViewCounter) -> Steps[None]:
    for id, sent in counts.bandwidth.items():
        yield queries.ADD_TO_IMAGE.run(of=id, sent=sent, more=counts.views[id])
    for id, views in counts.albums.items():
        yield queries.ADD_TO_ALBUM.run(of=id, more=views)
