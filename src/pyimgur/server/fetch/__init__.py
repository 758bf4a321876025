"""Files from other addresses, fetched without ever reaching what this machine alone can reach."""

from __future__ import annotations

from pyimgur.server.fetch.fetcher import Fetcher

__all__ = ["Fetcher"]
