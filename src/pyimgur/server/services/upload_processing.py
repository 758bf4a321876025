"""What an upload becomes before it is kept: without metadata, without its sound.

Whose uploads are stripped is a setting; what need not change stays as it came, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.blobs import space
from pyimgur.server.media.mp4_size import MOST_WORK

if TYPE_CHECKING:
    from pyimgur.server.blobs import Incoming
    from pyimgur.server.media import Look
    from pyimgur.server.services.context import Library
    from pyimgur.server.settings import Settings

GIF, VIDEO = "image/gif", "video/"


async def prepare(library: Library, incoming: Incoming, look: Look, *, own: bool, mute: bool, owner: str) -> Look:
    """Strip and silence what came in, as far as that is due; what it is afterwards.

    `own` says that it belongs to an account, `mute` that its sender wants it without its sound; `owner` is in whose
    name the work waits its turn. A video gets a new container, and what it is may change with it: without its sound
    it may be shorter.
    """
    mute = mute and look.has_sound
    if not (mute or _strips(library.settings, own)):
        return look
    made = library.blobs.temporary()
    try:
        with space():
            await (library.media.mute if mute else library.media.strip)(
                incoming.path, made, owner=owner
            )  # muting strips too
            await incoming.become(made)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return await library.media.look(incoming.path, owner=owner) if look.type.startswith(VIDEO) else look


def _strips(settings: Settings, own: bool) -> bool:
    return settings.strip == "all" or (settings.strip == "anonymous" and not own)


def mp4_size(look: Look, size: int) -> int | None:
    """Return what a new row says of its MP4: its size if the file is one, 0 if one is to be made, None if none."""
    if look.plays:
        return size
    if look.type == GIF:
        return 0 if look.animated and look.width * look.height * look.frames <= MOST_WORK else None
    return 0 if look.type.startswith(VIDEO) else None
