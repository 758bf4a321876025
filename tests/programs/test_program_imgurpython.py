"""imgurpython 1.1.7, once Imgur's own library for Python, against a server of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from program_support import World, python_program

VERSION = "1.1.7"

SIGNED_IN = """
import sys, imgurpython, importlib.metadata
client_id, secret, refresh, path = sys.argv[1:]
print(importlib.metadata.version("imgurpython"))
client = imgurpython.ImgurClient(client_id, secret, "0" * 40, refresh)  # a token that has ended: it asks for another
print(client.credits["ClientRemaining"])
album = client.create_album({"title": "Nested", "description": "a b", "privacy": "hidden"})
first = client.upload_from_path(path, {"title": "one", "name": "one.png", "album": album["id"]}, anon=False)
second = client.upload_from_path(path, {"title": "two"}, anon=False)
print(first["id"], second["id"], album["id"])
print(client.album_add_images(album["id"], [second["id"]]))
print([image.title for image in client.get_album_images(album["id"])])
print(client.album_set_images(album["id"], [second["id"], first["id"]]))
print([image.title for image in client.get_album_images(album["id"])])
print(client.album_remove_images(album["id"], [first["id"]]))
print([image.title for image in client.get_album(album["id"]).images and client.get_album_images(album["id"])])
print(client.update_album(album["id"], {"title": "Renamed", "ids": [second["id"]]}))
print(client.get_image(second["id"]).size, client.get_account("me").url)
print(sorted(client.get_account_album_ids("me")) == [album["id"]], client.get_account_images_count("me"))
print(client.delete_image(first["id"]))
try:
    client.get_image(first["id"])
except imgurpython.helpers.error.ImgurClientError as error:
    print(error.status_code)
"""


@pytest.fixture(scope="module")
def python() -> Path:
    return python_program(f"imgurpython=={VERSION}") / "python"


def test_albums_and_images(world: World, python: Path, png: bytes) -> None:
    imgur = world.imgur
    assert imgur.client.refresh_token
    said = world.run(
        python, "-c", SIGNED_IN,
        imgur.client_id, imgur.client_secret, imgur.client.refresh_token, world.write("a.png", png), **world.relayed,
    ).splitlines()  # fmt: skip
    first, second, album = said[2].split()
    assert said[0] == VERSION
    assert said[3:9] == ["True", "['one', 'two']", "True", "['two', 'one']", "True", "['two']"]
    assert said[9:] == ["True", f"{len(png)} {imgur.username}", "True 2", "True", "404"]
    assert world.row("album", id=album)["title"] == "Renamed"
    assert [row["image_id"] for row in world.rows("album_image", album_id=album)] == [second]
    assert world.served(f"/{second}.png") == png
    assert not world.rows("image", id=first)
