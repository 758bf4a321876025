"""What comes in becomes a picture: looked at, kept, written down, and put at the end of its album.

An upload is answered only after its file and its row are safe: file synced and named, then one commit. One that comes
again is answered with the picture of the first time: the same file under the same key by the same account or client id,
or the same file where that is asked for. The answer holds the delete hash, so a key alone gives nothing. Another file
under a known key is refused if the key came from the same account, or from the same client id and network: elsewhere
strangers may have used a key that can be guessed, and must not keep its owner from uploading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.queries import uploads as queries
from pyimgur.server.db.query import BoundQuery, Transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.media import MediaTooLargeError
from pyimgur.server.services import albums, ids, images, row_limits, upload_processing
from pyimgur.server.services.shield import shielded
from pyimgur.server.services.text_limits import check_description
from pyimgur.server.services.throttle import network

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.media import MediaInfo
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image

KEY_LIFETIME = 86_400
"""Seconds that an upload's key is known."""
MOST_KEYS = 10_000
"""Keys of one owner: the oldest is forgotten. Retries come soon; whoever resumes a session needs the last ones."""
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is said of a new picture by the one who brings it."""

    account: int | None = None
    client_id: str | None = None
    title: str | None = None
    description: str | None = None
    name: str = ""
    album: str | None = None
    """An own album's id, or the delete hash of an anonymous one."""
    key: str | None = None
    """What the same upload has in common each time it is sent."""
    sha256: str = ""
    """The digest that the file must have, in hex."""
    reuse: bool = False
    """An account that has sent this very file before gets the picture of then."""
    disable_audio: bool = False
    address: str = ""
    """Where it comes from, for the turn of what has no account."""

    @property
    def owner(self) -> str:
        """Whose key it is: the account's; without one, the client id's in this network, as strangers share the id."""
        return f"{self.anywhere}\t{network(self.address)}" if self.account is None else self.anywhere

    @property
    def anywhere(self) -> str:
        """Among whose uploads the same file is looked for: those of the account or client id, from any network."""
        return f"client:{self.client_id}" if self.account is None else f"account:{self.account}"

    @property
    def turn(self) -> str:
        """In whose name work on the file waits: the account's, or the network's."""
        return f"account:{self.account}" if self.account is not None else network(self.address)


async def add(library: ServerContext, incoming: SpooledFile, upload: Upload) -> Image:
    """Keep what came in as a new picture, and put it at the end of its album.

    Raises:
        UnsupportedMediaError, MediaTooLargeError: it is nothing that can be kept.
        ValidationError: the album is another's, the file is not the one that was announced, or the description is too
        long.
        StorageFullError: the disk is full; nothing is kept.
        TableFull: it comes with a key, and the server remembers too many.
    """
    check_description(upload.description)
    received = incoming.sha256
    if upload.sha256 and upload.sha256 != received:
        raise ValidationError(f"The file was damaged on its way: its SHA-256 is {received}, not {upload.sha256}")
    if earlier := await find_duplicate(library, upload, received):
        return earlier
    if upload.key:
        row_limits.check(library, row_limits.UPLOAD_KEYS)
    incoming.flush()
    look = await library.media.probe(incoming.path, owner=upload.turn)
    _check_size(library, incoming, look)
    if upload.album:
        await albums.check_writable(library, upload.album, upload.account)
    own, mute = upload.account is not None, upload.disable_audio
    look = await upload_processing.process_upload(library, incoming, look, own=own, mute=mute, owner=upload.turn)
    stored = await shielded(_store(library, incoming, look, upload, received))
    if stored.mp4_size == 0:
        library.transcode_event.set()
    return stored


async def add_from_url(library: ServerContext, url: str, upload: Upload, address: str) -> Image:
    """Fetch a URL and keep what lies there as a new picture.

    Args:
        library: where.
        url: http or https.
        upload: what is said of it.
        address: the network address that asks; each network has a share of the fetches that run at once.

    Raises:
        FetchError: nothing could be had from there.
        BusyError: too many fetches wait.
    """
    async with library.blobs.incoming() as incoming:
        await library.fetcher.fetch(url, incoming, network(address))
        return await add(library, incoming, upload)


async def find_duplicate(library: ServerContext, upload: Upload, sha256: str) -> Image | None:
    """Return the picture of the same upload before: under the same key or, where that is asked for, the same file.

    The same file without a key counts for accounts only: applications are shared, and the answer holds the delete hash.

    Args:
        library: where the picture is.
        upload: whose key is looked for, and whether the same file is enough.
        sha256: of the file; nothing is found if it is empty.

    Raises:
        ValidationError: the key came with another file before, from the same account, or the same client id and
        network.
    """
    if not sha256:
        return None
    found = None
    if upload.key:
        found = _same_file(await library.db.read(_earlier(upload, sha256, library.now)), sha256)
    if found is None and upload.reuse and upload.account is not None:
        found = await library.db.read(queries.GET_BY_RECEIVED_SHA256.one(account=upload.account, sha256=sha256))
        if found and upload.album:
            await albums.add_images(library, upload.album, upload.account, [found.id])
    return found and images.Image(*found)


def _same_file(earlier: Any, sha256: str) -> Any:
    """The earlier upload with this key, if it was of this file."""
    if earlier and earlier.received_sha256 != sha256:
        raise ValidationError("This Idempotency-Key was used for another file: choose a new one for each upload")
    return earlier


async def _store(
    library: ServerContext, incoming: SpooledFile, look: MediaInfo, upload: Upload, received: str
) -> Image:
    id = await _store_file(library, incoming)
    try:
        stored = await library.db.write(
            _add(id, incoming, look, upload, received, library.now, library.settings.limits.album_images)
        )
    except Exception:
        await library.blobs.remove(id)
        raise
    if stored.id != id:  # the same upload, sent again meanwhile, was faster
        await library.blobs.remove(id)
    return stored


def _check_size(library: ServerContext, incoming: SpooledFile, look: MediaInfo) -> None:
    limits = library.settings.limits
    largest = limits.animation_bytes if look.animated else limits.image_bytes
    if incoming.size > largest:
        raise MediaTooLargeError(f"it has {incoming.size:,} bytes, and {largest:,} are allowed")


async def _store_file(library: ServerContext, incoming: SpooledFile) -> str:
    """The id under which the file lies on the disk now."""
    for _ in range(_TRIES):
        try:
            await library.blobs.put(incoming, id := ids.new_id())
        except FileExistsError:
            continue
        return id
    raise AssertionError("no free id")  # pragma: no cover - chance


def _add(
    id: str, incoming: SpooledFile, look: MediaInfo, upload: Upload, received: str, now: int, album_images: int
) -> Transaction[Image]:
    if upload.key and (earlier := _same_file((yield _earlier(upload, received, now)), received)):
        return images.Image(*earlier)
    deletehash = ids.fresh_deletehash()
    yield queries.INSERT_IMAGE.run(
        id=id,
        deletehash=deletehash,
        account_id=upload.account,
        client_id=upload.client_id,
        title=upload.title or None,
        description=upload.description or None,
        name=upload.name,
        type=look.type,
        ext=look.ext,
        animated=int(look.animated),
        has_sound=int(look.has_sound),
        width=look.width,
        height=look.height,
        size=incoming.size,
        duration=look.duration,
        sha256=incoming.sha256,
        created=now,
        received_sha256=received,
        mp4_size=upload_processing.mp4_size(look, incoming.size),
    )
    if upload.key:
        yield queries.DELETE_EXPIRED_KEYS.run(since=now - KEY_LIFETIME)
        yield queries.INSERT_KEY.run(key=upload.key, owner=upload.owner, image_id=id, created=now)
        yield queries.DELETE_OLDEST_KEYS.run(owner=upload.owner, kept=upload.key, others=MOST_KEYS - 1)
    if upload.album:
        yield from albums.append(upload.album, upload.account, [deletehash], album_images)
    return images.Image(*(yield image_queries.GET_BY_ID.one(id=id)))


def _earlier(upload: Upload, sha256: str, now: int) -> BoundQuery:
    """The upload that this one repeats or collides with; no client id holds what stands behind it here."""
    return queries.GET_BY_KEY.one(
        key=upload.key,
        owner=upload.owner,
        anywhere=upload.anywhere,
        end=f"{upload.anywhere}\n",  # right after the tab of all its networks; older programs wrote no network
        sha256=sha256,
        since=now - KEY_LIFETIME,
    )
