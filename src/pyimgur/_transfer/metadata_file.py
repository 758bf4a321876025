"""Write the metadata of a downloaded picture to a JSON file beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..exceptions import FileError
from .download_plan import DownloadTarget
from .partial_file import own_part


def write_metadata(target: DownloadTarget, path: Path, *, with_secrets: bool = False) -> None:
    """Write the picture's metadata to a file beside it, such as `beach.jpg.json`, unless that exists.

    With secrets, it contains delete hashes, and only its owner can read it; an existing file without them is replaced.

    Raises:
        FileError: it cannot be written.
    """
    metadata_path = path.with_name(f"{path.name}.json")
    metadata = target.picture.metadata(with_secrets=with_secrets)
    if os.path.lexists(metadata_path) and not (with_secrets and _lacks_secrets(metadata_path, metadata)):
        return
    part = own_part(metadata_path)
    try:
        with open(
            part, "x", encoding="utf-8", errors="replace", opener=_private_opener if with_secrets else None
        ) as file:
            file.write(f"{json.dumps(metadata, ensure_ascii=False, indent=2)}\n")
        part.replace(metadata_path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError(f"cannot write {str(metadata_path)!r}: {error.strerror}") from error


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _lacks_secrets(metadata_path: Path, metadata: dict[str, Any]) -> bool:
    """Return whether a file of an earlier run lacks one of these delete hashes, or can be read by others."""
    secrets = [fields["deletehash"] for fields in (metadata, metadata.get("album") or {}) if fields.get("deletehash")]
    try:
        text = metadata_path.read_text("utf-8", errors="replace")
        open_to_others = os.name == "posix" and bool(secrets) and bool(metadata_path.stat().st_mode & 0o077)
    except OSError:
        return True
    return open_to_others or not all(secret in text for secret in secrets)
