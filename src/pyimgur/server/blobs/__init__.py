"""Where bytes live: pictures under their ids, what is made of them beside, and what is still coming in."""

from __future__ import annotations

from pyimgur.server.blobs.disk import DiskBlobs, Incoming, space
from pyimgur.server.blobs.durable_files import Files

__all__ = ["DiskBlobs", "Files", "Incoming", "space"]
