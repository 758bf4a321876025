"""The steps of `pyimgur demo`, from the login to the comparison of the downloaded bytes.

They use a server of their own, with a free port, a temporary data folder and an account with a random password. The
first half runs examples/authorization.py as a program; the second half uses the public client. A step raises
`CommandError` if a result is not as expected.
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
"""Title and description of the album that the example creates."""
EXAMPLE = "examples/authorization.py"
EXAMPLE_SECONDS = 60.0


class Demo:
    """One run of the demo. `exits` stops the server and closes the client; with `keep`, the server keeps running."""

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
        """Start a server that stops when this process ends, however it ends; with `keep`, one that does not stop."""
        data = _data_folder.prepare(self.folder / "data")
        if self.keep:
            self.server = _background_server.start(data)
            return
        self.exits.enter_context(_data_folder.usage_lock(data))
        self.server = _background_server.start(data, "--while-used")
        self.exits.callback(self.server.stop)

    def make_account(self) -> None:
        """Create the account that logs in."""
        from ..server.services import accounts

        with_context(self.folder / "data", lambda context: accounts.create(context, NAME, self.password))

    def run_example(self) -> None:
        """Run the documented program as a process of its own."""
        assert self.server
        environment = {**os.environ, ENVIRONMENT: self.server.address}
        run = self._run_with_user if self.browser else self._run_with_script
        code, last_line = run(environment)
        if code:
            raise CommandError(f"{EXAMPLE} ended with exit code {code}{last_line}")

    def _run_with_user(self, environment: dict[str, str]) -> tuple[int, str]:
        """Run the example with the user's browser; the user types in the pin."""
        _print_to_stderr(f"In the browser, log in as {NAME} with the password {self.password}; then type the pin here.")
        # Its prompt goes to stderr: stdout may be one JSON document.
        return subprocess.call([sys.executable, example()], env=environment, stdout=2), ""

    def _run_with_script(self, environment: dict[str, str]) -> tuple[int, str]:
        """Run the example with a scripted browser, and type in the pin that the browser prints."""
        browser = shlex.join([sys.executable, "-P", "-m", _demo_consent.__name__])
        own = {"BROWSER": f"{browser} %s", _demo_consent.NAME: NAME, _demo_consent.PASSWORD: self.password}
        with subprocess.Popen(
            [sys.executable, example()],
            env=environment | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as program:
            timer = threading.Timer(EXAMPLE_SECONDS, program.kill)
            timer.start()
            try:
                last_line = _type_the_pin(program)
                return program.wait(), f": {last_line}"
            finally:
                timer.cancel()
                program.kill()

    def check_album(self) -> None:
        """Check that another authorized program finds the album in the list of the user's albums."""
        assert self.server
        self.client = Imgur(CLIENT_ID, secrets.token_hex(20), base_url=self.server.address)
        self.exits.callback(self.client.close)
        self.client.exchange_pin(_demo_consent.consent(self.client.authorization_url("pin"), NAME, self.password))
        albums = self.client.get_user("me").get_albums()
        actual = [(album.title, album.description, album.account_url) for album in albums]
        if actual != [(*ALBUM, NAME)]:
            raise CommandError(f"the user's albums should be the one that {EXAMPLE} makes, and are {actual}")
        self.album = albums[0]

    def make_pictures(self) -> None:
        """Draw three pictures in different formats, unless the user passed files."""
        if not self.pictures:
            self.pictures = make_sample_images(self.folder)

    def upload(self) -> None:
        """Upload all pictures into the album."""
        for picture in self.pictures:
            self.images.append(self.client.upload_image(picture, title=picture.stem, album=self.album))

    def refresh(self) -> None:
        """Get a new access token."""
        old = self.client.access_token
        if self.client.refresh_access_token() == old:
            raise CommandError("the new access token is the old one")

    def read_back(self) -> None:
        """Check that the album has the uploaded images, in order and with the sizes of the files."""
        assert self.album
        self.album = self.client.get_album(self.album.id)
        expected = [(image.id, path.stat().st_size) for image, path in zip(self.images, self.pictures, strict=True)]
        actual = [(image.id, image.size) for image in self.album.images]
        if actual != expected:
            raise CommandError(f"the album should hold {expected} (id, bytes), and holds {actual}")

    def compare(self) -> None:
        """Download the images, and compare each with its file."""
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
    """Return the path of the documented program: inside an installed package, or in the clone it is run from."""
    package = Path(str(files("pyimgur")))
    path = next((path for path in (package / EXAMPLE, package.parents[1] / EXAMPLE) if path.is_file()), None)
    if path is None:
        raise CommandError(f"{EXAMPLE} is missing: reinstall pyimgur from a clone")
    return str(path)


def make_sample_images(folder: Path) -> list[Path]:
    """Draw three pictures, as PNG, JPEG and GIF, and return their paths."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    paths: list[Path] = []
    for number, (suffix, color) in enumerate({"png": "teal", "jpg": "indianred", "gif": "goldenrod"}.items()):
        shape = Pillow.effect_mandelbrot((640, 480), (-2.0 + number / 4, -1.2, 0.9 - number / 4, 1.2), 100)
        path = folder / f"picture-{number + 1}.{suffix}"
        ImageOps.colorize(shape, "#101820", "white", color).save(path)
        paths.append(path)
    return paths


def _type_the_pin(program: subprocess.Popen[str]) -> str:
    """Answer the program's prompt with the pin that its browser prints, and return the program's last line.

    Raises:
        CommandError: the browser got no pin.
    """
    assert program.stdin
    assert program.stdout
    last = ""
    for line in program.stdout:
        last = line.strip() or last
        if line.startswith(_demo_consent.ERROR_PREFIX):
            raise CommandError(line.removeprefix(_demo_consent.ERROR_PREFIX).strip())
        if line.startswith(_demo_consent.PIN_PREFIX):
            program.stdin.write(line.removeprefix(_demo_consent.PIN_PREFIX))
            program.stdin.close()
    return last


def _print_to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
