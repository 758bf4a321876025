"""Run media workers in a sandbox with bubblewrap (`bwrap`): no network, no files except Python's, no writable folder.

Decoders read files of strangers. An attacker who takes over a decoder finds no data folder, no other process and no
network: a worker has only the descriptors of one source and its targets, and the socket to its server. If bubblewrap
is missing, or the system does not allow user namespaces, workers run with the rights of the server.
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

SYSTEM_FOLDERS = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc/ld.so.cache", "/nix/store", "/gnu/store")
"""Where Linux distributions have programs and shared libraries."""
PACKAGES = ("pyimgur", "PIL", "av", "pillow_heif", "msgspec")
KEPT_VARIABLES = frozenset(
    ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "MALLOC_ARENA_MAX")
)
"""The environment variables that a worker gets; the server's environment may contain secrets."""
OOM_FIRST: Command = ("/bin/sh", "-c", 'echo 1000 >/proc/self/oom_score_adj; exec "$@"', "sh")
"""If the machine runs out of memory, the system must kill this process, not the server."""
NAMESPACES: Command = ("--unshare-all", "--die-with-parent", "--cap-drop", "ALL")
PROBE_SECONDS = 60
NO_BWRAP = "bubblewrap is not installed (on Debian: apt install bubblewrap)"


def environment() -> dict[str, str]:
    """Return the environment variables of a worker."""
    return {name: value for name, value in os.environ.items() if name in KEPT_VARIABLES}


def wrapper(mode: Mode, data: Path | None) -> Command:
    """Return the command prefix that runs a worker in a sandbox; nothing without a sandbox, which is logged once.

    Args:
        mode: "off" for no sandbox; "require" to raise if the system does not support it.
        data: the data folder, which is hidden even inside a visible folder.

    Raises:
        NoSandbox: the sandbox is required and not available.
    """
    if mode == "off":
        return ()
    command = bubblewrap(data)
    reason = unavailable_reason(command)
    if not reason:
        return command
    if mode == "require":
        raise NoSandbox(f"media workers cannot run in a sandbox: {reason}")
    _warn_once(reason)
    return ()


@cache
def warn_without_limits() -> None:
    """Log once if this system cannot limit the memory, files and CPU time of a worker; its jobs still time out."""
    if find_spec("resource") is None:
        log.warning("media workers run without limits on memory, file size and CPU time: this system has no setrlimit")


@cache
def _warn_once(reason: str) -> None:
    log.warning("media workers run without a sandbox, with the rights of the server: %s", reason)


def bubblewrap(data: Path | None) -> Command:
    """Return the command prefix that runs a command in a sandbox."""
    folders = [*map(Path, SYSTEM_FOLDERS), *_readable_folders()]
    binds = [word for path in map(str, folders) for word in ("--ro-bind-try", path, path)]
    hidden = (
        [word for path in _visible_paths(data, folders) for word in ("--tmpfs", str(path), "--remount-ro", str(path))]
        if data
        else []
    )
    return (
        *OOM_FIRST,
        shutil.which("bwrap") or "bwrap",
        *NAMESPACES,
        *binds,
        *hidden,
        *("--remount-ro", "/", "--chdir", "/", "--"),
    )


def _readable_folders() -> Iterator[Path]:
    """Yield the folders of the interpreter, of its installed packages, and of this package."""
    yield from {Path(sys.prefix), Path(sys.base_prefix)} - {Path("/")}
    yield from {Path(path).absolute() for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path}
    specs = filter(None, map(find_spec, PACKAGES))
    yield from {Path(path).parent for spec in specs for path in spec.submodule_search_locations or ()}


def _visible_paths(data: Path, folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the paths at which the data folder would be visible inside these folders."""
    real_path = data.resolve()
    for folder in folders:
        if real_path.is_relative_to(folder.resolve()):
            yield folder / real_path.relative_to(folder.resolve())


@cache
def unavailable_reason(command: Command) -> str:
    """Return why the sandbox is not available, or an empty string; tested once, by running Python in it."""
    if not sys.platform.startswith("linux"):
        return "it is not supported on this system"
    if shutil.which("bwrap") is None:
        return NO_BWRAP
    try:
        probe = [*command, sys.executable, "-P", "-c", "import pyimgur.server.media.worker"]
        process = subprocess.run(probe, env=environment(), capture_output=True, text=True, timeout=PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if process.returncode == 0 else _last_line(process.stderr) or f"bwrap exited with {process.returncode}"


def _last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "")


def describe(mode: Mode, data: Path | None) -> str:
    """Return a sentence for people: whether workers run in a sandbox, and why not."""
    reason = "switched off" if mode == "off" else unavailable_reason(bubblewrap(data))
    return f"no sandbox ({reason})" if reason else "in a sandbox (bubblewrap)"
