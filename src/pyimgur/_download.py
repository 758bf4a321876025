"""How a picture reaches the disk: whole or not at all, and never over another file unless told.

The bytes go to a hidden file beside the target, named after the picture's ETag; it is moved to its
place when it is complete. A large one that broke off stays, and the next download of the same
picture to the same place goes on from there (Range, If-Range). No token is ever sent to where
pictures are.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import glob
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import urljoin, urlsplit

from ._answer import failure
from ._decode import whole
from ._flow import RETRY_STATUS, USER_AGENT, pauses
from ._request import Exchange, Flow, Reply, Sink, Sleep
from ._state import State
from .exceptions import FileError, FileOverwriteError, NoAnswerError, RemovedError

WORTH_KEEPING = 1_000_000
"""Bytes from which on an unfinished download is kept, to be gone on with."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 3
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "image/*,video/*"}
_RANGE = re.compile(r"bytes (\d{1,18})-\d+/(\d{1,18})")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789")}
_LONGEST_NAME = 150


def download(state: State, link: str, sink: FileSink) -> Flow[Path]:
    """The picture at `link`, whole, at the sink's place."""
    label = f"GET {link}"
    try:
        for pause in pauses(state.retries):
            try:
                reply = yield from fetch(link, sink, label, sink.headers())
                if reply.status == 416 and sink.forget():
                    continue
                if pause is None or reply.status not in RETRY_STATUS:
                    return _finished(reply, sink, label, state.clock())
            except NoAnswerError:
                if pause is None:
                    raise
            yield Sleep(pause or 0)
        raise NoAnswerError("the picture changes while it is read", request=label)
    finally:
        sink.leave()


def fetch(link: str, sink: Sink, label: str, headers: Mapping[str, str]) -> Flow[Reply]:
    """The answer at the end of a few redirects, none of which leads to the "removed" picture."""
    reply = Reply(0, {})
    for _ in range(_HOPS):
        reply = yield Exchange("GET", link, label, {**_HEADERS, **headers}, sink=sink)
        if reply.status not in _REDIRECTS:
            break
        link = urljoin(link, reply.headers.get("location", ""))
        if urlsplit(link).path.endswith("/removed.png"):
            raise RemovedError("the picture is not there any more", request=label, status=reply.status)
    return reply


def _finished(reply: Reply, sink: FileSink, label: str, now: float) -> Path:
    if (error := failure(reply, label, now)) is not None:
        raise error
    if sink.size == 0:
        raise RemovedError("the answer is no picture", request=label, status=reply.status)
    return sink.finish()


class FileSink:
    """A download on its way to `target`.

    Raises:
        FileOverwriteError: the target exists, and `overwrite` is not set.
    """

    def __init__(self, target: Path, *, overwrite: bool) -> None:
        if target.exists() and not overwrite:
            raise _exists(target)
        self.target = target
        self.size = 0
        self._overwrite = overwrite
        self._file: IO[bytes] | None = None
        self._expected: int | None = None
        self._part, self._etag = _partial(target)
        if self._part is not None:
            self.size = self._part.stat().st_size

    def headers(self) -> dict[str, str]:
        """What to ask with: the rest only, where there is a beginning already."""
        if not self.size or not self._etag:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self._etag}

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether this answer is the picture, or the rest of it; then its bytes come here."""
        self.close()
        if not headers.get("content-type", "").startswith(("image/", "video/")):
            return False
        rest = _RANGE.fullmatch(headers.get("content-range", "")) if status == 206 else None
        if rest is not None and int(rest[1]) == self.size and self._part is not None:
            self._expected = int(rest[2])
            self._file = self._open(self._part, "r+b")
            self._file.seek(self.size)
            return True
        return status == 200 and self._begin(headers)

    def _begin(self, headers: Mapping[str, str]) -> bool:
        """Start anew, under the name of this version of the picture."""
        self.forget()
        self._expected = None if "content-encoding" in headers else whole(headers.get("content-length"))
        self._etag = headers.get("etag", "")
        self._part = _part_of(self.target, self._etag)
        self._file = self._open(self._part, "wb")
        return True

    def _open(self, path: Path, mode: str) -> IO[bytes]:
        try:
            return path.open(mode, buffering=0)
        except OSError as error:
            raise FileError(f"cannot write into {str(self.target.parent)!r}: {error.strerror}") from error

    def write(self, chunk: bytes) -> None:
        """Take more bytes of the picture."""
        assert self._file is not None
        try:
            self._file.write(chunk)
        except OSError as error:
            raise FileError(f"cannot write {str(self.target)!r}: {error.strerror}") from error
        self.size += len(chunk)

    def close(self) -> None:
        """Stop writing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def forget(self) -> bool:
        """Remove the beginning there is; whether there was one."""
        self.close()
        part, self._part, self.size = self._part, None, 0
        if part is not None:
            part.unlink(missing_ok=True)
        return part is not None

    def leave(self) -> None:
        """Leave nothing behind, but for a beginning that is worth going on with."""
        self.close()
        if not (self._etag.startswith('"') and self.size >= WORTH_KEEPING):
            self.forget()

    def finish(self) -> Path:
        """The complete file at its place.

        Raises:
            NoAnswerError: less came than was announced.
            FileOverwriteError: the place was taken meanwhile.
        """
        self.close()
        assert self._part is not None
        if self._expected is not None and self.size != self._expected:
            raise NoAnswerError(
                f"only {self.size:,} of {self._expected:,} bytes came", request=f"GET {self.target.name}"
            )
        if self._overwrite:
            self._part.replace(self.target)
        else:
            _place(self._part, self.target)
        self._part = None
        return self.target


def _place(part: Path, target: Path) -> None:
    """Give the file its name, unless the name is taken."""
    try:
        os.link(part, target)
    except FileExistsError:
        part.unlink(missing_ok=True)
        raise _exists(target) from None
    except OSError:  # a file system without links
        if target.exists():
            raise _exists(target) from None
        part.replace(target)
    else:
        part.unlink()


def _exists(target: Path) -> FileOverwriteError:
    return FileOverwriteError(f"{str(target)!r} exists: say overwrite=True, or another name")


# ---- names


def _part_of(target: Path, etag: str) -> Path:
    """Where a download of this version is written until it is complete."""
    version = base64.urlsafe_b64encode(etag.encode()).decode().rstrip("=") if 2 < len(etag) <= 60 else ""
    return target.with_name(f"{_part_prefix(target)}{version or secrets.token_hex(8) + '~'}.part")


def _part_prefix(target: Path) -> str:
    return f".{target.name[:60]}."


def _partial(target: Path) -> tuple[Path | None, str]:
    """The beginning that an earlier download left here, with its ETag."""
    for path in sorted(target.parent.glob(f"{glob.escape(_part_prefix(target))}*.part")):
        version = path.name[len(_part_prefix(target)) : -len(".part")]
        with contextlib.suppress(binascii.Error, UnicodeDecodeError, ValueError):
            etag = base64.urlsafe_b64decode(version + "=" * (-len(version) % 4)).decode("ascii")
            if etag.startswith('"') and etag.isprintable():
                return path, etag
    return None, ""


def safe_name(name: str) -> str:
    """`name` as the name of one file in one folder, on every system.

    Raises:
        FileError: nothing usable is left of it.
    """
    kept = "".join(char for char in name if char.isprintable() and char not in '<>:"/\\|?*')
    kept = kept[:_LONGEST_NAME].encode("utf-8", "ignore").decode().strip().rstrip(". ")
    if not kept.strip("."):
        raise FileError(f"{name!r} cannot be the name of a file")
    return f"_{kept}" if kept.split(".")[0].strip().lower() in _DEVICES else kept
