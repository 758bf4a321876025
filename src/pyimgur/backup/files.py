"""Save the file of one image: download, verify, flush to the disk, rename, and only then report it as saved.

The digest is taken from the bytes as they arrive. A file appears under its name only when it is complete and flushed,
so that a crash at any point leaves either the file or nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from .._core.effects import Flow
from .._core.endpoint import M, action
from .._transfer.download import download
from .._transfer.file_sink import FileSink
from ..client import Imgur
from ..exceptions import (
    AuthenticationError,
    FileError,
    ImgurError,
    RateLimitError,
    RemovedError,
    ResourceNotFoundError,
)
from ..resources._client_bound import ClientBound
from .durable import CHUNK, digests_of, flush, flush_folder, make_durable_folder, set_time
from .errors import BackupError
from .layout import INCOMING, account_path, file_path, inside, is_id, stem
from .picture_types import HEAD, PLACEHOLDERS, extension_of
from .records import ACCOUNT_PICTURE
from .rows import Item
from .sidecars import Sidecar

Proof = Literal["digest", "size", "length"]
"""The evidence that a file is what Imgur has: its ETag is the file's digest, the API told its size, or only the length
of the response is right."""
_ETAG = re.compile(r'(?:W/)?"([0-9a-f]{32}|[0-9a-f]{64})"')
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an item: its state, and for a saved one the values of its row."""

    state: str
    error: str = ""
    path: str = ""
    size: int = 0
    sha256: str = ""
    proof: Proof = "length"
    type: str = ""
    limited: RateLimitError | None = None
    """The rate limit that was reached, if that is why it is still pending."""

    def values(self, saved: float) -> dict[str, object]:
        """Return the columns of the item's row."""
        return {
            "path": self.path, "size": self.size, "sha256": self.sha256, "proof": self.proof, "type": self.type,
            "saved": saved, "sidecar": 1,
        }  # fmt: skip


class DigestSink(FileSink):
    """Writes a download to a file, and takes its digests on the way; those of a resumed part are read first."""

    def __init__(self, target: Path) -> None:
        super().__init__(target, overwrite=True)
        self.head: bytes = b""
        self.etag: str = ""
        self.type: str = ""
        self._sha256, self._md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """The MD5 of what was written: Imgur's ETag."""
        return self._md5.hexdigest()

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool:
        """Return whether this response is the picture or the rest of it."""
        accepted = super().accepts(status, headers)
        self.etag, self.type = headers.get("etag", ""), headers.get("content-type", "").partition(";")[0]
        return accepted

    def write(self, chunk: bytes) -> None:
        """Write bytes of the picture."""
        self._digest(chunk)
        super().write(chunk)

    def _digest(self, chunk: bytes) -> None:
        self._sha256.update(chunk)
        self._md5.update(chunk)
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]

    def _resume(self, part: Path, headers: Mapping[str, str]) -> bool:
        if not super()._resume(part, headers):
            return False
        self._begin_digests()
        with part.open("rb") as file:
            while chunk := file.read(CHUNK):
                self._digest(chunk)
        return True

    def _restart(self, headers: Mapping[str, str]) -> bool:
        self._begin_digests()
        return super()._restart(headers)

    def _begin_digests(self) -> None:
        self.head, self._sha256, self._md5 = b"", hashlib.sha256(), hashlib.md5(usedforsecurity=False)


class FileCalls(ClientBound[M]):
    """Downloads of a client into a sink of this package."""

    @action
    def save(self, link: str, sink: FileSink, etags: str) -> Flow[Path | None]:
        """Download a link to a sink; None if it has one of these ETags."""
        return download(self._executor.state, link, sink, etags)


class FileSaver:
    """Saves files in a backup's folder; any thread may use it.

    Args:
        im: the client.
        folder: the folder of the backup.
        sidecar: writes the sidecars.
    """

    def __init__(self, im: Imgur, folder: Path, sidecar: Sidecar) -> None:
        self._calls = FileCalls(im._executor)  # pyright: ignore[reportPrivateUsage] - the executor is the client
        self._folder = folder
        self._sidecar = sidecar

    def save(self, item: Item, albums: list[tuple[str, int]]) -> Outcome:
        """Save the file of an item and its sidecar, and return what became of it.

        Raises:
            BackupError: the disk is full, or cannot be written to.
        """
        if item.kind != ACCOUNT_PICTURE and not is_id(item.id):
            return Outcome("refused", "this id cannot be part of a file's name")
        try:
            outcome = self._save(item)
            if outcome.state == "saved":
                self._sidecar.write(replace(item, path=outcome.path), outcome.sha256, outcome.size, albums)
        except FileError as error:
            raise BackupError(error.message) from error
        except OSError as error:
            raise BackupError(f"cannot write into {str(self._folder)!r}: {error.strerror or error}") from error
        return outcome

    def _save(self, item: Item) -> Outcome:
        present = self._present(item)
        etags = "" if present is None else ", ".join(f'"{digest}"' for digest in digests_of(present))
        sink = DigestSink(self._folder / INCOMING / f"{stem(item.id) if is_id(item.id) else item.id[1:]}.new")
        try:
            received = self._calls.save(item.link, sink, etags)
        except FileError:
            raise
        except ImgurError as error:
            return _failed(error)
        if received is None:
            assert present is not None
            return self._describe(item, present, digests_of(present)[0], "digest", sink.type)
        try:
            return self._place(item, received, sink)
        finally:
            received.unlink(missing_ok=True)  # it is renamed by now, or is no picture

    def _present(self, item: Item) -> Path | None:
        """Return the file of an item that is not recorded: the run was killed between its renaming and its row."""
        if not is_id(item.id):
            return None
        folder = inside(self._folder, file_path(item.id, "x")).parent
        found = (path for path in folder.glob(f"{stem(item.id)}.*") if path.suffix != ".json" and path.is_file())
        return next(found, None)

    def _place(self, item: Item, received: Path, sink: DigestSink) -> Outcome:
        """Check what was received, flush it, and rename it."""
        if sink.md5 in PLACEHOLDERS:
            return Outcome("gone", "Imgur sent its placeholder for removed images")
        if (extension := extension_of(sink.head)) is None:
            return Outcome("refused", f"what Imgur sent as {sink.type} is no picture")
        path = account_path(item.id[1:], extension) if not is_id(item.id) else file_path(item.id, extension)
        target = inside(self._folder, path)
        make_durable_folder(target.parent, self._folder)
        set_time(received, item.created)
        flush(received)
        received.replace(target)
        flush_folder(target.parent)
        return self._describe(item, target, sink.sha256, _proof(item, sink), sink.type)

    def _describe(self, item: Item, path: Path, sha256: str, proof: Proof, type: str) -> Outcome:
        relative = path.relative_to(self._folder).as_posix()
        return Outcome(
            "saved", "", relative, path.stat().st_size, sha256, proof, type or str(item.raw.get("type") or "")
        )


def _proof(item: Item, sink: DigestSink) -> Proof:
    """Return what shows that a file is what Imgur has."""
    etag = _ETAG.fullmatch(sink.etag)
    if etag and etag[1] in {sink.md5, sink.sha256}:
        return "digest"
    return "size" if item.expected_size == sink.size else "length"


def _failed(error: ImgurError) -> Outcome:
    """Return the outcome of a download that failed."""
    match error:
        case RateLimitError():
            return Outcome("pending", error.sentence, limited=error)
        case RemovedError(status=status) if status in _OK:
            return Outcome("refused", error.sentence)
        case ResourceNotFoundError():
            return Outcome("gone", error.sentence)
        case AuthenticationError():
            return Outcome("blocked", error.sentence)
        case _:
            return Outcome("failed", error.sentence)
