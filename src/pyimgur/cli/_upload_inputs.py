"""What a command line names to be uploaded: files, patterns, folders, addresses, standard input, the clipboard.

Nothing is opened here but folders: a file that cannot be read fails by itself later, and the others are uploaded.
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

MOST_NAMED = 5
"""How many skipped files are named."""
_PATTERN = re.compile(r"[*?[]")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
"""One letter alone would be a drive."""


@dataclass(frozen=True, slots=True)
class UploadInput:
    """One thing to upload."""

    name: str
    """As the user knows it."""
    path: Path | None = None
    url: str | None = None

    @property
    def size(self) -> int | None:
        """Bytes, where they can be told."""
        try:
            return self.path.stat().st_size if self.path else None
        except OSError:
            return None


@dataclass
class UploadInputs:
    """Everything that is named, in order, and what cannot be had; what comes through a pipe is kept in `aside`."""

    aside: Path
    recursive: bool
    given: list[UploadInput] = field(default_factory=list[UploadInput])
    failures: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])
    """Files in folders whose names are not those of pictures or videos."""
    left: list[str] = field(default_factory=list[str])
    """Folders in folders, which are looked into only with --recursive."""

    def add(self, word: str) -> None:
        """What one word of the command line names."""
        try:
            if word == "-":
                self._add_piped(sys.stdin.buffer, "standard input")
            elif _ADDRESS.match(word):
                self.given.append(_fetched(word))
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
        """Return what names the files and folders that were skipped; empty if none was."""
        files = f"{len(self.skipped):,} by name, not pictures or videos: {_named(self.skipped)}" if self.skipped else ""
        kind = "folder" if len(self.left) == 1 else "folders"
        folders = f"{len(self.left):,} {kind}, which --recursive uploads: {_named(self.left)}" if self.left else ""
        told = "; ".join(filter(None, (files, folders)))
        return f"Skipped {told}." if told else ""

    def add_clipboard(self) -> None:
        """The picture in the clipboard."""
        path = self.aside / "clipboard.png"
        path.write_bytes(_clipboard.read_image())
        self.given.append(UploadInput("the clipboard", path))

    def _add_piped(self, stream: BinaryIO, name: str) -> None:
        if stream.isatty():
            raise CommandError(f"{name} is this terminal: pipe a picture into it, or use <beach.png")
        folder = self.aside / str(len(self.given))
        folder.mkdir(exist_ok=True)
        path = folder / "upload"
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        if not path.stat().st_size:
            raise CommandError(f"{name} is empty: there is nothing to upload")
        self.given.append(UploadInput(name, path))

    def _add_path(self, path: Path) -> None:
        if not os.path.isdir(path):  # noqa: PTH112 - Path's raises for a name that is too long
            self.given.append(UploadInput(str(path), path))
            return
        told = len(self.failures)
        files = list(self._files(path, set()))
        found = [file for file in files if type_by_name(file.name)]
        if not found and len(self.failures) == told:  # nobody knows what is in a folder that cannot be read
            more = "" if self.recursive else " (use --recursive to include subfolders)"
            self.failures.append(f"{path} holds no pictures{more}")
        self.skipped += [str(file) for file in files if not type_by_name(file.name)]
        self.given += [UploadInput(str(file), file) for file in found]

    def _files(self, folder: Path, walked: set[tuple[int, int]]) -> Iterator[Path]:
        """The visible files in it, in the order of their names; a folder that links lead into again is walked once."""
        try:
            inside, about = sorted(folder.iterdir(), key=lambda path: _natural_sort_key(path.name)), folder.stat()
        except OSError as error:
            self.failures.append(f"the folder {folder} cannot be read: {error.strerror}")
            return
        if (about.st_dev, about.st_ino) in walked:
            return
        walked.add((about.st_dev, about.st_ino))
        for path in inside:
            if path.name.startswith("."):
                continue
            if not os.path.isdir(path):  # noqa: PTH112 - Path's raises where a folder may be listed and not entered
                yield path
            elif self.recursive:
                yield from self._files(path, walked)
            else:
                self.left.append(str(path))


def _named(skipped: list[str]) -> str:
    """The first of these, and how many more there are."""
    more = f", and {len(skipped) - MOST_NAMED:,} more" if len(skipped) > MOST_NAMED else ""
    return f"{', '.join(map(sanitize, skipped[:MOST_NAMED]))}{more}"


def _fetched(address: str) -> UploadInput:
    if address.partition(":")[0].lower() not in {"http", "https"}:
        raise CommandError(
            f"{address} is not an http or https URL, so Imgur cannot fetch it; name a file by its path alone"
        )
    return UploadInput(address, url=address)


def _is_pipe(word: str) -> bool:
    """Whether it is one that a program writes into, as the shell's `<(…)` is."""
    try:
        return stat.S_ISFIFO(Path(word).stat().st_mode)
    except (OSError, ValueError):
        return False


def _matches(pattern: str) -> list[str]:
    found = sorted(glob.glob(pattern, recursive=True), key=_natural_sort_key)  # noqa: PTH207 - Path takes no absolute pattern
    if not found:
        raise CommandError(f"nothing matches {pattern!r}")
    return found


def _natural_sort_key(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Return what sorts as people do: picture 10 after picture 9, numbers before letters, beach before beach 1."""
    stem, extension = os.path.splitext(name)  # noqa: PTH122 - a pattern's path stays as it is written
    parts = re.findall(r"[0-9]+|[^0-9]+", stem)
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part.casefold()) for part in parts], extension
