"""`pyimgur demo`: run the main job once, on a temporary server, and report how long each step takes."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from ._options import examples
from ._output import Output, output_options

if TYPE_CHECKING:
    from ._demo_steps import Demo

Spinner: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""Shows the name of a step while the step runs."""
_STOPPED = """\
The server has stopped, and its data is deleted.
To look at the album in a browser, run: pyimgur demo --keep (in a clone: make demo ARGS=--keep)"""


@click.command(epilog=examples("pyimgur demo", "pyimgur demo --browser --keep", "pyimgur demo photo.jpg drawing.png"))
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--browser", is_flag=True, help="Use your own browser, and type in the pin yourself.")
@click.option("--keep", is_flag=True, help="Keep the server running, and keep its data.")
@output_options
def demo(files: tuple[Path, ...], browser: bool, keep: bool, output: Output) -> None:
    """Run the main job once, on a temporary server.

    A program is authorized by pin and creates an album; three pictures (or FILES) are uploaded into it, read back,
    downloaded, and compared byte by byte. The exit code is 0 only if all of them match.
    """
    from ._demo_steps import Demo

    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="pyimgur-demo-"))
    seconds: dict[str, float] = {}
    with ExitStack() as exits:
        if not keep:
            exits.callback(shutil.rmtree, folder, ignore_errors=True)
        run = Demo(folder, exits, files=files, browser=browser, keep=keep)
        spinner = _spinner(enabled=sys.stdout.isatty() and not (output.as_json or browser))
        try:
            _run_steps(run, seconds, spinner, quiet=output.as_json)
        finally:
            output.value(_summary(run, seconds), _document(run, seconds))
            if keep:
                click.echo(_how_to_stop(run), err=output.as_json)
    if not (keep or output.as_json):
        click.echo(_STOPPED)


def _end(number: int, _frame: object) -> None:
    """Exit through the exit stack, which stops the server and deletes its data."""
    sys.exit(128 + number)


def _run_steps(run: Demo, seconds: dict[str, float], spinner: Spinner, *, quiet: bool) -> None:
    """Run the steps in order; put the duration of each one that succeeded into `seconds`."""
    from ._demo_steps import STEPS

    for name, step in STEPS:
        start = time.perf_counter()
        with spinner(name):
            step(run)
        seconds[name] = time.perf_counter() - start
        if not quiet:
            click.echo(f"{name:<36}{seconds[name]:7.2f} s")


def _spinner(*, enabled: bool) -> Spinner:
    if not enabled:
        return lambda _name: nullcontext()
    from rich.console import Console

    console = Console()
    return lambda name: console.status(f"{name} …")


def _all_passed(seconds: dict[str, float]) -> bool:
    from ._demo_steps import STEPS

    return len(seconds) == len(STEPS)


def _document(run: Demo, seconds: dict[str, float]) -> dict[str, object]:
    album = run.album
    return {
        "steps": [{"name": name, "seconds": round(took, 3)} for name, took in seconds.items()],
        "album": {"id": album.id, "link": album.link} if album else None,
        "images": [image.link for image in run.images],
        "bytes_compared": run.bytes_compared,
        "ok": _all_passed(seconds),
    }


def _summary(run: Demo, seconds: dict[str, float]) -> str:
    """Return the result in a line; with --keep, after the link of the album, which still works then."""
    from ._demo_steps import STEPS

    album = f"album: {run.album.link}\n" if run.album and run.keep else ""
    if not _all_passed(seconds):
        return f"{album}not ok: {STEPS[len(seconds)][0]}"
    pictures = "1 picture" if len(run.images) == 1 else f"{len(run.images)} pictures"
    total = f"{run.bytes_compared:,} bytes of {pictures} were downloaded unchanged"
    return f"{album}ok: {total}; {len(seconds)} steps in {sum(seconds.values()):.2f} s"


def _how_to_stop(run: Demo) -> str:
    """Return how to use the server that keeps running, and how to stop and delete it."""
    folder = shlex.quote(str(run.folder))
    if run.server is None:
        return f"The server did not start. Delete its data with: rm -r {folder}"
    return (
        f"The server keeps running at {run.server.address}; log in as {run.name} with the password {run.password}.\n"
        f"Stop it and delete its data with: kill {run.server.process.pid} && rm -rf {folder}"
    )
