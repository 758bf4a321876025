"""Where bytes live: pictures under their ids, what is made of them beside, and what is still coming in."""

from __future__ import annotations

from pyimgur.server.blobs.disk import DiskBlobStore, SpooledFile, translate_disk_full
from pyimgur.server.blobs.durable_files import DurableFiles

__all__ = ["DiskBlobStore", "DurableFiles", "SpooledFile", "translate_disk_full"]
