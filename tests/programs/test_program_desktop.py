"""Programs that take pictures of the screen: the real ones, on a screen that nobody sees, told to upload at once.

flameshot (Qt) and xfce4-screenshooter (GTK) heed the proxy of their environment, and trust the system's store of
certificates alone. They see one with the relay's authority in it. ksnip has a setting for the address.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from program_support import PATIENCE, World

from pyimgur.relay import relay
from pyimgur.relay.trust_store import TrustStoreError, command_prefix

SCREEN = ("xvfb-run", "--auto-servernum", "--server-args=-screen 0 320x240x24", "dbus-run-session", "--")
SIZE = (320, 240)


def store_of(folder: Path, variables: Mapping[str, str]) -> list[str]:
    """What shows a program the relay's authority among the system's."""
    try:
        return command_prefix(folder, Path(variables["SSL_CERT_FILE"]))
    except TrustStoreError as error:
        pytest.skip(str(error))


def installed(name: str) -> str:
    for word in (*SCREEN[:1], *SCREEN[3:4], name):
        if shutil.which(word) is None:
            pytest.skip(f"{word} is not installed")
    return name


@contextmanager
def on_screen(world: World, *command: str, variables: Mapping[str, str]) -> Iterator[None]:
    """The program runs for as long as the block does; a window it shows is never closed."""
    own = {**world.bare, "XDG_RUNTIME_DIR": str(world.folder), "QT_QPA_PLATFORM": "xcb", **variables}
    log = world.folder / "desktop.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*SCREEN, *command], stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=own, start_new_session=True
        )
    try:
        with world.recording():
            yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
        print(log.read_text(errors="replace")[-2000:])


def ids(world: World) -> set[str]:
    return {row["id"] for row in world.rows("image")}


def arrived(world: World, before: set[str]) -> str:
    """The id of the one picture that came."""
    ending = time.monotonic() + PATIENCE
    while not (new := ids(world) - before):
        assert time.monotonic() < ending, "no picture came"
        time.sleep(0.05)
    (id,) = new
    return id


def is_screen(world: World, id: str, client_id: str) -> None:
    row = world.row("image", id=id)
    assert ((row["width"], row["height"]), row["client_id"], row["account_id"]) == (SIZE, client_id, None)
    assert world.served(f"/{id}.png").startswith(b"\x89PNG")


def test_flameshot(world: World, tmp_path: Path) -> None:
    store = store_of(tmp_path, world.relayed)
    settings = world.folder / ".config" / "flameshot"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "flameshot.ini").write_text("[General]\nuploadWithoutConfirmation=true\nshowHelp=false\n")
    before = ids(world)
    with on_screen(world, *store, installed("flameshot"), "full", "--upload", variables=world.relayed):
        is_screen(world, arrived(world, before), "313baf0c7b4d3ff")


def test_xfce4_screenshooter(world: World, tmp_path: Path) -> None:
    """Its library (libsoup 3) asks for the proxy itself once it has said a password: it is let in without one."""
    before = ids(world)
    with relay(world.imgur.url, others="refuse", locked=False) as variables:
        store = store_of(tmp_path, variables)
        command = (installed("xfce4-screenshooter"), "--fullscreen", "--imgur")
        with on_screen(world, *store, *command, variables=variables):
            is_screen(world, arrived(world, before), "66ab680b597e293")


def test_ksnip(world: World) -> None:
    """Its own setting is enough: no relay."""
    settings = world.folder / ".config" / "ksnip"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "ksnip.conf").write_text(
        f"[Imgur]\nBaseUrl={world.imgur.url}\nForceAnonymous=true\nOpenLinkInBrowser=false\nConfirmBeforeUpload=false\n"
    )
    before = ids(world)
    with on_screen(world, installed("ksnip"), "--fullscreen", "--upload", variables={}):
        is_screen(world, arrived(world, before), "16d41e28a3ba71e")
