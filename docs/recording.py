"""Writes recording.svg: a terminal while the command does its work. `make recording` runs it.

The commands are run at a pseudo-terminal, in a home of their own; what they print is what the picture shows. Each line
appears there at the time at which it became what it is.
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

import pyte
from PIL import Image
from rich.console import Console
from rich.style import Style
from rich.text import Text

PICTURE = Path(__file__).with_suffix(".svg")
SESSION = (
    "pyimgur demo",
    "pyimgur run -- pyimgur upload beach.jpg dunes.jpg --new-album Holiday",
    "pyimgur run -- curl -sS -H 'Authorization: Client-ID me' https://api.imgur.com/3/credits",
)
ROWS, COLUMNS = 50, 100
COLORS = {"default": None, "brown": "yellow"}
"""How the terminal's names for colors differ from the picture's."""
HIDDEN = "@keyframes line { from { opacity: 0 } to { opacity: 1 } }"
FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts from elsewhere, which a page that shows the picture does not load."""


class Terminal:
    """A screen, and since when each of its lines has been as it is."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.began = time.monotonic()
        self.since: dict[int, float] = {}
        self.seen: list[str] = list(self.screen.display)

    def feed(self, said: bytes) -> None:
        """Show what a program has printed."""
        self.stream.feed(said)
        for row, (old, new) in enumerate(zip(self.seen, self.screen.display, strict=True)):
            if old != new:
                self.since[row] = time.monotonic() - self.began
        self.seen = list(self.screen.display)

    def run(self, command: str, environment: dict[str, str]) -> None:
        """Type a command, and show what it prints until it ends; raises if it fails."""
        self.feed(f"\x1b[1m$ {command}\x1b[0m\r\n".encode())
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            ["sh", "-c", f"stty rows {ROWS} cols {COLUMNS}; {command}"],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=environment["HOME"],
            start_new_session=True,
        ) as process:  # fmt: skip
            os.close(theirs)
            while said := _read(ours):
                self.feed(said)
        os.close(ours)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, "\n".join(self.screen.display).rstrip())
        if self.screen.cursor.x:
            self.feed(b"\r\n")

    def lines(self) -> list[Text]:
        """The screen, as far as there is something on it."""
        used = max((row for row, line in enumerate(self.screen.display) if line.strip()), default=0)
        return [self._line(row) for row in range(used + 1)]

    def _line(self, row: int) -> Text:
        cells = [self.screen.buffer[row][column] for column in range(COLUMNS)]
        line = Text()
        for (color, bold), alike in groupby(cells, lambda cell: (cell.fg, cell.bold)):
            line.append("".join(cell.data for cell in alike), Style(color=COLORS.get(color, color), bold=bold))
        line.rstrip()
        return line


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # Linux says so where others give nothing: the program has ended
        return b""


def picture(terminal: Terminal) -> str:
    """The screen as an SVG whose lines appear one after the other; all of them, where nothing may move."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor")
    for line in terminal.lines():
        console.print(line, no_wrap=True, overflow="crop")
    drawn = FONT.sub("", console.export_svg(title="pyimgur", unique_id="recording"))
    rules = "\n".join(
        f'    [clip-path="url(#recording-line-{row})"] {{ animation: line 1ms {seconds:.2f}s backwards }}'
        for row, seconds in sorted(terminal.since.items())
    )
    moving = f"{HIDDEN}\n@media (prefers-reduced-motion: no-preference) {{\n{rules}\n}}\n"
    return drawn.replace("</style>", f"{moving}</style>", 1)


def record() -> str:
    """The whole session, as it went just now."""
    terminal = Terminal()
    with tempfile.TemporaryDirectory(prefix="pyimgur-recording-") as home:
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8",
        }  # fmt: skip
        for name, shade in (("beach.jpg", 230), ("dunes.jpg", 160)):
            Image.new("RGB", (1600, 1200), (shade, shade - 20, 120)).save(Path(home) / name)
        for command in SESSION:
            terminal.run(command, environment)
    return picture(terminal)


if __name__ == "__main__":
    PICTURE.write_text(record(), "utf-8")
    print(PICTURE)
