"""The public module of `Picture` and `Download`, which `resources/pictures.py` defines."""

from __future__ import annotations

from .resources.pictures import AsyncDownload, AsyncPicture, Download, Outcome, Picture

__all__ = ["AsyncDownload", "AsyncPicture", "Download", "Outcome", "Picture"]
