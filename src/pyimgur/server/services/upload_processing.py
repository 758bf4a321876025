"""What an upload becomes before it is kept: without metadata, without its sound.

Whose uploads are stripped is a setting; what need not change stays as it came, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.blobs import translate_disk_full
from pyimgur.server.media.mp4_size import MOST_WORK

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.media import MediaInfo
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.settings import Settings

GIF, VIDEO = "image/gif", "video/"


async def process_upload(
    library: ServerContext, incoming: SpooledFile, look: MediaInfo, *, own: bool, mute: bool, owner: str
) -> MediaInfo:
    """Strip and silence what came in, as far as that is due; what it is afterwards.

    `own` says that it belongs to an account, `mute` that its sender wants it without its sound; `owner` is in whose
    name the work waits its turn. A video gets a new container, and what it is may change with it: without its sound
    it may be shorter.
    """
    mute = mute and look.has_sound
    if not (mute or _should_strip(library.settings, own)):
        return look
    made = library.blobs.temporary()
    try:
        with translate_disk_full():
            await (library.media.mute if mute else library.media.strip)(
                incoming.path, made, owner=owner
            )  # muting strips too
            await incoming.replace_with(made)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return await library.media.probe(incoming.path, owner=owner) if look.type.startswith(VIDEO) else look


def _should_strip(settings: Settings, own: bool) -> bool:
    return settings.strip == "all" or (settings.strip == "anonymous" and not own)


def mp4_size(look: MediaInfo, size: int) -> int | None:
    """Return what a new row says of its MP4: its size if the file is one, 0 if one is to be made, None if none."""
    if look.plays:
        return size
    if look.type == GIF:
        return 0 if look.animated and look.width * look.height * look.frames <= MOST_WORK else None
    return 0 if look.type.startswith(VIDEO) else None
