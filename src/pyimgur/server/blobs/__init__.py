"""Blob storage: uploaded files by image ID, renditions made from them, and uploads in progress."""

from __future__ import annotations

from pyimgur.server.blobs.disk import DiskBlob, DiskBlobStore
from pyimgur.server.blobs.durable_files import DurableFiles, translate_disk_full
from pyimgur.server.blobs.spool import SpooledFile, SpoolFolder
from pyimgur.server.blobs.store import Blob, BlobStore, StoredObject

__all__ = [
    "Blob",
    "BlobStore",
    "DiskBlob",
    "DiskBlobStore",
    "DurableFiles",
    "SpoolFolder",
    "SpooledFile",
    "StoredObject",
    "translate_disk_full",
]
