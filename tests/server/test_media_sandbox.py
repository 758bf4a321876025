"""Whoever takes over a media worker finds no network, no data and nothing to write to; where not, the server says so.

`hostile_worker` runs a source that is a program, in the place of a decoder that was taken over.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyimgur.server.errors import NoSandbox
from pyimgur.server.lifespan import open_context
from pyimgur.server.media import MediaWorkers, WorkerError, sandbox, worker_pool
from pyimgur.server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.media.sandbox import Mode

needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap found")

ATTACK = """#!python
import socket

def attempt(name, action):
    try:
        action()
        told[name] = True
    except OSError as error:
        told[name] = False

attempt("connect", lambda: socket.create_connection(("127.0.0.1", {port}), 5).close())
attempt("reach a process", lambda: os.kill({pid}, 0))
attempt("list the data", lambda: os.listdir({data!r}))
attempt("read the data", lambda: open({secret!r}).read())
for place in {places!r}:
    attempt("write to " + place, lambda: open(os.path.join(place, "pyimgur-was-here"), "x").close())
    attempt("remove from " + place, lambda: os.unlink(os.path.join(place, "pyimgur-was-here")))
told["environment"] = os.environ.get("PYIMGUR_TEST_SECRET")
"""


@pytest.fixture
def attacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a secret in it, and workers that run programs."""
    monkeypatch.setattr(worker_pool, "WORKER", "hostile_worker")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), str(tmp_path)]))
    monkeypatch.setenv("PYIMGUR_TEST_SECRET", "s3cret")
    data = tmp_path / "data"  # below a folder that workers see
    data.mkdir()
    (data / "secret").write_text("s3cret")
    return data


def attack(data: Path, mode: Mode, program: str = ATTACK, places: Sequence[str] = ()) -> dict[str, Any]:
    """What a program in a worker told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        source = data.parent / "source"
        facts = {"port": port, "pid": os.getpid(), "data": str(data), "secret": str(data / "secret"), "places": places}
        source.write_text(program.format(**facts))

        async def main() -> str:
            async with MediaWorkers(sandbox=mode, hidden=data) as media:
                with pytest.raises(WorkerError) as told:
                    await media.probe(source)
                return str(told.value)

        return json.loads(asyncio.run(main()).partition(": ")[2])


@needs_bwrap
def test_in_the_sandbox_there_is_nothing_to_reach_to_read_or_to_write_to(attacked: Path) -> None:
    told = attack(attacked, "require", places=("/", "/tmp", "/usr", sys.prefix, str(attacked)))
    assert told.pop("environment") is None
    assert told.pop("list the data"), "the folder is there, and empty"
    assert told.keys() >= {"connect", "read the data", f"write to {sys.prefix}"}
    assert not any(told.values()), told


def test_without_it_a_worker_has_the_rights_of_the_server_but_not_its_environment(attacked: Path) -> None:
    told = attack(attacked, "off", places=(str(attacked),))
    assert told.pop("environment") is None
    assert all(
        told[each] for each in ("connect", "reach a process", "list the data", "read the data", f"write to {attacked}")
    )


def missing(folder: Path) -> str:
    """PATH without bubblewrap."""
    return str(folder)


def broken(folder: Path) -> str:
    """PATH with one that may not do what it should, as in most containers."""
    (folder / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    (folder / "bwrap").chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("path", "reason"), [(missing, "bubblewrap is not installed"), (broken, "No permissions to create new namespace")]
)
def test_where_there_is_none_the_server_says_so_once_and_works(
    attacked: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: Any, reason: str
) -> None:
    sandbox._warn_once.cache_clear()
    monkeypatch.setenv("PATH", path(attacked))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert attack(attacked, "auto", "#!python\ntold['works'] = True") == {"works": True}
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        f"media workers run without a sandbox, with the rights of the server: {_full(reason)}"
    ]
    assert sandbox.describe("auto", None) == f"no sandbox ({_full(reason)})"


def _full(reason: str) -> str:
    return {"bubblewrap is not installed": sandbox.NO_BWRAP}.get(reason, f"bwrap: {reason}")


def test_a_server_that_requires_one_does_not_start_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def main() -> None:
        with pytest.raises(NoSandbox, match="cannot run in a sandbox: bubblewrap is not installed"):
            async with open_context(Settings(data=tmp_path / "data", sandbox="require"), sweep=True):
                pass

    asyncio.run(main())


@needs_bwrap
def test_it_is_said_that_it_is_in_force() -> None:
    assert sandbox.describe("auto", None) == "in a sandbox (bubblewrap)"
    assert sandbox.describe("off", None) == "no sandbox (switched off)"
