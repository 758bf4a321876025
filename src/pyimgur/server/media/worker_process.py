"""Start, use and kill one media worker: a process with a socket, which runs one job at a time.

No Python code may run between fork and exec. uvloop's subprocesses do run some: the garbage collector may then free an
object whose threads the child does not have, and wait for them forever, while the server's event loop waits for the
child. `subprocess` without `preexec_fn`, `user` or `group` uses `vfork` on Linux, and only C code after it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from subprocess import DEVNULL
from typing import Self

import msgspec

from pyimgur.server.media.errors import (
    DamagedMediaError,
    MediaError,
    MediaTooLargeError,
    MissingDecoderError,
    UnsupportedFormatError,
    UnsupportedMediaError,
    WorkerError,
)
from pyimgur.server.media.probe import MediaInfo
from pyimgur.server.media.sandbox import environment

START_SECONDS = 60.0
"""How long a new process may take to become ready; on an idle machine it takes 0.1 seconds."""
KILL_SECONDS = 10.0
"""How long to wait for a killed process to close its files."""
MAX_RESULT_SIZE = 65_536
ERRORS: Mapping[str, type[MediaError]] = {
    error.__name__: error
    for error in (
        UnsupportedMediaError,
        DamagedMediaError,
        UnsupportedFormatError,
        MissingDecoderError,
        MediaTooLargeError,
        WorkerError,
    )
}


log = logging.getLogger(__name__)


class WorkerDied(Exception):
    """The process ended, or sent invalid data, before it sent a result."""


class JobResult(msgspec.Struct):
    """The message that a worker sends when it is ready and at the end of each job."""

    output: MediaInfo | None = None
    error: str = ""
    errno: int | None = None
    text: str = ""

    def value(self) -> MediaInfo | None:
        """Return the output of the job, or raise its error."""
        if self.error == "OSError":
            raise OSError(self.errno, self.text)
        if self.error:
            raise ERRORS.get(self.error, WorkerError)(self.text)
        return self.output


class Worker:
    """A running worker; `kill` it after use."""

    def __init__(self, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self._process, self._connection = process, connection

    @classmethod
    async def start(cls, command: Sequence[str], seconds: float = START_SECONDS) -> Self:
        """Start a worker program, and wait until it is ready.

        The number of its socket is appended to the command. The process has a session of its own, so Ctrl-C in the
        server's terminal does not reach it.

        Raises:
            WorkerDied: it ended at once.
            TimeoutError: it was not ready in time; it is killed.
            OSError: the program does not exist, or no process can be started.
        """
        worker = cls(*_spawn(command))
        try:
            async with asyncio.timeout(seconds):
                await worker._receive()
        except BaseException:
            await worker.kill()
            raise
        return worker

    @property
    def pid(self) -> int:
        """The process ID."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs; one that ended is reaped."""
        return self._process.poll() is None

    async def run(self, job: Mapping[str, object], files: Sequence[int] = ()) -> JobResult:
        """Send the job with these file descriptors, and wait for its result.

        Raises:
            WorkerDied: the worker died before it sent one.
        """
        with suppress(ConnectionError):  # if the worker has died, `_receive` raises
            socket.send_fds(self._connection, [json.dumps(job).encode() + b"\n"], files)
        return await self._receive()

    async def _receive(self) -> JobResult:
        line, loop = b"", asyncio.get_running_loop()
        while not line.endswith(b"\n") and len(line) < MAX_RESULT_SIZE:
            try:
                data = await loop.sock_recv(self._connection, MAX_RESULT_SIZE)
            except ConnectionError:
                data = b""
            if not data:
                break
            line += data
        try:
            return msgspec.json.decode(line, type=JobResult)
        except (msgspec.MsgspecError, ValueError):
            raise WorkerDied from None

    def send_kill(self) -> None:
        """Kill the process without waiting; a pending `run` raises."""
        if self._process.returncode is None:  # else another process may have the ID by now
            os.killpg(self._process.pid, signal.SIGKILL)  # a sandbox has two processes while it starts

    async def kill(self) -> None:
        """Kill the process, and wait until it has ended."""
        self.send_kill()
        try:
            async with asyncio.timeout(KILL_SECONDS):
                while await asyncio.get_running_loop().sock_recv(self._connection, MAX_RESULT_SIZE):
                    pass
        except ConnectionError:
            pass
        except TimeoutError:
            log.warning("media worker %d is still running %s seconds after it was killed", self.pid, KILL_SECONDS)
        finally:
            self._connection.close()
            await asyncio.shield(asyncio.to_thread(self._process.wait))  # reaped even if this task is cancelled


def _spawn(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    server_end, worker_end = socket.socketpair()
    with worker_end:
        try:
            server_end.setblocking(False)
            process = subprocess.Popen(
                [*command, str(worker_end.fileno())],
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                env=environment(),
                pass_fds=[worker_end.fileno()],
                start_new_session=True,
            )
        except BaseException:
            server_end.close()
            raise
    return process, server_end
