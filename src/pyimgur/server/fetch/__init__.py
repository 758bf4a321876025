"""Download files for uploads by URL, without access to hosts in private networks (SSRF)."""

from __future__ import annotations

from pyimgur.server.fetch.fetcher import Fetcher

__all__ = ["Fetcher"]
