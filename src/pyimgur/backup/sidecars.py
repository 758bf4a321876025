"""Write the JSON file beside each image: what the API sent about it, and what the backup knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .durable import flush_folder, make_durable_folder, write_durable
from .layout import FORMAT, INCOMING, inside, sidecar_path
from .records import SECRET
from .rows import Item

PRIVATE = 0o600


class Sidecar:
    """Writes sidecars.

    Args:
        folder: the folder of the backup.
        source: how the images were found, such as `account`.
        with_secrets: whether sidecars have delete hashes; then only the owner can read them.
        clock: returns the Unix time.
    """

    def __init__(self, folder: Path, source: str, *, with_secrets: bool, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._source = source
        self._with_secrets = with_secrets
        self._clock = clock

    def write(self, item: Item, sha256: str, size: int, albums: list[tuple[str, int]]) -> None:
        """Write the sidecar of a saved item, flushed to the disk."""
        assert item.path is not None
        path = inside(self._folder, sidecar_path(item.path))
        make_durable_folder(path.parent, self._folder)
        write_durable(
            path,
            [encode(self._document(item, sha256, size, albums))],
            self._folder / INCOMING,
            mode=PRIVATE if self._with_secrets else 0o666,
        )
        flush_folder(path.parent)

    def _document(self, item: Item, sha256: str, size: int, albums: list[tuple[str, int]]) -> dict[str, Any]:
        secrets = {SECRET: item.deletehash} if self._with_secrets and item.deletehash else {}
        own = {
            "format": FORMAT,
            "sha256": sha256,
            "size": size,
            "saved": int(item.saved or self._clock()),
            "source": self._source,
            "albums": albums,
        }
        return {**item.raw, **secrets, "pyimgur": own}


def encode(document: object) -> bytes:
    """Return a document as JSON: UTF-8, sorted keys, and a newline at the end."""
    return f"{json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)}\n".encode("utf-8", "replace")
