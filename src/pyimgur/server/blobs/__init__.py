"""Blob storage: uploaded files by image ID, renditions made from them, and uploads in progress."""

from __future__ import annotations

from pyimgur.server.blobs.disk import DiskBlobStore
from pyimgur.server.blobs.durable_files import DurableFiles, translate_disk_full
from pyimgur.server.blobs.spool import SpooledFile

__all__ = ["DiskBlobStore", "DurableFiles", "SpooledFile", "translate_disk_full"]
