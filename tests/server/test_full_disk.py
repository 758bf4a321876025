"""A program that may write no more, for real: what did not fit is told, nothing of it is left, and it goes on later.

The limit is the system's own on the size of a file (RLIMIT_FSIZE), set on the running server from outside; commands
that start on a full disk have one of 2 MB in memory, which only they see (`unshare`).
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest
from site_support import ANONYMOUS, picture, until

from mount_support import needs_mounts, run_mounted
from pyimgur.server.db.dialects.sqlite.engine import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PNG = picture("PNG")
LARGE = picture("BMP", (700, 500))
NO_LIMIT = resource.RLIM_INFINITY

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits a program that runs")


FULL = """
    mount -t tmpfs -o size=2m full "$folder"
    cp -r "$folder.data" "$folder/data"
    dd if=/dev/zero of="$folder/filling" bs=1k 2>"$folder.dd" || true"""


class Program:
    """The server itself, as a program, and a client of it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        serve = [sys.executable, "-m", "pyimgur", "serve", "--port", "0", "--data", str(data)]
        self.process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found
        self.http = httpx2.Client(base_url=found[0], headers=ANONYMOUS, timeout=60, trust_env=False)

    def may_write(self, size: int) -> None:
        """From now on, no file of it becomes larger."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, NO_LIMIT))

    def upload(self, file: bytes) -> httpx2.Response:
        return self.http.post("/3/image", files={"image": file})

    def files(self) -> list[str]:
        places = (self.data / name for name in ("incoming", "blobs"))
        return [file.name for place in places for file in place.rglob("*") if file.is_file()]

    def stop(self) -> str:
        """End it; gives what it said."""
        self.http.close()
        self.process.terminate()
        return self.process.communicate(timeout=60)[1]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program(tmp_path / "data")
    try:
        yield running
    finally:
        running.stop()


def test_an_upload_that_does_not_fit_is_reported_and_leaves_nothing(program: Program) -> None:
    assert program.upload(PNG).status_code == 200
    kept = program.files()
    program.may_write(len(LARGE) // 2)
    answer = program.upload(LARGE)
    assert (answer.status_code, answer.json()["success"]) == (507, False)
    assert answer.json()["data"]["error"] == "The server has no room left to store this"
    assert program.files() == kept
    assert program.http.get("/healthz").status_code == 200
    program.may_write(NO_LIMIT)
    assert program.upload(LARGE).status_code == 200
    assert len(program.files()) == 2


def test_a_database_that_may_not_grow_is_busy_and_recovers(program: Program) -> None:
    kept = program.upload(PNG).json()["data"]
    program.may_write((program.data / f"{FILE}-wal").stat().st_size + 100_000)
    made, statuses = list[str](), set[int]()

    def refused() -> bool:
        answer = program.http.post("/3/album", data={"description": "x" * 10_000})
        statuses.add(answer.status_code)
        if answer.status_code == 200:
            made.append(answer.json()["data"]["id"])
        return answer.status_code != 200

    until(refused)
    assert statuses - {200} <= {503, 507}
    program.may_write(len(PNG))
    assert program.upload(PNG).status_code in {503, 507}
    assert program.http.delete(f"/3/image/{kept['deletehash']}").status_code in {503, 507}  # an error deletes nothing
    assert program.files() == [kept["id"]]
    assert program.http.get(f"/{kept['id']}.png").content == PNG
    program.may_write(NO_LIMIT)
    assert program.http.delete(f"/3/image/{kept['deletehash']}").status_code == 200
    assert program.files() == []
    assert program.upload(PNG).status_code == 200
    assert [program.http.get(f"/3/album/{id}").status_code for id in made] == [200] * len(made)
    checked = subprocess.run(
        [sys.executable, "-m", "pyimgur", "server", "check", "--data", str(program.data)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "database and files agree" in checked.stdout, checked.stdout + checked.stderr


@needs_mounts
def test_commands_that_find_the_disk_full_name_it(program: Program, tmp_path: Path) -> None:
    """Neither the system's own error nor SQLite's has a path."""
    assert program.upload(PNG).status_code == 200
    program.stop()
    disk, whole = tmp_path / "disk", tmp_path / "disk.data"
    disk.mkdir()
    program.data.rename(whole)
    data, new, copy = disk / "data", disk / "new", disk / "copy"
    lines = {
        f"serve --port 0 --data {data}": f"the disk of {data} is full: free some space",
        f"serve --port 0 --data {new}": f"the disk of {new} is full: free some space",
        f"server app list --data {data}": f"the disk of {data} is full: free some space",
        f"server backup {tmp_path / 'outside'} --data {data}": f"the disk of {data} is full: free some space",
        f"server backup {copy} --data {whole}": f"the disk of {copy} is full, and the copy is not complete: free some",
        f"server restore {whole} --data {copy}-2": f"the disk of {copy}-2 is full, and the copy is not complete: free",
    }
    for said, (command, expected) in zip(run_mounted(FULL, disk, [*lines]), lines.items(), strict=True):
        assert said.startswith(f"pyimgur: {expected}"), command
        assert said.endswith("exit 1"), command
