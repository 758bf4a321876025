"""Read an image from the clipboard, and copy text to it, with the clipboard program of this system."""

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
"""They are tried in this order, until one works: a program for another kind of desktop fails at once."""


def read_image() -> bytes:
    """Return the image in the clipboard, as PNG.

    Raises:
        CommandError: there is none, or no clipboard program is installed.
    """
    for command in _installed(READERS):
        done = _run(command)
        if done is not None and done.stdout:
            return done.stdout
    raise CommandError("there is no picture in the clipboard")


def copy(text: str) -> None:
    """Copy this text to the clipboard.

    Raises:
        CommandError: no clipboard program is installed, or all of them failed.
    """
    if not any(_run(command, text.encode()) for command in _installed(WRITERS)):
        raise CommandError("nothing could be copied to the clipboard")


def _installed(commands: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
    installed = [command for command in commands if shutil.which(command[0])]
    if not installed:
        raise CommandError(f"the clipboard needs one of {', '.join(command[0] for command in commands)}: install one")
    yield from installed


def _run(command: tuple[str, ...], text: bytes | None = None) -> subprocess.CompletedProcess[bytes] | None:
    """Run a clipboard program; return None if it fails.

    A program that copies stays in the background afterwards, so it must not inherit our stdout.
    """
    out = subprocess.PIPE if text is None else subprocess.DEVNULL
    try:
        return subprocess.run(
            command, input=text or b"", stdout=out, stderr=subprocess.DEVNULL, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
