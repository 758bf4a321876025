"""The server that commands share: found on a data folder, or started there and stopped when nobody uses it any more.

The rule: a command first says that it needs a server on the folder (a shared lock, freed by the kernel however the
command ends), then looks for one, and starts one if there is none, one command at a time. A server started like this
stops when the last command that uses it has ended; one that the user started is left alone.
"""

from __future__ import annotations

import http.client
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import _data_folder
from ._data_folder import Running
from ._errors import CommandError

START_SECONDS = 60.0
ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that this process has started."""

    address: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self.process.terminate()
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_server(data: Path) -> Generator[str]:
    """The address of a server on that folder, which stays for as long as the block lasts."""
    folder = _data_folder.prepare(data)
    with _data_folder.usage_lock(folder):
        yield _found_or_started(folder)


def _found_or_started(folder: Path) -> str:
    with _data_folder.start_lock(folder):
        try:
            return find(folder) or start(folder, "--while-used").address
        except CommandError:
            found = find(folder)  # the user's own server was just starting
            if found is None:
                raise
            return found


def find(folder: Path) -> str | None:
    """The address of the server that runs on that folder, if it answers."""
    running = _data_folder.running(folder)
    return running.address if running and answers(running) else None


def answers(running: Running) -> bool:
    """Whether the server is there; its certificate is not looked at, nothing secret is said."""
    connection = _connection(running.local)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(running.address).netloc})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(address: str) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=context)


def start(folder: Path, *options: str) -> ServerProcess:
    """A new server on a free port of this machine, as soon as it answers.

    Raises:
        CommandError: it did not start; the text is what it said.
    """
    # -P: a module in the folder where the user happens to stand is not part of the server.
    command = [sys.executable, "-P", "-m", "pyimgur", "serve", "--port", "0", "--data", str(folder), *options]
    with (folder / _data_folder.LOG).open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    return ServerProcess(_address(process, folder), process)


def _address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """What the server's first line says; a server that says nothing in time is killed."""
    assert process.stdout
    patience = threading.Timer(START_SECONDS, process.kill)
    patience.start()
    try:
        line = process.stdout.readline().decode()
    except BaseException:
        process.kill()
        raise
    finally:
        patience.cancel()
    found = re.search(r"https?://\S+", line)
    if found is None:
        process.kill()
        process.wait()
        raise CommandError(f"no server could be started: {_log_tail(folder)}")
    return found[0]


def _log_tail(folder: Path) -> str:
    lines = (folder / _data_folder.LOG).read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("pyimgur: ") if lines else f"it did not start within {START_SECONDS:.0f} s"
