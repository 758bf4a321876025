"""Progress of transfers: bars at a terminal, lines elsewhere, nothing with --quiet."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from terminal_support import at_terminal

PROGRAM = """
import sys
from pyimgur.cli._progress import transfers

with transfers("uploaded", quiet="quiet" in sys.argv) as progress:
    first, second = progress.add("beach.jpg", 2_000_000), progress.add("\\x1b[2Jevil\\n.png", 1_000_000)
    first.update(1_500_000)
    second.update(500_000, 1_000_000)
    if "wait" in sys.argv:
        sys.stdin.readline()
    first.end()
    progress.result("http://one")
    second.end("not uploaded: it is no picture")
    progress.result("http://two")
    progress.note("that is all [bold]")
"""


def play(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", PROGRAM, *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=True)


def test_lines_where_nobody_watches(environment: Mapping[str, str]) -> None:
    done = play(environment)
    assert done.stdout == "http://one\nhttp://two\n"
    assert done.stderr.splitlines() == [
        "[1/2] beach.jpg: uploaded",
        "[2/2] \ufffd[2Jevil\ufffd.png: not uploaded: it is no picture",
        "that is all [bold]",
    ]


def test_quiet(environment: Mapping[str, str]) -> None:
    done = play(environment, "quiet")
    assert (done.stdout, done.stderr) == ("http://one\nhttp://two\n", "that is all [bold]\n")


def test_bars_at_a_terminal(environment: Mapping[str, str], tmp_path: Path) -> None:
    with at_terminal([sys.executable, "-P", "-c", PROGRAM, "wait"], environment, tmp_path, 60) as terminal:
        terminal.wait_for(r"0 of 2 .*2\.0/3\.0 MB")
        terminal.wait_for(r"beach\.jpg .*1\.5/2\.0 MB")
        terminal.wait_for(r"evil.*0\.5/1\.0 MB")
        terminal.type("\r")
        assert terminal.end() == 0
    assert "\x1b[2J" not in terminal.shown
    lines = [line for line in terminal.text.splitlines() if line.startswith(("http", "that")) or "not uploaded" in line]
    assert lines == [
        "http://one",
        "\ufffd[2Jevil\ufffd.png: not uploaded: it is no picture",
        "http://two",
        "that is all [bold]",
    ]


@pytest.mark.parametrize("how", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=str)
def test_terminals_that_want_less(how: dict[str, str], environment: Mapping[str, str], tmp_path: Path) -> None:
    program = f"import os; os.environ.update({how}); exec({PROGRAM!r})"
    with at_terminal([sys.executable, "-P", "-c", program], environment, tmp_path) as terminal:
        assert terminal.end() == 0
    assert "http://two" in terminal.text
    assert ("[1/2] beach.jpg: uploaded" in terminal.text) is ("TERM" in how)
    assert "\x1b[3" not in terminal.shown
    assert "\x1b[9" not in terminal.shown


ECHOING = """
import sys
from pyimgur.cli._progress import transfers

with transfers("uploaded") as progress:
    stop = progress._bars.stop
    progress._bars.stop = lambda: (stop(), sys.stderr.write("^C"), sys.stderr.flush())
    progress.result("http://one")
"""
"""Ctrl-C typed in the one moment between the bars and a link: the terminal itself shows it."""


def test_a_link_stands_alone_on_its_line(environment: Mapping[str, str], tmp_path: Path) -> None:
    with at_terminal([sys.executable, "-P", "-c", ECHOING], environment, tmp_path) as terminal:
        assert terminal.end() == 0
    wiped, goes_to_its_start = "\x1b[2K", "\x1b[G"
    assert f"^C{wiped}{goes_to_its_start}http://one\r\n" in terminal.shown
