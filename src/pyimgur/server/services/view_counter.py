"""How often pictures and albums were looked at, and how many bytes of a picture went out.

A *view* of a picture is its original, or the film it is, sent from the first byte to the last; one of an album is its
page. Thumbnails and other sizes are what lists and chats show before anybody has chosen to look; a HEAD, a 304 and the
parts of a film after its beginning show nobody anything new; and what programs read through the API is seen by no one
yet, least of all where owners read their own. All of these but the API's answers are bytes all the same, and count in
`bandwidth`.

Counted in memory; `save` adds it to the rows, for all that were looked at in one transaction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import album, image

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

ADD_IMAGE = Query(
    update(image)
    .where(image.c.id == bindparam("of"))
    .values(views=image.c.views + bindparam("more"), bandwidth=image.c.bandwidth + bindparam("sent"))
)
ADD_ALBUM = Query(update(album).where(album.c.id == bindparam("of")).values(views=album.c.views + bindparam("more")))


@dataclass(frozen=True, slots=True)
class ViewCounter:
    """What was looked at, by ids, and the database does not know yet."""

    views: Counter[str] = field(default_factory=Counter[str])
    bandwidth: Counter[str] = field(default_factory=Counter[str])
    albums: Counter[str] = field(default_factory=Counter[str])

    def image(self, id: str, sent: int, *, view: bool) -> None:
        """So many bytes of a picture went out; `view` if somebody came to look at it."""
        self.bandwidth[id] += sent
        self.views[id] += view

    def album(self, id: str) -> None:
        """Somebody came to look at an album."""
        self.albums[id] += 1

    def add(self, other: ViewCounter) -> None:
        """Count what another has counted."""
        self.views.update(other.views)
        self.bandwidth.update(other.bandwidth)
        self.albums.update(other.albums)

    def drain(self) -> ViewCounter:
        """What was counted, which is forgotten here."""
        taken = ViewCounter(self.views.copy(), self.bandwidth.copy(), self.albums.copy())
        for counts in (self.views, self.bandwidth, self.albums):
            counts.clear()
        return taken


async def save(library: ServerContext) -> None:
    """Tell the database what was looked at since the last time; what is gone meanwhile is passed over."""
    taken = library.traffic.drain()
    if not (taken.bandwidth or taken.albums):
        return
    try:
        await library.db.write(_add(taken))
    except BaseException:
        library.traffic.add(taken)
        raise


def _add(taken: ViewCounter) -> Transaction[None]:
    for id, sent in taken.bandwidth.items():
        yield ADD_IMAGE.run(of=id, sent=sent, more=taken.views[id])
    for id, more in taken.albums.items():
        yield ADD_ALBUM.run(of=id, more=more)
