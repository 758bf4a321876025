"""`pyimgur demo`: the main job before your eyes, on a server that is gone afterwards."""

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

Waiting: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""What is shown while a step of that name takes its time."""


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
        play = Demo(folder, exits, given=files, browser=browser, keep=keep)
        try:
            _perform(
                play, seconds, _spinner(sys.stdout.isatty() and not (output.as_json or browser)), quiet=output.as_json
            )
        finally:
            output.value(_summary(play, seconds), _document(play, seconds))
            if keep:
                click.echo(_kept(play), err=output.as_json)


def _end(number: int, _frame: object) -> None:
    """Ends like any other way out, so that everything is cleared up."""
    sys.exit(128 + number)


def _perform(play: Demo, seconds: dict[str, float], waiting: Waiting, *, quiet: bool) -> None:
    """Carry out the steps, one after the other; `seconds` gets each one that held."""
    from ._demo_steps import STEPS

    for name, step in STEPS:
        began = time.perf_counter()
        with waiting(name):
            step(play)
        seconds[name] = time.perf_counter() - began
        if not quiet:
            click.echo(f"{name:<36}{seconds[name]:7.2f} s")


def _spinner(shown: bool) -> Waiting:
    if not shown:
        return lambda _name: nullcontext()
    from rich.console import Console

    console = Console()
    return lambda name: console.status(f"{name} …")


def _all_passed(seconds: dict[str, float]) -> bool:
    from ._demo_steps import STEPS

    return len(seconds) == len(STEPS)


def _document(play: Demo, seconds: dict[str, float]) -> dict[str, object]:
    album = play.album
    return {
        "steps": [{"name": name, "seconds": round(took, 3)} for name, took in seconds.items()],
        "album": {"id": album.id, "link": album.link} if album else None,
        "images": [image.link for image in play.images],
        "bytes_compared": play.bytes_compared,
        "ok": _all_passed(seconds),
    }


def _summary(play: Demo, seconds: dict[str, float]) -> str:
    from ._demo_steps import STEPS

    album = f"album: {play.album.link}\n" if play.album else ""
    if not _all_passed(seconds):
        return f"{album}not ok: {STEPS[len(seconds)][0]}"
    pictures = "1 picture" if len(play.images) == 1 else f"{len(play.images)} pictures"
    total = f"{play.bytes_compared:,} bytes of {pictures} were downloaded unchanged"
    return f"{album}ok: {total}; {len(seconds)} steps in {sum(seconds.values()):.2f} s"


def _kept(play: Demo) -> str:
    """How to look around on the server that was kept, and how to be rid of it."""
    folder = shlex.quote(str(play.folder))
    if play.server is None:
        return f"No server runs; remove what is left with: rm -r {folder}"
    return (
        f"The server keeps running at {play.server.address}; log in as {play.name} with the password {play.password}.\n"
        f"Stop it and remove its data with: kill {play.server.process.pid} && rm -rf {folder}"
    )
