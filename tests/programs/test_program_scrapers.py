"""Programs that read Imgur's pages, not its API: you-get, imgur-dl.

To them a picture of Imgur's lies at i.imgur.com, whether a page links to it (`--imgur-links`), or they make its address
of what old pages had in a script, over plain http (`--only-imgur`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from program_support import World, python_program

YOU_GET, IMGUR_DL = "0.4.1743", "0.3.2"
RUN = (sys.executable, "-P", "-m", "pyimgur", "run")


@pytest.fixture(scope="module")
def you_get(world: World) -> Path:
    command = python_program(f"you-get=={YOU_GET}") / "you-get"
    assert world.run("sh", "-c", f"'{command}' --version 2>&1").startswith(f"you-get: version {YOU_GET}")
    return command


@pytest.fixture
def album(world: World, png: bytes) -> tuple[str, list[str]]:
    """A post of two pictures: its id and theirs."""
    ids = [world.imgur.client.upload_image(world.write(f"{n}.png", png)).id for n in range(2)]
    made = world.imgur.client.create_album("Two", images=ids)
    made.submit_to_gallery("Two")
    return str(world.row("post", album_id=made.id)["id"]), ids


def taken(world: World, pattern: str) -> list[bytes]:
    """What the files hold that are there now; they are not afterwards."""
    files = sorted(world.folder.glob(pattern))
    held = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    return held


def test_you_get(world: World, you_get: Path, album: tuple[str, list[str]], png: bytes) -> None:
    id, (first, _) = album
    here = (*RUN, "--site", world.imgur.url)
    for path in (first, f"gallery/{id}"):
        world.run(*here, "--imgur-links", "--", you_get, f"https://imgur.com/{path}")
        assert taken(world, f"{first}.png") == [png]
    world.run(*here, "--only-imgur", "--", you_get, f"https://imgur.com/a/{id}")
    assert taken(world, "Two*.png") == [png, png]
    world.run(*here, "--", you_get, f"https://imgur.com/{first}", code=1)


def test_imgur_dl(world: World, album: tuple[str, list[str]], png: bytes) -> None:
    id, ids = album
    programs = python_program(f"imgur-dl=={IMGUR_DL}")
    version = "from importlib.metadata import version; print(version('imgur-dl'))"
    assert world.run(programs / "python", "-c", version) == f"{IMGUR_DL}\n"
    world.run(*RUN, "--site", world.imgur.url, "--only-imgur", "--", programs / "imgur-dl", f"https://imgur.com/a/{id}")
    found = {file.stem: file.read_bytes() for file in world.folder.rglob("*.png") if file.stem in ids}
    assert found == dict.fromkeys(ids, png)
