"""you-get, to which nothing is a picture of Imgur's but what lies at i.imgur.com: it needs links that say so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from program_support import World, python_program

VERSION = "0.4.1743"
RUN = (sys.executable, "-P", "-m", "pyimgur", "run")


@pytest.fixture(scope="module")
def you_get(world: World) -> Path:
    command = python_program(f"you-get=={VERSION}") / "you-get"
    assert world.run("sh", "-c", f"'{command}' --version 2>&1").startswith(f"you-get: version {VERSION}")
    return command


def test_a_picture_and_a_post(world: World, you_get: Path, png: bytes) -> None:
    image = world.imgur.client.upload_image(world.write("a.png", png), title="A picture")
    world.imgur.client.create_album("Of one", images=[image]).submit_to_gallery("A post")
    (post,) = world.rows("post")
    for path in (image.id, f"gallery/{post['id']}"):
        world.run(*RUN, "--site", world.imgur.url, "--imgur-links", "--", you_get, f"https://imgur.com/{path}")
        downloaded = world.folder / f"{image.id}.png"
        assert downloaded.read_bytes() == png
        downloaded.unlink()
    world.run(*RUN, "--site", world.imgur.url, "--", you_get, f"https://imgur.com/{image.id}", code=1)
