"""curl, sending byte for byte what four programs with windows send that no test can click through."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from program_support import World, curl

CLIENT_ID = "546c25a59c58ad7"
AUTHORIZATION = ("-H", f"Authorization: Client-ID {CLIENT_ID}")


@pytest.fixture
def file(world: World, png: bytes) -> Path:
    print(world.run(curl(), "--version").splitlines()[0])
    return world.write("screenshot.png", png)


def kept(world: World, id: str, png: bytes, **expected: object) -> None:
    """The row and the file are there."""
    row = world.row("image", id=id)
    assert {name: row[name] for name in expected} == expected
    assert world.served(f"/{id}.png") == png


def test_flameshot(world: World, file: Path, png: bytes) -> None:
    """The picture as the whole body, under a content type that there is not."""
    said = world.run(
        curl(), "-sS", "--fail-with-body", *AUTHORIZATION,
        "-H", "Content-Type: application/application/x-www-form-urlencoded", "--data-binary", f"@{file}",
        "https://api.imgur.com/3/image?title=flameshot_screenshot&description=2026-11-24%2010%3A00",
        **world.relayed,
    )  # fmt: skip
    data = json.loads(said)["data"]
    kept(world, data["id"], png, title="flameshot_screenshot", description="2026-11-24 10:00", client_id=CLIENT_ID)
    assert world.row("image", deletehash=data["deletehash"])["id"] == data["id"]
    assert data["link"] == f"{world.imgur.url}/{data['id']}.png"
    asked = world.served(f"/delete/{data['deletehash']}")
    assert b"<form" in asked
    assert world.rows("image", id=data["id"]), "asking must not delete"


def test_ksnip(world: World, file: Path, png: bytes) -> None:
    """Raw again, to the XML side, at a base address that is ksnip's own setting; and how it gets its token."""
    headers = ("-H", "Content-Type: application/x-www-form-urlencoded")
    said = world.run(
        curl(), "-sS", *AUTHORIZATION, *headers, "--data-binary", f"@{file}",
        f"{world.imgur.url}/3/upload.xml?title=Ksnip%20Screenshot&description=",
    )  # fmt: skip
    root = ElementTree.fromstring(said)
    link, deletehash = root.findtext("link"), root.findtext("deletehash")
    assert (root.tag, root.attrib["status"]) == ("data", "200")
    assert link
    assert deletehash
    kept(world, world.row("image", deletehash=deletehash)["id"], png, title="Ksnip Screenshot")
    token = world.run(
        curl(), "-sS", *headers,
        "-d", f"client_id={world.imgur.client_id}&client_secret={world.imgur.client_secret}"
              f"&grant_type=refresh_token&refresh_token={world.imgur.client.refresh_token}",
        f"{world.imgur.url}/oauth2/token.xml",
    )  # fmt: skip
    answer = ElementTree.fromstring(token)
    assert answer.tag == "response"
    assert answer.findtext("account_username") == world.imgur.username
    assert answer.findtext("access_token")
    dead = world.run(
        curl(), "-sS", "-H", "Authorization: Bearer dead", *headers, "--data-binary", f"@{file}",
        f"{world.imgur.url}/3/upload.xml",
    )  # fmt: skip
    assert ElementTree.fromstring(dead).attrib["status"] == "403"


def test_sharex(world: World, file: Path, png: bytes) -> None:
    """Token by multipart, albums by page, the file as a part called `image`."""
    imgur = world.imgur
    token = json.loads(
        world.run(
            curl(), "-sS", "-F", f"refresh_token={imgur.client.refresh_token}", "-F", f"client_id={imgur.client_id}",
            "-F", f"client_secret={imgur.client_secret}", "-F", "grant_type=refresh_token",
            "https://api.imgur.com/oauth2/token", **world.relayed,
        )
    )  # fmt: skip
    bearer = ("-H", f"Authorization: Bearer {token['access_token']}")
    album = imgur.client.create_album("Screenshots")
    albums = world.run(
        curl(), "-sS", *bearer, "https://api.imgur.com/3/account/me/albums?page=0&perPage=100", **world.relayed
    )
    assert [found["id"] for found in json.loads(albums)["data"]] == [album.id]
    said = world.run(
        curl(), "-sS", *bearer, "-F", f"album={album.id}", "-F", f"image=@{file};type=image/png",
        "https://api.imgur.com/3/upload", **world.relayed,
    )  # fmt: skip
    data = json.loads(said)["data"]
    kept(world, data["id"], png, account_id=world.row("account", name=imgur.username)["id"])
    assert world.row("album_image", image_id=data["id"])["album_id"] == album.id
    refused = world.run(
        curl(), "-sS", "-H", "Authorization: Bearer dead", "-F", f"image=@{file}", "https://api.imgur.com/3/upload",
        **world.relayed,
    )  # fmt: skip
    assert json.loads(refused)["data"]["error"] == "The access token provided is invalid."


def test_xfce4_screenshooter(world: World, file: Path, png: bytes) -> None:
    """Multipart to the XML side; it takes the element `id` right below the root."""
    said = world.run(
        curl(), "-sS", *AUTHORIZATION, "-F", f"image=@{file};type=image/png", "-F", "type=file",
        "https://api.imgur.com/3/upload.xml", **world.relayed,
    )  # fmt: skip
    id = ElementTree.fromstring(said).findtext("id")
    assert id
    kept(world, id, png, client_id=CLIENT_ID)
