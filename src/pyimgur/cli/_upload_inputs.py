"""Expand what a command line names for upload: files, patterns, folders, URLs, standard input, the clipboard.

Files are not opened here: one that cannot be read fails later, and the others are uploaded.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from .._media_types import type_by_name
from . import _clipboard
from ._errors import CommandError
from ._terminal_text import sanitize

MAX_NAMES = 5
"""How many skipped files are listed by name."""
_PATTERN = re.compile(r"[*?[]")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
"""At least two letters: a single one is a drive of Windows."""


@dataclass(frozen=True, slots=True)
class UploadInput:
    """One file or URL to upload."""

    name: str
    """What the user calls it."""
    path: Path | None = None
    url: str | None = None

    @property
    def size(self) -> int | None:
        """The size in bytes, if it is known."""
        try:
            return self.path.stat().st_size if self.path else None
        except OSError:
            return None


@dataclass
class UploadInputs:
    """Everything to upload, in order, and error messages about the rest. Data from pipes is stored in `folder`."""

    folder: Path
    recursive: bool
    files: list[UploadInput] = field(default_factory=list[UploadInput])
    failures: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])
    """Files in folders that do not have the name of a picture or a video."""
    subfolders: list[str] = field(default_factory=list[str])
    """Subfolders that are skipped without --recursive."""

    def add(self, word: str) -> None:
        """Add what one word of the command line names."""
        try:
            if word == "-":
                self._add_piped(sys.stdin.buffer, "standard input")
            elif _URL.match(word):
                self.files.append(_from_url(word))
            elif not word:
                self.failures.append("a file name is empty")
            elif _is_pipe(word):
                with Path(word).open("rb") as pipe:
                    self._add_piped(pipe, word)
            elif _PATTERN.search(word) and not os.path.lexists(word):
                for match in _matches(word):
                    self._add_path(Path(match))
            else:
                self._add_path(Path(word))
        except CommandError as failure:
            self.failures.append(str(failure))

    def notice(self) -> str:
        """Return a sentence about the files and folders that were skipped; empty if none was."""
        parts: list[str] = []
        if self.skipped:
            parts.append(f"{len(self.skipped):,} by name, not pictures or videos: {_first_names(self.skipped)}")
        if self.subfolders:
            noun = "folder" if len(self.subfolders) == 1 else "folders"
            names = _first_names(self.subfolders)
            parts.append(f"{len(self.subfolders):,} {noun}, which --recursive uploads: {names}")
        return f"Skipped {'; '.join(parts)}." if parts else ""

    def add_clipboard(self) -> None:
        """Add the picture in the clipboard."""
        path = self.folder / "clipboard.png"
        path.write_bytes(_clipboard.read_image())
        self.files.append(UploadInput("the clipboard", path))

    def _add_piped(self, stream: BinaryIO, name: str) -> None:
        if stream.isatty():
            raise CommandError(f"{name} is this terminal: pipe a picture into it, or use <beach.png")
        folder = self.folder / str(len(self.files))
        folder.mkdir(exist_ok=True)
        path = folder / "upload"
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        if not path.stat().st_size:
            raise CommandError(f"{name} is empty: there is nothing to upload")
        self.files.append(UploadInput(name, path))

    def _add_path(self, path: Path) -> None:
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir() raises for a name that is too long
            self.files.append(UploadInput(str(path), path))
            return
        failures = len(self.failures)
        files = list(self._walk(path, set()))
        media = [file for file in files if type_by_name(file.name)]
        if not media and len(self.failures) == failures:  # a folder that cannot be read is reported already
            advice = "" if self.recursive else " (use --recursive to include subfolders)"
            self.failures.append(f"{path} holds no pictures{advice}")
        self.skipped += [str(file) for file in files if not type_by_name(file.name)]
        self.files += [UploadInput(str(file), file) for file in media]

    def _walk(self, folder: Path, visited: set[tuple[int, int]]) -> Iterator[Path]:
        """Yield the files in a folder in the order of their names, without hidden ones.

        Links may lead into a folder again: it is visited once.
        """
        try:
            paths, status = sorted(folder.iterdir(), key=lambda path: _natural_sort_key(path.name)), folder.stat()
        except OSError as error:
            self.failures.append(f"the folder {folder} cannot be read: {error.strerror}")
            return
        if (status.st_dev, status.st_ino) in visited:
            return
        visited.add((status.st_dev, status.st_ino))
        for path in paths:
            if path.name.startswith("."):
                continue
            if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir() raises if a folder may be listed, not entered
                yield path
            elif self.recursive:
                yield from self._walk(path, visited)
            else:
                self.subfolders.append(str(path))


def _first_names(paths: list[str]) -> str:
    """Return the first of these names, and how many more there are."""
    more = f", and {len(paths) - MAX_NAMES:,} more" if len(paths) > MAX_NAMES else ""
    return f"{', '.join(map(sanitize, paths[:MAX_NAMES]))}{more}"


def _from_url(url: str) -> UploadInput:
    if url.partition(":")[0].lower() not in {"http", "https"}:
        raise CommandError(
            f"{url} is not an http or https URL, so Imgur cannot fetch it; name a file by its path alone"
        )
    return UploadInput(url, url=url)


def _is_pipe(word: str) -> bool:
    """Return whether the word names a pipe, such as the shell's `<(…)`."""
    try:
        return stat.S_ISFIFO(Path(word).stat().st_mode)
    except (OSError, ValueError):
        return False


def _matches(pattern: str) -> list[str]:
    paths = sorted(glob.glob(pattern, recursive=True), key=_natural_sort_key)  # noqa: PTH207 - Path takes no absolute pattern
    if not paths:
        raise CommandError(f"nothing matches {pattern!r}")
    return paths


def _natural_sort_key(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Return a key for natural order: picture 10 after picture 9, numbers before letters, beach before beach 1."""
    stem, extension = os.path.splitext(name)  # noqa: PTH122 - Path would normalize the path of a match
    parts = re.findall(r"[0-9]+|[^0-9]+", stem)
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part.casefold()) for part in parts], extension
