"""gallery-dl, which knows Imgur's addresses only, against a server of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from program_support import World, python_program

VERSION = "1.32.18"


@pytest.fixture(scope="module")
def gallery_dl(world: World) -> Path:
    command = python_program(f"gallery-dl=={VERSION}") / "gallery-dl"
    assert world.run(command, "--version") == f"{VERSION}\n"
    return command


def upload(world: World, png: bytes, title: str) -> str:
    return world.imgur.client.upload_image(world.write("up.png", png), title=title).id


def test_one_picture(world: World, gallery_dl: Path, png: bytes) -> None:
    id = upload(world, png, "A beach")
    said = world.run(gallery_dl, "--dest", "one", f"https://imgur.com/{id}", **world.relayed)
    (file,) = (world.folder / "one").rglob("*.png")
    assert file.name == f"imgur_{id}_A beach.png"
    assert said.strip().endswith(file.name)
    assert file.read_bytes() == png
    assert world.row("image", id=id)["title"] == "A beach"


def test_an_album(world: World, gallery_dl: Path, png: bytes) -> None:
    ids = [upload(world, png, title) for title in ("first", "second")]
    album = world.imgur.client.create_album("Beaches", images=ids)
    world.run(gallery_dl, "--dest", "album", f"https://imgur.com/a/{album.id}", **world.relayed)
    files = sorted((world.folder / "album").rglob("*.png"))
    assert [file.name for file in files] == [f"imgur_{album.id}_{n:03}_{id}.png" for n, id in enumerate(ids, 1)]
    assert all(file.read_bytes() == png for file in files)
    assert files[0].parent.name == f"{album.id} - Beaches"
    assert len(world.rows("album_image", album_id=album.id)) == 2


def test_what_is_not_there(world: World, gallery_dl: Path) -> None:
    world.run(gallery_dl, "--dest", "none", "https://imgur.com/a/abcde", code=4, **world.relayed)
    assert not list((world.folder / "none").rglob("*.*"))


def test_a_persons_posts_and_a_search(world: World, gallery_dl: Path, png: bytes) -> None:
    id = upload(world, png, "Sunflowers")
    world.imgur.client.get_image(id).submit_to_gallery("Sunflowers in spring")
    for name, address in {
        "user": f"https://imgur.com/user/{world.imgur.username}",
        "search": "https://imgur.com/search?q=sunflowers",
        "gallery": f"https://imgur.com/gallery/{id}",
    }.items():
        world.run(gallery_dl, "--dest", name, address, **world.relayed)
        (file,) = (world.folder / name).rglob("*.png")
        assert file.read_bytes() == png
