"""The command as users run it: real processes, each in a home and on a data folder of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, build_opener

import installed
import pytest

from pyimgur import Login, Logins, StoredToken

if TYPE_CHECKING:
    from pyimgur.testing import LocalImgur

COMMAND = (installed.program(), "-P", "-m", "pyimgur")
"""The installed one, not the source tree."""
PATIENCE = 60.0
OWN = (
    "PYIMGUR_ACCOUNT",
    "PYIMGUR_BASE_URL",
    "PYIMGUR_CLIENT_ID",
    "PYIMGUR_DATA",
    "PYIMGUR_DATABASE",
    "PYIMGUR_DEBUG",
    "BROWSER",
)

Environment = Mapping[str, str]
Result = subprocess.CompletedProcess[str]


@dataclass
class Serving:
    """A server that has said where it is."""

    process: subprocess.Popen[str]
    line: str

    @property
    def address(self) -> str:
        found = re.search(r"https?://\S+", self.line)
        assert found, self.line
        return found[0]

    def get(self, path: str) -> bytes:
        # No proxy, whatever the environment of the tests says.
        with build_opener(ProxyHandler({})).open(self.address + path, timeout=PATIENCE) as answer:
            return answer.read()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, and what else came on stdout and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "imgur"


@pytest.fixture
def environment(tmp_path: Path, data: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in OWN}
    return clean | {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "PYIMGUR_DATA": str(data),
    }


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    """What the commands of a test remember."""
    return Logins(tmp_path / "config" / "pyimgur" / "logins.json")


@pytest.fixture
def log_in(logins: Logins) -> Callable[..., Login]:
    """Remembers the account of an Imgur for the commands of a test, as `pyimgur login` does."""

    def keep(imgur: LocalImgur, account: str = "", token: str = "") -> Login:
        access = token or imgur.client.access_token
        assert access
        stored = StoredToken(account or imgur.username, access, imgur.client.refresh_token)
        login = Login(imgur.url, stored.account, imgur.client_id, imgur.client_secret, place="file")
        return logins.keep(login, stored)

    return keep


@pytest.fixture
def pyimgur(environment: Environment, tmp_path: Path) -> Callable[..., Result]:
    """Runs one command to its end."""

    def run(*words: str | Path, stdin: str = "") -> Result:
        return subprocess.run(
            [*COMMAND, *words],
            input=stdin, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=PATIENCE, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def spawn(environment: Environment, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command and gives its process; what still runs at the end is killed, with all that it started."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str | Path, program: tuple[str, ...] = COMMAND) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*program, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment, cwd=tmp_path, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def serve(spawn: Callable[..., subprocess.Popen[str]]) -> Callable[..., Serving]:
    """Starts a server on a free port and waits for its address."""

    def start(*options: str | Path) -> Serving:
        process = spawn("serve", "--port", "0", *options)
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            pytest.fail(f"no server: {process.communicate(timeout=PATIENCE)[1]}")
        return Serving(process, line)

    return start


@pytest.fixture
def no_server_left(data: Path) -> Iterator[None]:
    """A server that a command has started for itself has ended when the test has; if not, it is killed."""
    yield
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(json.loads((data / "server.json").read_text())["pid"], signal.SIGKILL)
        pytest.fail("a server was left running")
