"""Probe an uploaded file, and remove its metadata and audio before it is stored.

A setting says whose uploads lose their metadata. A file that needs no change is stored byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.blobs import translate_disk_full
from pyimgur.server.media.mp4_size import MAX_ENCODED_PIXELS

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.media import MediaInfo
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.settings import Settings

GIF, VIDEO = "image/gif", "video/"


async def process_upload(
    context: ServerContext, file: SpooledFile, *, has_account: bool, mute: bool, owner: str
) -> MediaInfo:
    """Probe the file; remove its metadata if the settings say so, and its audio if requested.

    Args:
        context: the server's context.
        file: the upload; its contents are replaced if something was removed.
        has_account: whether it belongs to an account.
        mute: whether to remove the audio.
        owner: who the work counts for in the queues.

    Returns:
        The probe result of the new contents. A video gets a new container, and may be shorter without its audio.
    """
    strip = _should_strip(context.settings, has_account)
    if not (strip or mute):
        return await context.media.probe(file.path, owner=owner)
    output = context.spool_folder.temporary_path()
    try:
        with translate_disk_full():
            info = await context.media.clean(
                file.path,
                output,
                metadata=strip,
                audio=mute,
                max_still_bytes=context.settings.limits.image_bytes,
                owner=owner,
            )
            if output.stat().st_size:
                await file.replace_with(output)
                return info
    except BaseException:
        output.unlink(missing_ok=True)
        raise
    output.unlink()
    return info


def _should_strip(settings: Settings, has_account: bool) -> bool:
    return settings.strip == "all" or (settings.strip == "anonymous" and not has_account)


def mp4_size(info: MediaInfo, size: int) -> int | None:
    """Return `mp4_size` of a new row: the file's size if browsers play it, 0 if an MP4 will be made, else None."""
    if info.plays:
        return size
    if info.type == GIF:
        return 0 if info.animated and info.width * info.height * info.frames <= MAX_ENCODED_PIXELS else None
    return 0 if info.type.startswith(VIDEO) else None
