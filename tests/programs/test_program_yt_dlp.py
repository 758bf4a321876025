"""yt-dlp, which takes films and moving pictures from Imgur's own addresses, against a server of ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from program_support import World, python_program

from motion_support import film, gif, streams

VERSION = "2026.10.26"


@pytest.fixture(scope="module")
def yt_dlp(world: World) -> Path:
    command = python_program(f"yt-dlp=={VERSION}") / "yt-dlp"
    assert world.run(command, "--version") == f"{VERSION}\n"
    return command


def test_a_video(world: World, yt_dlp: Path) -> None:
    id = world.imgur.client.upload_image(world.write("film.mp4", film()), title="A film").id
    world.run(yt_dlp, f"https://imgur.com/{id}", **world.relayed)
    assert (world.folder / f"A film [{id}].mp4").read_bytes() == world.served(f"/{id}.mp4")
    assert world.row("image", id=id)["title"] == "A film"


def test_a_moving_picture_in_both_forms(world: World, yt_dlp: Path) -> None:
    image = world.imgur.client.upload_image(world.write("moves.gif", gif(8)), title="It moves")
    assert world.served(f"/{image.id}.mp4"), "made when it is asked for"
    forms = json.loads(world.run(yt_dlp, "-j", f"https://imgur.com/{image.id}", **world.relayed))["formats"]
    assert {form["ext"] for form in forms} == {"gif", "mp4"}
    world.run(yt_dlp, "-f", "mp4", f"https://imgur.com/{image.id}", **world.relayed)
    assert "h264" in streams((world.folder / f"It moves [{image.id}].mp4").read_bytes())[1]


def test_a_shared_album(world: World, yt_dlp: Path) -> None:
    ids = [world.imgur.client.upload_image(world.write(f"{n}.mp4", film())).id for n in range(2)]
    album = world.imgur.client.create_album("Films", images=ids)
    album.submit_to_gallery("Films of spring")
    for kind in ("a", "gallery"):
        said = world.run(yt_dlp, "--flat-playlist", "-j", f"https://imgur.com/{kind}/{album.id}", **world.relayed)
        assert [json.loads(line)["id"] for line in said.splitlines()] == ids
