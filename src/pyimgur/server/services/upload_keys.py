"""Idempotency keys: which earlier upload a repeated one repeats, and how many keys the server remembers.

A known key with another file is an error if the key came from the same account, or from the same client id and
network. Elsewhere strangers may have used a key that can be guessed, and must not keep its owner from uploading.

Client ids can be invented, so keys without an account are limited for each network, over all client ids. At the limit
its oldest key is forgotten. The wider networks around it (`networks`) have limits of keys in a day; at these, a network
replaces its own keys, and one without keys gets none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.db.queries import upload_keys as queries
from pyimgur.server.db.query import transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import credit_usage, row_limits
from pyimgur.server.services.context import Fullness
from pyimgur.server.services.networks import Network, network_of, networks_of
from pyimgur.server.services.row_limits import TableFull
from pyimgur.server.services.throttle import TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.db.queries.images import Image
    from pyimgur.server.db.query import BoundQuery, Steps
    from pyimgur.server.db.rows import Count
    from pyimgur.server.services.context import ServerContext

LIFETIME = 86_400
"""Seconds for which the server remembers an upload's key."""
MOST = 10_000
"""Keys that it remembers of one account or network, the newest: retries come soon, a resumed session needs the last."""


class UploadKey(NamedTuple):
    """An `Idempotency-Key` with those who sent it."""

    key: str
    account: int | None
    client_id: str | None
    address: str

    @property
    def scope(self) -> str:
        """Whose uploads may be the same upload: those of the account or client id, from any network."""
        return f"client:{self.client_id}" if self.account is None else f"account:{self.account}"

    @property
    def owner(self) -> str:
        """The owner of the key: the account, or else the client id in one network, as strangers share client ids."""
        return f"{self.scope}\t{network_of(self.address)}" if self.account is None else self.scope

    @property
    def holder(self) -> str:
        """Whose keys are counted: those of the account, or else of the network."""
        return network_of(self.address) if self.account is None else self.scope

    @property
    def wider_networks(self) -> Sequence[Network]:
        """The networks around that of a client without an account, whose keys are counted too."""
        return networks_of(self.address)[1:] if self.account is None else ()


def query_image(key: UploadKey, sha256: str, now: int, *, has_file: bool) -> BoundQuery[Image | None]:
    """Return the query for the earlier upload with this key: of the same file, or else from the same owner.

    Without the file, whose digest others may know, only uploads of the same owner are found.
    """
    first = key.scope if has_file else key.owner
    return queries.GET_IMAGE.one(
        key=key.key,
        owner=key.owner,
        first=first,
        # Keys of older programs have no network behind the scope. A newline sorts right after the tab before a network.
        end=f"{first}\n" if has_file else f"{first}\x01",
        sha256=sha256,
        since=now - LIFETIME,
    )


def check_same_file(row: Image | None, sha256: str) -> Image | None:
    """Return the image that was uploaded with this key, or None.

    Raises:
        ValidationError: its file was another one.
    """
    if row and row.received_sha256 != sha256:
        raise ValidationError("This Idempotency-Key was used for another file: choose a new one for each upload")
    return row


async def check_room(context: ServerContext, key: UploadKey) -> None:
    """Check that the key could be remembered, before any work is done for its upload.

    Raises:
        TableFull: the server remembers too many keys, and none of this account or network, which could be replaced.
    """
    if row_limits.fullness_of(context, row_limits.UPLOAD_KEYS) is not Fullness.FULL:
        return
    if not (await context.db.read(queries.COUNT_OF_HOLDER.exactly_one(holder=key.holder))).total:
        raise TableFull(row_limits.UPLOAD_KEYS.what)


@transaction
def remember(key: UploadKey, image_id: str, now: int, fullness: Fullness) -> Steps[None]:
    """Store the key, and forget the oldest of its account or network beyond the limit.

    Raises:
        TableFull: the table takes no more keys, and the account or network has none to replace.
        TooManyAttempts: the same is true of a wider network.
    """
    yield queries.DELETE_EXPIRED.run(since=now - LIFETIME)
    allowed = yield from _allowed(key, now, fullness)
    yield queries.INSERT.run(key=key.key, owner=key.owner, holder=key.holder, image_id=image_id, created=now)
    yield queries.DELETE_OLDEST.run(holder=key.holder, kept=key.key, kept_of=key.owner, others=allowed - 1)


@transaction
def _allowed(key: UploadKey, now: int, fullness: Fullness) -> Steps[int]:
    """Return how many keys the account or network may have, with the new one."""
    wait = yield from _count_in_wider_networks(key, now)
    held: Count = yield queries.COUNT_OF_HOLDER.exactly_one(holder=key.holder)
    allowed = row_limits.rows_allowed(row_limits.UPLOAD_KEYS, Fullness.FULL if wait else fullness, held.total, MOST)
    if not allowed and wait:
        raise TooManyAttempts("uploads with an Idempotency-Key came from this network", wait)
    if not allowed:
        raise TableFull(row_limits.UPLOAD_KEYS.what)
    return allowed


@transaction
def _count_in_wider_networks(key: UploadKey, now: int) -> Steps[int]:
    """Count the key by the day; return 0, or if a network is at its limit the seconds until the day ends."""
    window, full = now - now % LIFETIME, False
    for name, factor in key.wider_networks:
        full |= (yield from credit_usage.get_usage(f"keys:{name}", window)) >= MOST * factor
        yield from credit_usage.add_usage(f"keys:{name}", window)
    return window + LIFETIME - now if full else 0
