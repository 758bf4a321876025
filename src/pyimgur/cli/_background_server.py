"""Find the server that runs on a data folder, or start one in the background.

A command first takes the folder's usage lock (a shared lock, which the kernel releases however the command ends). Then
it looks for a server, and starts one if there is none; only one command at a time does that. A server started like
this stops when the last command that uses it has ended. A server that the user started keeps running.
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
RESPONSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server process that this process has started, and the server's URL."""

    address: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Terminate the process, and wait until it has ended."""
        self.process.terminate()
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_server(data: Path) -> Generator[str]:
    """Yield the URL of a server on this data folder, which keeps running until the block ends.

    Raises:
        CommandError: the folder cannot be used, or the server did not start.
    """
    folder = _data_folder.prepare(data)
    with _data_folder.usage_lock(folder):
        yield _find_or_start(folder)


def _find_or_start(folder: Path) -> str:
    with _data_folder.start_lock(folder):
        try:
            return find(folder) or start(folder, "--while-used").address
        except CommandError:
            address = find(folder)  # the user may have started a server at the same moment
            if address is None:
                raise
            return address


def find(folder: Path) -> str | None:
    """Return the URL of the server that runs on this data folder, if it responds."""
    running = _data_folder.running(folder)
    return running.address if running and is_up(running) else None


def is_up(running: Running) -> bool:
    """Return whether the server responds. The certificate is not checked: nothing secret is sent."""
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
        return http.client.HTTPConnection(host, port, timeout=RESPONSE_SECONDS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=RESPONSE_SECONDS, context=context)


def start(folder: Path, *options: str) -> ServerProcess:
    """Start a server on a free port of this machine, and return when it accepts requests.

    Raises:
        CommandError: it did not start; the text is the last line of its log.
    """
    # -P: modules in the current folder must not shadow those of the server.
    command = [sys.executable, "-P", "-m", "pyimgur", "serve", "--port", "0", "--data", str(folder), *options]
    with (folder / _data_folder.LOG).open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    return ServerProcess(_address(process, folder), process)


def _address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Return the URL from the server's first line of output; kill a server that prints none in time."""
    assert process.stdout
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        line = process.stdout.readline().decode()
    except BaseException:
        process.kill()
        raise
    finally:
        timer.cancel()
    url = re.search(r"https?://\S+", line)
    if url is None:
        process.kill()
        process.wait()
        raise CommandError(f"no server could be started: {_log_tail(folder)}")
    return url[0]


def _log_tail(folder: Path) -> str:
    lines = (folder / _data_folder.LOG).read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("pyimgur: ") if lines else f"it did not start within {START_SECONDS:.0f} s"
