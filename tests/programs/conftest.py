"""A server behind Imgur's own addresses, one for the tests of a module; nothing else can be reached through it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import program_calls
import pytest
from PIL import Image
from program_support import World

from pyimgur.relay import relay
from pyimgur.testing import local_imgur

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[World]:
    """The server, the relay in front of it, and a home for programs, whose calls are checked at the end."""
    folder = tmp_path_factory.mktemp("programs")
    home = folder / "home"
    home.mkdir()
    with local_imgur(folder / "data") as imgur, relay(imgur.url, others="refuse") as relayed:
        world = World(imgur, folder / "data", home, relayed)
        yield world
        program_calls.check(request.module.__name__, world.calls)


@pytest.fixture(scope="session")
def png() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()
