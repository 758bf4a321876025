"""kill -9 during uploads, and at each step of every operation on files: nothing is lost, half done or left over."""

from __future__ import annotations

import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from database_support import database_of, rows

PROGRAM = Path(__file__).with_name("kill_at_each_step.py")

KILLS = 10
UPLOADS = 50
AT_ONCE = 10
HEADERS = {"Authorization": "Client-ID 546c25a59c58ad7"}


def picture(number: int) -> bytes:
    """A picture like no other, of 100 KB."""
    file = io.BytesIO()
    noise = random.Random(number).randbytes(180 * 180 * 3)
    Image.frombytes("RGB", (180, 180), noise).save(file, "PNG", compress_level=0)
    return file.getvalue()


class Server:
    """The program itself, on a data folder."""

    def __init__(self, data: Path, log: Path) -> None:
        command = [sys.executable, "-m", "pyimgur", "serve", "--port", "0", "--data", str(data)]
        url = database_of(data)
        environment = {**os.environ, "PYIMGUR_DATABASE": url.secret} if url else None
        with log.open("ab") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        late = threading.Timer(60, self.process.kill)
        late.start()
        assert self.process.stdout
        line = self.process.stdout.readline()
        late.cancel()
        found = re.search(r"http://\S+", line)
        assert found, f"no address came: {line!r}\n{log.read_text()}"
        self.address = found[0]

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.address, timeout=60, trust_env=False)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


class Burst:
    """Fifty uploads, ten at a time, during which the server is killed."""

    def __init__(self, server: Server, pictures: list[bytes], after: int) -> None:
        self.server = server
        self.pictures = pictures
        self.answered: dict[str, bytes] = {}
        self.begun = 0
        self.killed = False
        self._after = after
        self._lock = threading.Lock()
        self._enough = threading.Event()

    def run(self) -> None:
        with self.server.client() as http, ThreadPoolExecutor(AT_ONCE) as pool:
            sent = [pool.submit(self.upload, http, picture) for picture in self.pictures]
            assert self._enough.wait(60), "the uploads stand still"
            with self._lock:
                self.killed = True
            self.server.kill()
        for each in sent:
            each.result()

    def upload(self, http: httpx2.Client, picture: bytes) -> None:
        with self._lock:
            self.begun += not self.killed
        try:
            answer = http.post("/3/image", headers=HEADERS, files={"image": ("a.png", picture)})
        except httpx2.TransportError:
            return
        assert answer.status_code == 200, answer.text
        with self._lock:
            self.answered[answer.json()["data"]["id"]] = picture
            if len(self.answered) >= self._after:
                self._enough.set()


def images(data: Path) -> dict[str, tuple[int, str]]:
    return {row.id: (row.size, row.sha256) for row in rows(data, "image")}


def files(data: Path, *places: str) -> list[Path]:
    return [path for place in places for path in (data / place).rglob("*") if path.is_file()]


def left_over(data: Path) -> list[Path]:
    """Files of uploads that nobody was told of."""
    known = images(data)
    return files(data, "incoming") + [path for path in files(data, "blobs", "derived") if path.name not in known]


def test_kill_9_during_uploads_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    pictures = [picture(number) for number in range(UPLOADS)]
    in_flight = hit = 0
    answered: dict[str, bytes] = {}
    server = Server(data, log)
    try:
        for turn in range(KILLS):
            burst = Burst(server, pictures, after=1 + turn * 3)
            burst.run()
            in_flight += burst.begun > len(burst.answered)
            hit += bool(left_over(data))
            answered |= burst.answered

            server = Server(data, log)
            assert left_over(data) == []
            with server.client() as http:
                for id, sent in burst.answered.items():
                    assert http.get(f"/{id}.png").content == sent
    finally:
        server.kill()

    assert in_flight >= KILLS / 2, f"only {in_flight} of {KILLS} kills came while an upload was on its way"
    assert hit, "no kill left anything half-way: they came at the wrong moments"
    stored = images(data)
    assert answered.keys() <= stored.keys()
    for id, (size, digest) in stored.items():
        content = (data / "blobs" / id[:2] / id).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (size, digest)
    assert {path.name for path in files(data, "blobs")} == stored.keys()
    assert files(data, "incoming") == []


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("operation", "least"),
    [
        ("upload_one", 12),
        ("upload_twice", 20),
        ("delete", 18),
        ("delete_account", 22),
        ("thumbnail", 16),
        ("thumbnail_of_deleted", 36),
    ],
)
def test_kill_9_at_each_step_of_an_operation_leaves_rows_and_files_in_agreement(
    tmp_path: Path, operation: str, least: int
) -> None:
    command = [sys.executable, str(PROGRAM), operation, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= least, f"only {done.stdout} steps: the program no longer sees all of them"
