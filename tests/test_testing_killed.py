"""What is left when the process of a test is killed: no server, and no data folder after the next start.

`test_testing_languages.py` kills programs that gave their server a pipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

import pytest

from pyimgur.testing.temporary_folder import PREFIX, remove_abandoned, temporary_folder

SERVE = ["-m", "pyimgur", "serve", "--throwaway", "--port", "0", "--json"]
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.DEVNULL)
time.sleep(600)
"""
IN_PROCESS = """
import io, json, os, time
from PIL import Image
from pyimgur.testing import local_imgur
picture = io.BytesIO()
Image.new("RGB", (40, 30)).save(picture, "PNG")
with local_imgur() as imgur:
    imgur.client.upload_image(picture.getvalue())  # starts a media worker
    print(json.dumps({"url": imgur.url, "pid": os.getpid()}), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of a test and of its processes."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    remove_abandoned.cache_clear()
    return tmp_path


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the first line that a server printed."""
    return json.loads(output_of(process).readline())


def output_of(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def run(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for_all(process: subprocess.Popen[str]) -> str:
    """Wait until no process holds the output of this one any more: it, its server and their workers have ended."""
    rest, _ = process.communicate(timeout=60)
    return rest


def folders(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.iterdir() if path.name.startswith("pyimgur"))


def test_a_server_without_a_pipe_stops_when_its_parent_is_killed(folder: Path) -> None:
    with run("-c", PARENT, *SERVE, "--exit-with-parent") as parent:
        server = ready(parent)
        assert server["pid"] != parent.pid
        assert len(folders(folder)) == 1
        parent.kill()
        assert wait_for_all(parent) == ""
    assert folders(folder) == [], "the server did not remove its data folder"


def test_what_a_killed_process_leaves_is_removed_by_the_next(folder: Path) -> None:
    with run("-c", IN_PROCESS) as inside, run(*SERVE) as server:
        ready(inside)
        ready(server)
        assert len(folders(folder)) == 3  # also the folder that others are copied from
        inside.kill()
        server.kill()
        wait_for_all(inside)
        wait_for_all(server)
    assert len(folders(folder)) == 3
    with temporary_folder() as own:
        assert folders(folder) == [own.name]
    assert folders(folder) == []


def test_folders_that_are_in_use_or_of_others_stay(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pyimgur-other").mkdir()
    (folder / f"{PREFIX}link").symlink_to(folder / "pyimgur-other")
    with temporary_folder():
        left = folder / f"{PREFIX}left"
        left.mkdir()
        before = folders(folder)
        for user, expected in (
            (1 + os.getuid(), before),
            (os.getuid(), [name for name in before if name != left.name]),
        ):
            monkeypatch.setattr(os, "getuid", lambda user=user: user)
            remove_abandoned.cache_clear()
            remove_abandoned(str(folder))
            assert folders(folder) == expected
    assert folders(folder) == [f"{PREFIX}link", "pyimgur-other"]
