"""Uploads: check a file, store it as an image, and add it to its album, once however often it is sent.

The response is sent only after the file and its row are safe: the file is synced and linked, then one transaction
commits. A repeated upload gets the image of the first one. An upload is a repetition if it has the same file and the
same `Idempotency-Key` from the same account or client id, or the same file if the request asks to reuse it. The file
must match because the response holds the delete hash, so that a key alone reveals nothing. A digest counts as the file
only for the same account, or the same client id in the same network: whoever has a file publicly knows its digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.queries import uploads as queries
from pyimgur.server.db.query import Steps, Transaction, transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.media import MediaTooLargeError
from pyimgur.server.services import albums, blob_intents, ids, row_limits, upload_keys, upload_processing
from pyimgur.server.services.networks import widest_network_of
from pyimgur.server.services.shield import shielded
from pyimgur.server.services.text_limits import check_description
from pyimgur.server.services.upload_keys import UploadKey

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.media import MediaInfo
    from pyimgur.server.services.blob_intents import BlobIntent
    from pyimgur.server.services.context import Fullness, ServerContext
    from pyimgur.server.services.images import Image

_ID_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The fields of an upload request, without its file."""

    account: int | None = None
    client_id: str | None = None
    title: str | None = None
    description: str | None = None
    name: str = ""
    album: str | None = None
    """The id of the account's own album, or the delete hash of any album."""
    key: str | None = None
    """The `Idempotency-Key`: the same each time that a client sends this upload."""
    sha256: str = ""
    """The SHA-256 that the file must have, in hex; empty if the client did not send it."""
    reuse: bool = False
    """Return the account's existing image if it has uploaded the same file before."""
    disable_audio: bool = False
    address: str = ""
    """The client's network address, for limits and queues of anonymous uploads."""

    @property
    def upload_key(self) -> UploadKey | None:
        """The key with those who sent it; None without a key."""
        return UploadKey(self.key, self.account, self.client_id, self.address) if self.key else None

    @property
    def queue_owner(self) -> str:
        """Who work on the file counts for in the queues: the account, or else the line."""
        return f"account:{self.account}" if self.account is not None else widest_network_of(self.address)


async def add(
    context: ServerContext, file: SpooledFile, upload: Upload, *, permission: Transaction[None] | None = None
) -> Image:
    """Store a file as a new image, and add it to the end of its album.

    Args:
        context: the server's context.
        file: what was uploaded.
        upload: the other fields of the request.
        permission: statements that run in the transaction of the new row, before it. If they raise, nothing is stored;
            if the file is refused, they do not run.

    Raises:
        UnsupportedMediaError, MediaTooLargeError: the file is not an image or video that the server stores.
        ValidationError: the album is full or somebody else's, the file does not have the SHA-256 that the client sent,
            or the description is too long.
        StorageFullError: the disk is full; nothing is stored.
        TableFull: the upload has a key, and the server remembers too many.
        TooManyAttempts: the upload has a key, and the server remembers too many of its network.
    """
    check_description(upload.description)
    received_sha256 = file.sha256
    if upload.sha256 and upload.sha256 != received_sha256:
        raise ValidationError(f"The file was damaged on its way: its SHA-256 is {received_sha256}, not {upload.sha256}")
    if duplicate := await find_duplicate(context, upload, received_sha256, has_file=True):
        return duplicate
    if upload.upload_key:
        await upload_keys.check_room(context, upload.upload_key)
    file.flush()
    received_bytes = file.size
    info = await upload_processing.process_upload(
        context, file, has_account=upload.account is not None, mute=upload.disable_audio, owner=upload.queue_owner
    )
    _check_size(context, received_bytes, info)
    if upload.album:
        await albums.check_writable(context, upload.album, upload.account)
    image = await shielded(_store(context, file, info, upload, received_sha256, permission))
    if image.mp4_size == 0:
        context.transcode_event.set()
    return image


async def add_from_url(context: ServerContext, url: str, upload: Upload, address: str) -> Image:
    """Fetch a URL, and store the response's body as a new image.

    Args:
        context: the server's context.
        url: http or https.
        upload: the other fields of the request.
        address: the client's network address; fetches take turns between networks.

    Raises:
        FetchError: the URL could not be fetched.
        BusyError: too many fetches wait.
    """
    async with context.spool_folder.open() as file:
        await context.fetcher.fetch(url, file, widest_network_of(address))
        return await add(context, file, upload)


async def find_duplicate(context: ServerContext, upload: Upload, sha256: str, *, has_file: bool) -> Image | None:
    """Return the image of an earlier upload that this one repeats, or None.

    Without a key, only an account's own images count as the same upload: client ids are shared, and the response holds
    the delete hash.

    Args:
        context: the server's context.
        upload: its key is looked up, and with `reuse` the file alone is enough.
        sha256: the digest of the file; if it is empty, the result is None.
        has_file: the client sent the file, not only the digest, so that its earlier upload may be from another network.

    Raises:
        ValidationError: the key came with another file before, from the same account, or from the same client id and
            network.
    """
    if not sha256:
        return None
    row = None
    if upload.upload_key:
        query = upload_keys.query_image(upload.upload_key, sha256, context.now, has_file=has_file)
        row = upload_keys.check_same_file(await context.db.read(query), sha256)
    if row is None and upload.reuse and upload.account is not None:
        row = await context.db.read(queries.GET_BY_RECEIVED_SHA256.one(account=upload.account, sha256=sha256))
        if row and upload.album:
            await albums.add_images(context, upload.album, upload.account, [row.id])
    return row


async def _store(
    context: ServerContext,
    file: SpooledFile,
    info: MediaInfo,
    upload: Upload,
    received_sha256: str,
    permission: Transaction[None] | None,
) -> Image:
    now = context.now
    intent = await _store_file(context, file, now)
    limit, fullness = context.settings.limits.album_images, row_limits.fullness_of(context, row_limits.UPLOAD_KEYS)
    adding = _add(intent, file, info, upload, received_sha256, now, limit, fullness)
    image: Image | None = None
    try:
        image = await context.db.write(_permitted(permission, adding) if permission else adding)
        return image
    finally:
        if image is None or image.id != intent.image_id:  # else a simultaneous repetition of this upload was faster
            await blob_intents.finish(context, [intent])


def _check_size(context: ServerContext, size: int, info: MediaInfo) -> None:
    limits = context.settings.limits
    limit = limits.animation_bytes if info.animated else limits.image_bytes
    if size > limit:
        raise MediaTooLargeError(f"it has {size:,} bytes, and {limit:,} are allowed")


async def _store_file(context: ServerContext, file: SpooledFile, now: int) -> BlobIntent:
    """Store the file under a new id; return the intent, which the transaction that inserts the image's row deletes."""
    file.flush()
    for _ in range(_ID_ATTEMPTS):
        intent = await context.db.write(blob_intents.reserve(ids.new_id(), now))
        if intent is None:
            continue
        try:
            await context.blobs.put(file.path, intent.image_id)
        except FileExistsError:  # a file without a row, as `server check` reports
            await context.db.write(blob_intents.forget([intent]))
        except BaseException:
            await blob_intents.finish(context, [intent])
            raise
        else:
            return intent
    raise AssertionError("no free id")  # pragma: no cover - chance


@transaction
def _permitted(permission: Transaction[None], adding: Transaction[Image]) -> Steps[Image]:
    yield from permission
    return (yield from adding)


@transaction
def _add(
    intent: BlobIntent,
    file: SpooledFile,
    info: MediaInfo,
    upload: Upload,
    received_sha256: str,
    now: int,
    album_limit: int,
    fullness: Fullness,
) -> Steps[Image]:
    if upload.upload_key:  # a repetition at the same time finds the first upload here: `Engine.write` is serializable
        query = upload_keys.query_image(upload.upload_key, received_sha256, now, has_file=True)
        earlier = upload_keys.check_same_file((yield query), received_sha256)
        if earlier:
            return earlier
    deletehash = ids.new_deletehash()
    id = intent.image_id
    yield from blob_intents.forget([intent])
    yield queries.INSERT_IMAGE.run(
        id=id,
        deletehash=deletehash,
        account_id=upload.account,
        client_id=upload.client_id,
        title=upload.title or None,
        description=upload.description or None,
        name=upload.name,
        type=info.type,
        ext=info.ext,
        animated=int(info.animated),
        has_sound=int(info.has_sound),
        width=info.width,
        height=info.height,
        size=file.size,
        duration=info.duration,
        sha256=file.sha256,
        created=now,
        received_sha256=received_sha256,
        mp4_size=upload_processing.mp4_size(info, file.size),
    )
    if upload.upload_key:
        yield from upload_keys.remember(upload.upload_key, id, now, fullness)
    if upload.album:
        yield from albums.append(upload.album, upload.account, [deletehash], album_limit)
    return (yield image_queries.GET_BY_ID.exactly_one(id=id))
