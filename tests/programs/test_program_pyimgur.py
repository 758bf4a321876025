"""PyImgur 0.8.1, the library whose name this one carries, against a server of ours."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from program_support import PATIENCE, World, python_program

EXAMPLE = Path(__file__).parents[2] / "examples" / "authorization.py"
VERSION = "0.8.1"
CHECK = "import importlib.metadata as m; print(m.version('pyimgur'))\n"


@pytest.fixture(scope="module")
def python() -> Path:
    return python_program(f"pyimgur=={VERSION}") / "python"


def pin(world: World, address: str) -> str:
    """What somebody reads on the page after allowing what is asked there."""
    assert address.startswith("https://api.imgur.com/oauth2/authorize?")
    parts = urlsplit(address)
    page = f"{world.imgur.url}{parts.path}?{parts.query}"
    with httpx2.Client(trust_env=False) as browser:
        ticket = browser.get(page).raise_for_status().cookies["authorize_token"]
        form = {"username": world.imgur.username, "password": world.imgur.password, "allow": ticket}
        shown = re.search(r'id="pin">(\w+)<', browser.post(page, data=form).text)
    assert shown
    return shown[1]


def test_the_documented_program(world: World, python: Path) -> None:
    assert world.run(python, "-c", CHECK) == f"{VERSION}\n"
    environment = {**world.bare, **world.relayed, "BROWSER": "echo %s"}  # what it opens in a browser, it prints
    with subprocess.Popen(
        [python, "-I", EXAMPLE], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        patience = threading.Timer(PATIENCE, program.kill)
        patience.start()
        assert program.stdin
        assert program.stdout
        program.stdin.write(f"{pin(world, program.stdout.readline().strip())}\n")
        program.stdin.close()
        said = program.stdout.read()  # communicate() would not see what readline() has read ahead
        program.wait()
        patience.cancel()
    album = world.row("album", title="My first album")
    assert (program.returncode, said) == (0, f"Pin: Created {world.imgur.url}/a/{album['id']}\n")
    assert album["description"] == "Created with pyimgur"
    assert album["account_id"] == world.row("account", name=world.imgur.username)["id"]


SIGNED_IN = """
import sys, pyimgur
client_id, secret, access, refresh, path = sys.argv[1:]
im = pyimgur.Imgur(client_id, secret, access, refresh)
album = im.create_album("Holidays", "by the sea")
image = im.upload_image(path, title="Beach", description="sunny")
album.add_images(image)
image.update(title="The beach")
again = im.get_image(image.id)
print(again.title, again.link, again.size, again.width, again.height, again.is_animated)
print([found.id == image.id for found in im.get_album(album.id).images])
print(image.deletehash)
me = im.get_user("me")
print(me.name, [found.title for found in me.get_albums()], [found.title for found in me.get_images()])
print(im.ratelimit_clientremaining < im.ratelimit_clientlimit)
print(image.download(name="downloaded"))
other = im.upload_image(path, title="Mistake")
other.delete()
print(other.id)
"""


def test_albums_and_images(world: World, python: Path, png: bytes) -> None:
    client = world.imgur.client
    assert client.access_token
    assert client.refresh_token
    said = world.run(
        python, "-c", SIGNED_IN,
        world.imgur.client_id, world.imgur.client_secret, client.access_token, client.refresh_token,
        world.write("beach.png", png),
        **world.relayed,
    ).splitlines()  # fmt: skip
    row = world.row("image", title="The beach")
    assert said[0] == f"The beach {world.imgur.url}/{row['id']}.png {len(png)} 40 30 False"
    assert said[1] == "[True]"
    assert said[2] == row["deletehash"]
    assert said[3].startswith(f"{world.imgur.username} [")
    assert "'Holidays'" in said[3]
    assert said[3].endswith("['The beach']")
    assert said[4] == "True"
    assert said[5] == "downloaded.png"
    assert (world.folder / said[5]).read_bytes() == png == world.served(f"/{row['id']}.png")
    assert row["description"] == "sunny"
    assert world.row("album_image", image_id=row["id"])["album_id"] == world.row("album", title="Holidays")["id"]
    assert not world.rows("image", id=said[6])


ANONYMOUS = """
import sys, pyimgur
im = pyimgur.Imgur("546c25a59c58ad7")
image = im.upload_image(sys.argv[1], title="Nobody's")
print(image.id, image.deletehash, image.link_small_square)
image.delete()
try:
    im.get_image(image.id)
except Exception as error:
    print(type(error).__name__)
"""


def test_without_an_account(world: World, python: Path, png: bytes) -> None:
    said = world.run(python, "-c", ANONYMOUS, world.write("a.png", png), **world.relayed).split()
    assert said[3] == "ResourceNotFoundError"
    assert not world.rows("image", id=said[0])


GALLERY = """
import sys, pyimgur
client_id, secret, access, refresh, path = sys.argv[1:]
im = pyimgur.Imgur(client_id, secret, access, refresh)
image = im.upload_image(path, title="Tulips")
image.submit_to_gallery("Tulips in May")
post = im.get_gallery_image(image.id)
print(post.title, post.ups, post.is_album if hasattr(post, "is_album") else None)
comment = post.comment("lovely")
print([found.text for found in post.get_comments()])
post.upvote()
post.favorite()
print([found.title for found in im.get_user("me").get_gallery_favorites()])
print([found.title for found in im.search_gallery("tulips")])
print([found.title for found in im.get_gallery(section="user", sort="time", limit=5)])
print([found.title for found in im.get_user("me").get_submissions()])
print(im.get_at_url("http://imgur.com/gallery/" + image.id).title)
"""


def test_the_gallery(world: World, python: Path, png: bytes) -> None:
    client = world.imgur.client
    assert client.access_token
    assert client.refresh_token
    said = world.run(
        python, "-c", GALLERY,
        world.imgur.client_id, world.imgur.client_secret, client.access_token, client.refresh_token,
        world.write("tulips.png", png),
        **world.relayed,
    ).splitlines()  # fmt: skip
    assert said[0].startswith("Tulips in May ")
    assert said[1:] == ["['lovely']", *["['Tulips in May']"] * 4, "Tulips in May"]
    assert world.row("comment", text="lovely")


EXPIRED = """
import sys, pyimgur
im = pyimgur.Imgur(sys.argv[1], sys.argv[2], "0" * 40, sys.argv[3])
try:
    im.get_user("me")
except Exception as error:
    print(type(error).__name__, error)
im.refresh_access_token()
print(im.get_user("me").name)
"""


def test_a_token_that_has_ended(world: World, python: Path) -> None:
    imgur = world.imgur
    assert imgur.client.refresh_token
    said = world.run(
        python, "-c", EXPIRED, imgur.client_id, imgur.client_secret, imgur.client.refresh_token, **world.relayed
    )
    assert said.splitlines()[0].endswith("The access token provided is invalid.")
    assert said.splitlines()[1] == imgur.username
