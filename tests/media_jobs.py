"""The functions that media workers run, called in this process on files by their paths."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from pyimgur.server.media import metadata_removal, transcode
from pyimgur.server.media import probe as probing
from pyimgur.server.media import remux as remuxing
from pyimgur.server.media import thumbnails as resizing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyimgur.server.media import MediaInfo


def look(path: Path, pixels: int) -> MediaInfo:
    """Return what the file is."""
    with path.open("rb") as file:
        return probing.probe(file, pixels)


def thumbnails(source: Path, targets: Mapping[str, Path], pixels: int) -> None:
    """Write some of the thumbnails as new files."""
    with ExitStack() as files:
        opened = {letter: files.enter_context(target.open("x+b")) for letter, target in targets.items()}
        resizing.write_thumbnails(files.enter_context(source.open("rb")), opened, pixels)


def scaled(source: Path, target: Path, ext: str, maxwidth: int | None, pixels: int) -> None:
    """Write the first frame in another format or size as a new file."""
    with source.open("rb") as read, target.open("x+b") as written:
        resizing.write_resized(read, written, ext, maxwidth, pixels)


def to_mp4(source: Path, target: Path, pixels: int, *, sound: bool = True) -> None:
    """Write a GIF or a video as a new MP4."""
    with source.open("rb") as read, target.open("x+b") as written:
        transcode.to_mp4(read, written, pixels, keep_audio=sound)


def remux(source: Path, target: Path, pixels: int, *, sound: bool) -> None:
    """Write the video into a new file of the same container, nothing encoded again."""
    with source.open("rb") as read, target.open("x+b") as written:
        remuxing.remux(read, written, pixels, keep_audio=sound)


def strip(source: Path, target: Path, pixels: int) -> None:
    """Write the file without its metadata as a new file."""
    with source.open("rb") as read, target.open("x+b") as written:
        metadata_removal.write_without_metadata(read, written, pixels)
