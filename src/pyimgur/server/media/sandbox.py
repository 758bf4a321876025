"""Fewer rights for media workers, by bubblewrap (`bwrap`): no network, no files but Python's own, nothing to write to.

Decoders read what strangers send. Who takes one over finds no data folder and no other process, and can reach nothing:
a worker has the descriptors of one file and its targets, and the socket to its server. Where bubblewrap is missing, or
the system does not allow it user namespaces, workers run with the rights of the server.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from pyimgur.server.errors import NoSandbox

log = logging.getLogger(__name__)

Mode: TypeAlias = Literal["auto", "require", "off"]
Command: TypeAlias = tuple[str, ...]

SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc/ld.so.cache", "/nix/store", "/gnu/store")
"""Programs and shared libraries, where Linux distributions have them."""
PACKAGES = ("pyimgur", "PIL", "av", "pi_heif", "msgspec")
KEPT = frozenset(
    ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "MALLOC_ARENA_MAX")
)
"""What a worker sees of the server's environment, in which there may be secrets."""
FIRST_TO_GO: Command = ("/bin/sh", "-c", 'echo 1000 >/proc/self/oom_score_adj; exec "$@"', "sh")
"""When the machine runs out of memory, it shall end this process and not the server."""
NAMESPACES: Command = ("--unshare-all", "--die-with-parent", "--cap-drop", "ALL")
PROBE_SECONDS = 60
NO_BWRAP = "bubblewrap is not installed (on Debian: apt install bubblewrap)"


def environment() -> dict[str, str]:
    """Return the environment of a worker."""
    return {name: value for name, value in os.environ.items() if name in KEPT}


def wrapper(mode: Mode, data: Path | None) -> Command:
    """Return what to put before a worker's command: nothing where there is no sandbox, with one line in the log.

    Args:
        mode: "off" asks for none; "require" for no server without one.
        data: the folder that stays hidden wherever it is.

    Raises:
        NoSandbox: the sandbox is required and cannot be had.
    """
    if mode == "off":
        return ()
    command = bubblewrap(data)
    reason = why_not(command)
    if not reason:
        return command
    if mode == "require":
        raise NoSandbox(f"media workers cannot be put into a sandbox: {reason}")
    _warn_once(reason)
    return ()


@cache
def _warn_once(reason: str) -> None:
    log.warning("media workers run with the rights of the server, without a sandbox: %s", reason)


def bubblewrap(data: Path | None) -> Command:
    """Return the command that runs another in a sandbox."""
    folders = [*map(Path, SYSTEM), *_readable()]
    binds = [word for path in map(str, folders) for word in ("--ro-bind-try", path, path)]
    hidden = (
        [word for path in _inside(data, folders) for word in ("--tmpfs", str(path), "--remount-ro", str(path))]
        if data
        else []
    )
    return (
        *FIRST_TO_GO,
        shutil.which("bwrap") or "bwrap",
        *NAMESPACES,
        *binds,
        *hidden,
        *("--remount-ro", "/", "--chdir", "/", "--"),
    )


def _readable() -> Iterator[Path]:
    """Yield the folders of the interpreter, of what is installed for it, and of this package."""
    yield from {Path(sys.prefix), Path(sys.base_prefix)} - {Path("/")}
    yield from {Path(path).absolute() for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path}
    specs = filter(None, map(find_spec, PACKAGES))
    yield from {Path(place).parent for spec in specs for place in spec.submodule_search_locations or ()}


def _inside(data: Path, folders: Sequence[Path]) -> Iterator[Path]:
    """Yield where the data folder would be seen below the folders that are."""
    place = data.resolve()
    for folder in folders:
        if place.is_relative_to(folder.resolve()):
            yield folder / place.relative_to(folder.resolve())


@cache
def why_not(command: Command) -> str:
    """Return why this sandbox cannot be had, or nothing if it can; found out once, by running Python in it."""
    if not sys.platform.startswith("linux"):
        return "there is none for this system"
    if shutil.which("bwrap") is None:
        return NO_BWRAP
    try:
        probe = [*command, sys.executable, "-P", "-c", "import pyimgur.server.media.worker"]
        done = subprocess.run(probe, env=environment(), capture_output=True, text=True, timeout=PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else _last_line(done.stderr) or f"bwrap ended with {done.returncode}"


def _last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "")


def describe(mode: Mode, data: Path | None) -> str:
    """Return for a person whether workers are in a sandbox, and why not."""
    reason = "switched off" if mode == "off" else why_not(bubblewrap(data))
    return f"no sandbox ({reason})" if reason else "in a sandbox (bubblewrap)"
