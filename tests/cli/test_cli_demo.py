"""`pyimgur demo`: the whole main job, and that it says so when something did not hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from pyimgur.cli import _demo
from pyimgur.cli._demo import STEPS

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, environment: dict[str, str]) -> Path:
    """Where the demo puts its throw-away folders, so that what it leaves is seen."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    environment["TMPDIR"] = str(folder)
    return folder


def test_every_step_and_every_byte(pyimgur: Run, temporary: Path) -> None:
    done = pyimgur("demo", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert set(said) == {"steps", "album", "images", "bytes_compared", "ok"}
    assert said["ok"] is True
    assert [step["name"] for step in said["steps"]] == [name for name, _ in STEPS]
    assert all(step["seconds"] >= 0 for step in said["steps"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/a/" + said["album"]["id"], said["album"]["link"])
    assert len(set(said["images"])) == 3
    assert said["bytes_compared"] > 3000
    assert list(temporary.iterdir()) == []


def test_files_given_and_plain_lines(pyimgur: Run, tmp_path: Path) -> None:
    first, second, _ = _demo.draw(tmp_path)
    done = pyimgur("demo", first, second)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(STEPS) + 2
    for line, (name, _) in zip(lines, STEPS, strict=False):
        assert re.fullmatch(re.escape(name) + r" +\d+\.\d\d s", line)
    assert lines[-2].startswith("album: http://127.0.0.1:")
    size = first.stat().st_size + second.stat().st_size
    assert lines[-1].startswith(f"ok: {size:,} bytes of 2 pictures came back as they went up")
    assert "\x1b" not in done.stdout


def test_what_is_kept_can_be_used_and_removed(pyimgur: Run, temporary: Path) -> None:
    done = pyimgur("demo", "--keep")
    found = re.search(r"running at (\S+); .*\n.*: kill (\d+) && rm -r (\S+)$", done.stdout.strip())
    assert found, done.stdout
    address, pid, folder = found[1], int(found[2]), Path(found[3])
    try:
        assert done.returncode == 0
        assert folder.parent == temporary
        inside = json.loads((folder / "data" / "server.json").read_text())
        assert (inside["address"], inside["pid"]) == (address, pid)
    finally:
        os.kill(pid, signal.SIGTERM)
        shutil.rmtree(folder)


def test_a_file_that_is_no_picture(pyimgur: Run, tmp_path: Path, temporary: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    done = pyimgur("demo", "--json", letter)
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["ok"] is False
    assert [step["name"] for step in said["steps"]] == [name for name, _ in STEPS[:5]]
    assert done.stderr.startswith("pyimgur: ")
    assert "Traceback" not in done.stderr
    assert list(temporary.iterdir()) == []


def test_the_pictures_differ(tmp_path: Path) -> None:
    assert len({path.read_bytes() for path in _demo.draw(tmp_path)}) == 3


def test_the_example_is_found() -> None:
    assert "exchange_pin" in Path(_demo.example()).read_text()
