"""A server as a process of its own: started, asked, looked at from outside, stopped.

What it costs is read from /proc, with all its workers, so the rows of the server are for Linux.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
LINUX = sys.platform == "linux"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60
Address = tuple[str, int]

NGINX = """\
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    open_file_cache max=100; types {{ image/jpeg jpg; }}
    client_max_body_size 1g; client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {servers}
}}
"""


class Process:
    """A running server."""

    def __init__(self, pid: int, address: Address) -> None:
        self.address = address
        self._pid = pid
        self._held = 0

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.address)

    def cpu(self) -> float:
        """Seconds of processor that it and its workers have used, also those workers that have ended."""
        fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self._tree())
        return sum(sum(map(int, each[11:15])) for each in fields) / TICKS

    def mark(self) -> None:
        """Count the growth of its memory from here."""
        for pid in self._tree():
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak is what is held now
        self._held = self._memory("VmRSS")

    def growth(self) -> int:
        """The bytes by which its memory was larger than at the mark, at most."""
        return max(0, self._memory("VmHWM") - self._held)

    def _memory(self, what: str) -> int:
        lines = (line for pid in self._tree() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))

    def _tree(self) -> list[int]:
        found = [self._pid]
        for pid in found:  # grows on the way
            for thread in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        return found


@contextlib.contextmanager
def speaking(*command: str | Path, source: Path | None = None) -> Iterator[Process]:
    """A program that says its address in the first line it prints; `source` is where it imports from first."""
    environment = None if source is None else {**os.environ, "PYTHONPATH": str(source)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as started:
        try:
            assert started.stdout is not None
            line = started.stdout.readline()
            found = re.search(r"http://([\d.]+):(\d+)", line)
            if found is None:
                raise SystemExit(f"{command} does not start")
            yield Process(started.pid, (found[1], int(found[2])))
        finally:
            started.terminate()


@contextlib.contextmanager
def serve(data: Path, *options: str, source: Path | None = None) -> Iterator[Process]:
    """`pyimgur serve` as anybody starts it, on any free port; of another version, if its source is given."""
    command = (sys.executable, "-m", "pyimgur", "serve", "--port", "0", "--data", data, *options)
    with speaking(*command, source=source) as server:
        yield server


@contextlib.contextmanager
def nginx(folder: Path, servers: str, port: int) -> Iterator[Process]:
    """nginx in one process, with these server blocks, one of which listens at that port."""
    program = nginx_program()
    assert program is not None
    conf = folder.absolute() / "nginx.conf"
    conf.write_text(NGINX.format(folder=folder, servers=servers))
    with subprocess.Popen([program, "-p", folder, "-c", conf]) as started:
        try:
            _wait_for(("127.0.0.1", port), started)
            yield Process(started.pid, ("127.0.0.1", port))
        finally:
            started.terminate()


def nginx_program() -> str | None:
    """Where nginx is, if there is one; Debian keeps it out of the way of everybody but root."""
    return shutil.which("nginx", path=os.environ["PATH"] + os.pathsep + "/usr/sbin")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait_for(address: Address, started: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while started.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(address):
            return
        time.sleep(0.01)
    raise SystemExit(f"{started.args} does not listen at {address}")
