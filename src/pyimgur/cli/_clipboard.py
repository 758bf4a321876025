"""The clipboard, through whichever of the usual programs this system has."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from ._errors import CommandError

SECONDS = 10
READERS = (
    ("wl-paste", "--no-newline", "--type", "image/png"),
    ("xclip", "-selection", "clipboard", "-target", "image/png", "-out"),
    ("pngpaste", "-"),
)
WRITERS = (
    ("wl-copy",),
    ("xclip", "-selection", "clipboard", "-in"),
    ("xsel", "--clipboard", "--input"),
    ("pbcopy",),
    ("clip.exe",),
)
"""The first that is there and works is used: a program for another kind of desktop fails at once."""


def read_image() -> bytes:
    """The picture in the clipboard, as PNG.

    Raises:
        CommandError: there is none, or no program that could tell.
    """
    for command in _installed(READERS):
        done = _run(command)
        if done is not None and done.stdout:
            return done.stdout
    raise CommandError("there is no picture in the clipboard")


def copy(text: str) -> None:
    """Put this text into the clipboard.

    Raises:
        CommandError: no program could.
    """
    if not any(_run(command, text.encode()) for command in _installed(WRITERS)):
        raise CommandError("nothing could be copied to the clipboard")


def _installed(commands: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
    found = [command for command in commands if shutil.which(command[0])]
    if not found:
        raise CommandError(f"the clipboard needs one of {', '.join(command[0] for command in commands)}: install one")
    yield from found


def _run(command: tuple[str, ...], given: bytes | None = None) -> subprocess.CompletedProcess[bytes] | None:
    """What the program gave; None if it failed. One that writes goes on behind: it must not hold our output."""
    out = subprocess.PIPE if given is None else subprocess.DEVNULL
    try:
        return subprocess.run(
            command, input=given or b"", stdout=out, stderr=subprocess.DEVNULL, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
