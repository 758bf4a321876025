"""`pyimgur demo`: the whole main job, and that it says so when something did not hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from process_support import wait_for_end_of_process

from command_contract import OWN_KEYS
from pyimgur.cli import _demo_steps
from pyimgur.cli._demo_consent import consent
from pyimgur.cli._demo_steps import STEPS

Spawn: TypeAlias = "Callable[..., subprocess.Popen[str]]"
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
    assert set(said) == set(OWN_KEYS["demo"])
    assert said["ok"] is True
    assert [step["name"] for step in said["steps"]] == [name for name, _ in STEPS]
    assert all(step["seconds"] >= 0 for step in said["steps"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/a/" + said["album"]["id"], said["album"]["link"])
    assert len(set(said["images"])) == 3
    assert said["bytes_compared"] > 3000
    assert list(temporary.iterdir()) == []


def test_files_given_and_plain_lines(pyimgur: Run, tmp_path: Path) -> None:
    first, second, _ = _demo_steps.make_sample_images(tmp_path)
    done = pyimgur("demo", first, second)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(STEPS) + 3
    for line, (name, _) in zip(lines, STEPS, strict=False):
        assert re.fullmatch(re.escape(name) + r" +\d+\.\d\d s", line)
    size = first.stat().st_size + second.stat().st_size
    assert lines[-3].startswith(f"ok: {size:,} bytes of 2 pictures were downloaded unchanged")
    assert lines[-2] == "The server has stopped, and its data is deleted."
    assert lines[-1].startswith("To look at the album in a browser, run: pyimgur demo --keep")
    assert "http://" not in done.stdout, "no link is printed that has stopped working"
    assert "\x1b" not in done.stdout


def test_with_a_browser_of_ones_own(spawn: Spawn, environment: dict[str, str]) -> None:
    environment["BROWSER"] = "echo visit %s"  # says the address, as if somebody were to go there
    process = spawn("demo", "--browser", "--json")
    assert process.stdin
    assert process.stderr
    told = re.search(r"as (\w+) with the password (\S+);", process.stderr.readline())
    assert told
    address = process.stderr.readline().removeprefix("visit ").strip()
    prompt = "Pin: "
    assert process.stderr.read(len(prompt)) == prompt
    out, err = process.communicate(f"{consent(address, told[1], told[2])}\n", timeout=60)
    assert process.returncode == 0, err
    assert re.fullmatch(r"Created http://127\.0\.0\.1:\d+/a/\w{7}\n", err), err
    assert json.loads(out)["ok"] is True


def test_stopped_half_way_it_leaves_nothing(spawn: Spawn, temporary: Path) -> None:
    process = spawn("demo")
    assert process.stdout
    process.stdout.readline()
    (folder,) = temporary.iterdir()
    server = json.loads((folder / "data" / "server.json").read_text())["pid"]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert list(temporary.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_what_is_kept_can_be_used_and_removed(pyimgur: Run, temporary: Path) -> None:
    done = pyimgur("demo", "--keep")
    found = re.search(r"running at (\S+); .*\n.*: kill (\d+) && rm -rf (\S+)$", done.stdout.strip())
    assert found, done.stdout
    address, pid, folder = found[1], int(found[2]), Path(found[3])
    try:
        assert done.returncode == 0
        assert folder.parent == temporary
        inside = json.loads((folder / "data" / "server.json").read_text())
        assert (inside["address"], inside["pid"]) == (address, pid)
        album = re.search(rf"^album: ({re.escape(address)}/a/\w+)$", done.stdout, re.MULTILINE)
        assert album, done.stdout
        with urllib.request.urlopen(album[1]) as page:
            assert page.status == 200
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_for_end_of_process(pid)
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
    assert len({path.read_bytes() for path in _demo_steps.make_sample_images(tmp_path)}) == 3


def test_the_example_is_found() -> None:
    assert "exchange_pin" in Path(_demo_steps.example()).read_text()
