"""Remove at the start what the last server left unfinished."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pyimgur.server.services import blob_intents, ids

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


async def remove_unfinished(context: ServerContext) -> None:
    """Remove uploads and renditions in progress, and the objects of images whose row was not written or was deleted.

    Nothing else is ever removed, so opening the data folder with the wrong database deletes no files.
    """
    names = await asyncio.to_thread(context.spool_folder.clear)
    await context.db.write(blob_intents.begin(_image_ids(names), context.now))
    await blob_intents.finish_all(context)


def _image_ids(names: list[str]) -> list[str]:
    """Return the ids among the names of spooled files: versions before 1.0 recorded intents there, named by the id."""
    heads = (name.partition(".")[0] for name in names)
    return [*dict.fromkeys(head for head in heads if ids.is_id(head))]
