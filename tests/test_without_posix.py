"""Without the modules that only POSIX systems have, the package imports, and its commands and its server work.

Windows has none of these modules. Nobody has run the package there; these tests take the modules away on this system.
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from pyimgur import Imgur

PACKAGE = Path(__file__).parent.parent / "src" / "pyimgur"
POSIX = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty")
SHIMS = PACKAGE / "relay" / "shims"
"""Modules that a program of `pyimgur run` imports instead of its own; they are not imported here."""
PRELOADED = "asyncio, click, multiprocessing.connection, subprocess, tempfile"
"""The standard library itself needs some of the modules on this system, and keeps what it has imported."""
BLOCKER = f"""\
import {PRELOADED}
import sys
for name in {POSIX}:
    sys.modules[name] = None
"""
IMPORT_ALL = """\
import pkgutil, sys, warnings
warnings.simplefilter("ignore")
import pyimgur
for module in pkgutil.walk_packages(pyimgur.__path__, "pyimgur."):
    if ".shims" not in module.name and not module.name.endswith("__main__"):
        __import__(module.name)
        print(module.name)
"""
ALL_HELP = """\
import click
from pyimgur.cli._command_table import COMMANDS
from pyimgur.cli._lazy_group import ROOT

def show(name, parent):
    command = parent.command.get_command(parent, name)
    context = click.Context(command, parent, info_name=name)
    assert "--help" in context.get_help()
    print(context.command_path)
    for under in command.list_commands(context) if isinstance(command, click.Group) else ():
        show(under, context)

root = click.Context(ROOT, info_name="pyimgur", **ROOT.context_settings)
for name in COMMANDS:
    show(name, root)
"""


def posix_imports(path: Path) -> Iterator[tuple[ast.stmt, str, bool]]:
    """Yield each import of a POSIX module, and whether an `except ImportError` guards it."""
    tree = ast.parse(path.read_text("utf-8"))
    guarded = {
        statement
        for block in ast.walk(tree)
        if isinstance(block, ast.Try) and "ImportError" in {ast.unparse(h.type) for h in block.handlers if h.type}
        for statement in block.body
    }
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in {name.partition(".")[0] for name in names} & {*POSIX}:
            assert isinstance(node, ast.stmt)
            yield node, name, node in guarded


def test_every_import_of_a_posix_module_is_guarded() -> None:
    found = [(path, *row) for path in sorted(PACKAGE.rglob("*.py")) for row in posix_imports(path)]
    assert {name for _, _, name, _ in found} >= {"fcntl", "resource", "termios"}, "the search finds nothing"
    bare = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} imports {name}"
        for path, node, name, guarded in found
        if not guarded
    ]
    assert not bare


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a process in which the modules cannot be imported; its child processes inherit it."""
    (tmp_path / "blocker").mkdir()
    (tmp_path / "blocker" / "sitecustomize.py").write_text(BLOCKER)
    paths = [str(tmp_path / "blocker"), os.environ.get("PYTHONPATH", "")]
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    return {**os.environ, **home, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def output(program: str, environment: dict[str, str]) -> list[str]:
    done = subprocess.run([sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_modules_are_really_missing(environment: dict[str, str]) -> None:
    assert output("import sys; print([sys.modules[name] for name in ('fcntl', 'termios')])", environment) == [
        "[None, None]"
    ]


def test_every_module_imports(environment: dict[str, str]) -> None:
    imported = output(IMPORT_ALL, environment)
    files = [path for path in PACKAGE.rglob("*.py") if SHIMS not in path.parents and path.stem != "__main__"]
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in files}
    missing = {name for name in names if not name.endswith("__init__") and "migrations" not in name} - {*imported}
    assert not missing, f"not imported: {sorted(missing)}"


def test_every_command_has_help(environment: dict[str, str]) -> None:
    shown = output(ALL_HELP, environment)
    assert {"pyimgur serve", "pyimgur upload", "pyimgur relay env", "pyimgur server check"} <= {*shown}


def test_the_server_takes_an_upload_and_says_what_is_missing(environment: dict[str, str], tmp_path: Path) -> None:
    png = BytesIO()
    Image.new("RGB", (8, 8), "red").save(png, "png")
    command = [sys.executable, "-P", "-m", "pyimgur", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as server:
        try:
            assert server.stdout
            assert server.stderr
            line = server.stdout.readline()
            assert "serves http://127.0.0.1:" in line, server.stderr.read()
            with Imgur("0123456789abcde", base_url=line.split()[2]) as im:
                image = im.upload_image(png.getvalue(), title="Beach")
                assert im.get_image(image.id).title == "Beach"
                assert im.get_image(image.id).type == "image/png"
            found = output(
                "import sys; from pathlib import Path; from pyimgur.cli import _data_folder; "
                f"print(_data_folder.running(Path({str(tmp_path / 'data')!r})))",
                environment,
            )
            assert f"pid={server.pid}" in found[0]
            server.send_signal(signal.SIGTERM)
            error = server.communicate(timeout=60)[1]
        finally:
            server.kill()
    assert server.returncode == 0, error
    assert "without limits on memory, file size and CPU time" in error
