"""One media worker as its server sees it: a process, and a socket for one job at a time.

No Python code runs between fork and exec. uvloop's subprocesses do run some there: the collector may then free an
object whose threads the child does not have, and wait for them for ever, while the server's event loop waits for the
child. `subprocess` without `preexec_fn`, `user` or `group` calls `vfork` on Linux, and from there on C alone.
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
    Damaged,
    MediaError,
    MediaTooLargeError,
    NoDecoder,
    Unsupported,
    UnsupportedMediaError,
    WorkerError,
)
from pyimgur.server.media.probe import MediaInfo
from pyimgur.server.media.sandbox import environment

START_SECONDS = 60.0
"""How long a new process may take until it is ready; it takes 0.1 on an idle machine."""
END_SECONDS = 10.0
"""How long to wait until a killed process has let go of its files."""
LONGEST_ANSWER = 65_536
ERRORS: Mapping[str, type[MediaError]] = {
    error.__name__: error
    for error in (UnsupportedMediaError, Damaged, Unsupported, NoDecoder, MediaTooLargeError, WorkerError)
}


log = logging.getLogger(__name__)


class WorkerDied(Exception):
    """The process ended, or said what no worker says, before it answered."""


class Answer(msgspec.Struct):
    """What a worker sends when it is ready and at the end of each job."""

    done: MediaInfo | None = None
    error: str = ""
    errno: int | None = None
    text: str = ""

    def look(self) -> MediaInfo | None:
        """Return what was found, or raise the error that the worker met."""
        if self.error == "OSError":
            raise OSError(self.errno, self.text)
        if self.error:
            raise ERRORS.get(self.error, WorkerError)(self.text)
        return self.done


class Worker:
    """A running worker. Whoever starts one has to `kill` it."""

    def __init__(self, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self._process, self._connection = process, connection

    @classmethod
    async def start(cls, command: Sequence[str], seconds: float = START_SECONDS) -> Self:
        """Start this program, with the number of its socket as the last argument, and wait until it is ready.

        It has a session of its own: the server's Ctrl-C does not reach it.

        Raises:
            WorkerDied: it ended at once.
            TimeoutError: it was not ready in time.
            OSError: there is no such program, or no process to be had.
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
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs; one that has ended is reaped."""
        return self._process.poll() is None

    async def ask(self, job: Mapping[str, object], files: Sequence[int] = ()) -> Answer:
        """Send the job with these file descriptors, and wait for the answer.

        Raises:
            WorkerDied: there will be none.
        """
        with suppress(ConnectionError):  # one that has ended shows in the missing answer
            socket.send_fds(self._connection, [json.dumps(job).encode() + b"\n"], files)
        return await self._receive()

    async def _receive(self) -> Answer:
        line, loop = b"", asyncio.get_running_loop()
        while not line.endswith(b"\n") and len(line) < LONGEST_ANSWER:
            try:
                more = await loop.sock_recv(self._connection, LONGEST_ANSWER)
            except ConnectionError:
                more = b""
            if not more:
                break
            line += more
        try:
            return msgspec.json.decode(line, type=Answer)
        except (msgspec.MsgspecError, ValueError):
            raise WorkerDied from None

    def signal(self) -> None:
        """End the process now; whoever waits for its answer learns of it."""
        if self._process.returncode is None:  # else the number may be another's by now
            os.killpg(self._process.pid, signal.SIGKILL)  # a sandbox that is just starting has a process beside it

    async def kill(self) -> None:
        """End the process, and return when it is gone."""
        self.signal()
        try:
            async with asyncio.timeout(END_SECONDS):
                while await asyncio.get_running_loop().sock_recv(self._connection, LONGEST_ANSWER):
                    pass
        except ConnectionError:
            pass
        except TimeoutError:
            log.warning("media worker %d was killed %s seconds ago and has not ended", self.pid, END_SECONDS)
        finally:
            self._connection.close()
            await asyncio.shield(asyncio.to_thread(self._process.wait))  # reaped also if we are cancelled


def _spawn(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            ours.setblocking(False)
            process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                env=environment(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
    return process, ours
