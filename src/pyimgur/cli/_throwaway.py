"""What `serve --throwaway` adds to a server: faults, a journal, the control API, and how programs learn its token."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._errors import CommandError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from ..server.http.uvicorn_adapter import Server
    from ..server.settings import Settings
    from ..testing.faults import Fault
    from ..testing.throwaway import Throwaway


class TestKit:
    """The test kit of one run of the command.

    Args:
        faults: the faults from the start.
        ready_file: the file that is written when the server is ready.
        as_json: whether the first line is JSON.
        control: whether there is a control API, which needs a server that only this machine can reach.
    """

    __test__ = False  # its name looks like a test to pytest

    def __init__(self, faults: Sequence[Fault], ready_file: Path | None, as_json: bool, *, control: bool) -> None:
        from ..testing.clock import Clock

        self._clock = Clock()
        self._faults = faults
        self._ready_file = ready_file
        self._as_json = as_json
        self._control = control
        self._throwaway: Throwaway | None = None

    @staticmethod
    def folder() -> AbstractContextManager[Path]:
        """Return a temporary data folder, which is removed at the end of the block."""
        from ..testing.temporary_folder import temporary_folder

        return temporary_folder()

    def settings(self, settings: Settings) -> Settings:
        """Return the settings of a server with a clock that tests can change."""
        return dataclasses.replace(settings, clock=self._clock, durable=False)

    def wrap(self, app: Starlette) -> ASGIApp:
        """Return the application to serve."""
        from ..testing.throwaway import Throwaway

        seeded = self._as_json or self._ready_file is not None
        try:
            self._throwaway = Throwaway(app, self._clock, self._faults, seeded=seeded)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--fault") from error
        return self._throwaway.with_control() if self._control else self._throwaway.outermost

    def watch(self, server: Server) -> None:
        """Tell the control API which server it resets."""
        if self._throwaway:
            self._throwaway.watch(lambda: set(server.requests))

    @contextmanager
    def announced(self, line: str, url: str) -> Generator[Sequence[str]]:
        """Yield the lines to print; the ready file exists until the block ends."""
        assert self._throwaway is not None
        summary = json.dumps({**self._throwaway.summary(url), "pid": os.getpid()})
        if self._ready_file:
            _write(self._ready_file, summary)
        control = f"control API at {url}/_test/ with the token {self._throwaway.control_token}"
        try:
            yield [summary] if self._as_json else [line, *([control] if self._control else [])]
        finally:
            if self._ready_file:
                self._ready_file.unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    """Write a private file, which other programs see only when it is complete."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        partial.write_text(f"{text}\n")
        partial.chmod(0o600)
        partial.replace(file)
    except OSError as error:
        raise CommandError(f"{file} cannot be written ({error.strerror}): pass another --ready-file") from error
