"""The main job from its beginning to its end, as a list of named steps.

It plays on a server of its own: a free port, a throw-away data folder, an account with a random password. The first
half is examples/authorization.py, run as the program it is; the second goes on through the public client. A step that
does not find what it should raises `CommandError`.
"""

from __future__ import annotations

import filecmp
import os
import secrets
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

from .. import Album, Image, Imgur
from ..sites import ENVIRONMENT
from . import _background_server, _data_folder, _demo_consent
from ._errors import CommandError
from ._server_context import with_context

NAME = "demo"
CLIENT_ID = "pyimgur-demo"
ALBUM = ("My first album", "Created with pyimgur")
"""Title and description of what the example makes."""
EXAMPLE = "examples/authorization.py"
EXAMPLE_SECONDS = 60.0


class Demo:
    """One performance. What it has to clear up afterwards is on `exits`; with `keep`, the server is not."""

    client: Imgur
    name = NAME
    server: _background_server.ServerProcess | None = None
    album: Album | None = None

    def __init__(self, folder: Path, exits: ExitStack, *, files: tuple[Path, ...], browser: bool, keep: bool) -> None:
        self.folder = folder
        self.exits = exits
        self.pictures = list(files)
        self.browser = browser
        self.keep = keep
        self.password = secrets.token_urlsafe(9)
        self.images: list[Image] = []
        self.bytes_compared = 0

    def start_server(self) -> None:
        """A server nobody else knows; it stops with this process, however that ends."""
        data = _data_folder.prepare(self.folder / "data")
        if self.keep:
            self.server = _background_server.start(data)
            return
        self.exits.enter_context(_data_folder.usage_lock(data))
        self.server = _background_server.start(data, "--while-used")
        self.exits.callback(self.server.stop)

    def make_account(self) -> None:
        """Somebody who can sign in."""
        from ..server.services import accounts

        with_context(self.folder / "data", lambda library: accounts.add(library, NAME, self.password))

    def run_example(self) -> None:
        """The documented program, as a process of its own."""
        assert self.server
        environment = {**os.environ, ENVIRONMENT: self.server.address}
        code, said = self._run_with_user(environment) if self.browser else self._run_with_helper(environment)
        if code:
            raise CommandError(f"{EXAMPLE} ended with exit code {code}{said}")

    def _run_with_user(self, environment: dict[str, str]) -> tuple[int, str]:
        """The example with the browser and the hands of who sits there."""
        _send_line(f"In the browser, log in as {NAME} with the password {self.password}; then type the pin here.")
        # Its question goes to stderr: stdout may be one JSON document.
        return subprocess.call([sys.executable, example()], env=environment, stdout=2), ""

    def _run_with_helper(self, environment: dict[str, str]) -> tuple[int, str]:
        """The example with a browser that signs in by itself and says the pin, which is then typed for the user."""
        helper = shlex.join([sys.executable, "-P", "-m", _demo_consent.__name__])
        own = {"BROWSER": f"{helper} %s", _demo_consent.NAME: NAME, _demo_consent.PASSWORD: self.password}
        with subprocess.Popen(
            [sys.executable, example()],
            env=environment | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as program:
            patience = threading.Timer(EXAMPLE_SECONDS, program.kill)
            patience.start()
            try:
                said = _type_the_pin(program)
                return program.wait(), f": {said}"
            finally:
                patience.cancel()
                program.kill()

    def check_album(self) -> None:
        """The album is in the list of the user's own, asked for by another program the user allowed."""
        assert self.server
        self.client = Imgur(CLIENT_ID, secrets.token_hex(20), base_url=self.server.address)
        self.exits.callback(self.client.close)
        self.client.exchange_pin(_demo_consent.consent(self.client.authorization_url("pin"), NAME, self.password))
        albums = self.client.get_user("me").get_albums()
        found = [(album.title, album.description, album.account_url) for album in albums]
        if found != [(*ALBUM, NAME)]:
            raise CommandError(f"the user's albums should be the one that {EXAMPLE} makes, and are {found}")
        self.album = albums[0]

    def make_pictures(self) -> None:
        """Three pictures, each in another format, unless some were given."""
        if not self.pictures:
            self.pictures = make_sample_images(self.folder)

    def upload(self) -> None:
        """All into the album."""
        for picture in self.pictures:
            self.images.append(self.client.upload_image(picture, title=picture.stem, album=self.album))

    def refresh(self) -> None:
        """A new access token for the old one."""
        old = self.client.access_token
        if self.client.refresh_access_token() == old:
            raise CommandError("the new access token is the old one")

    def read_back(self) -> None:
        """The album as the server has it now: those pictures, in that order, of those sizes."""
        assert self.album
        self.album = self.client.get_album(self.album.id)
        expected = [(image.id, path.stat().st_size) for image, path in zip(self.images, self.pictures, strict=True)]
        found = [(image.id, image.size) for image in self.album.images]
        if found != expected:
            raise CommandError(f"the album should hold {expected} (id, bytes), and holds {found}")

    def compare(self) -> None:
        """Every byte that comes back is the one that went up."""
        assert self.album
        folder = self.folder / "downloads"
        folder.mkdir()
        for image, original in zip(self.album.images, self.pictures, strict=True):
            copy = image.download(folder, name=image.id)
            if not filecmp.cmp(original, copy, shallow=False):
                raise CommandError(f"the file downloaded from {image.link} differs from {original}")
            self.bytes_compared += original.stat().st_size


Step: TypeAlias = Callable[[Demo], None]

STEPS: tuple[tuple[str, Step], ...] = (
    ("start a server", Demo.start_server),
    ("make an account", Demo.make_account),
    (f"run {EXAMPLE}", Demo.run_example),
    ("check that the album is the user's", Demo.check_album),
    ("get the pictures ready", Demo.make_pictures),
    ("upload them into the album", Demo.upload),
    ("refresh the access token", Demo.refresh),
    ("read the album back", Demo.read_back),
    ("download and compare every byte", Demo.compare),
)


def example() -> str:
    """Where the documented program is: inside an installed package, or in the clone the package is run from."""
    package = Path(str(files("pyimgur")))
    found = next((path for path in (package / EXAMPLE, package.parents[1] / EXAMPLE) if path.is_file()), None)
    if found is None:
        raise CommandError(f"{EXAMPLE} is missing: reinstall pyimgur from a clone")
    return str(found)


def make_sample_images(folder: Path) -> list[Path]:
    """Three pictures nobody has seen before, as PNG, JPEG and GIF."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    made: list[Path] = []
    for number, (suffix, colour) in enumerate({"png": "teal", "jpg": "indianred", "gif": "goldenrod"}.items()):
        shape = Pillow.effect_mandelbrot((640, 480), (-2.0 + number / 4, -1.2, 0.9 - number / 4, 1.2), 100)
        path = folder / f"picture-{number + 1}.{suffix}"
        ImageOps.colorize(shape, "#101820", "white", colour).save(path)
        made.append(path)
    return made


def _type_the_pin(program: subprocess.Popen[str]) -> str:
    """Answers the program's question with the pin its browser has told; gives the last thing it said.

    Raises:
        CommandError: the browser was not let in.
    """
    assert program.stdin
    assert program.stdout
    last = ""
    for line in program.stdout:
        last = line.strip() or last
        if line.startswith(_demo_consent.REFUSED):
            raise CommandError(line.removeprefix(_demo_consent.REFUSED).strip())
        if line.startswith(_demo_consent.SAID):
            program.stdin.write(line.removeprefix(_demo_consent.SAID))
            program.stdin.close()
    return last


def _send_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
