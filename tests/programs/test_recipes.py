"""`pyimgur server recipe`: what it prints does what it says, in the program itself where one can be run here."""

from __future__ import annotations

import configparser
import json
import shlex
import sys
from pathlib import Path

import pytest
from program_support import World, curl, node, node_program, python_program

from pyimgur.cli._tool_settings import RECIPES

COMMAND = (sys.executable, "-P", "-m", "pyimgur")


@pytest.fixture
def file(world: World, png: bytes) -> Path:
    return world.write("picture.png", png)


def recipe(world: World, tool: str, client_id: str) -> str:
    return world.run(*COMMAND, "server", "recipe", tool, "--url", world.imgur.url, "--client-id", client_id).strip()


def test_curl(world: World, file: Path, png: bytes) -> None:
    said = recipe(world, "curl", "recipe-curl").replace("FILE", str(file))
    assert said.startswith("curl ")
    id = json.loads(world.run(curl(), "-sS", *shlex.split(said)[1:]))["data"]["id"]
    assert world.row("image", id=id)["client_id"] == "recipe-curl"
    assert world.served(f"/{id}.png") == png


def test_sharex(world: World, file: Path, png: bytes) -> None:
    """The request that the file describes, and the answer's fields that it names."""
    uploader = json.loads(recipe(world, "sharex", "recipe-sharex"))
    headers = [word for name, value in uploader["Headers"].items() for word in ("-H", f"{name}: {value}")]
    assert uploader["Body"] == "MultipartFormData"
    said = world.run(
        curl(), "-sS", "-X", uploader["RequestMethod"], *headers, "-F", f"{uploader['FileFormName']}=@{file}",
        uploader["RequestURL"],
    )  # fmt: skip
    data = json.loads(said)["data"]
    row = world.row("image", client_id="recipe-sharex")
    assert uploader["URL"] == "{json:data.link}"
    assert world.served(data["link"].removeprefix(world.imgur.url)) == png
    deletion = uploader["DeletionURL"].replace("{json:data.deletehash}", row["deletehash"])
    assert b"<form" in world.served(deletion.removeprefix(world.imgur.url))


def test_ksnip(world: World, file: Path) -> None:
    """The address is where its own paths begin."""
    settings = configparser.ConfigParser()
    settings.read_string(recipe(world, "ksnip", "unused"))
    base = settings["Imgur"]["BaseUrl"]
    said = world.run(
        curl(), "-sS", "-H", "Authorization: Client-ID recipe-ksnip", "--data-binary", f"@{file}",
        "-H", "Content-Type: application/x-www-form-urlencoded", f"{base}/3/upload.xml?title=&description=",
    )  # fmt: skip
    assert f"<id>{world.row('image', client_id='recipe-ksnip')['id']}</id>" in said


def test_npm(world: World, file: Path) -> None:
    modules = node_program("imgur@0.3.2") / "node_modules"
    program = "require('imgur').uploadFile(process.argv[1]).then(image => console.log(image.id))"
    words = shlex.split(recipe(world, "npm-imgur", "recipe-npm"))
    assert words[0] == "export"
    variables = dict(word.split("=", 1) for word in words[1:])
    id = world.run(node(), "-e", program, file, NODE_PATH=str(modules), **variables).strip()
    assert world.row("image", id=id)["client_id"] == "recipe-npm"


def test_gallery_dl(world: World, file: Path, png: bytes, tmp_path: Path) -> None:
    """The whole of `pyimgur run`, which also starts the server."""
    said = shlex.split(recipe(world, "gallery-dl", "unused"))
    assert said[:4] == ["pyimgur", "run", "--", "gallery-dl"]
    gallery_dl = python_program("gallery-dl==1.32.18") / "gallery-dl"
    (tmp_path / "both.sh").write_text(
        'set -e\nlink=$("$CURL" -sS -H "Authorization: Client-ID x" -F image=@"$1" https://api.imgur.com/3/image |'
        ' sed \'s/.*"link":"[^"]*\\/\\([^".]*\\)\\..*/\\1/\')\nexec "$2" --dest fetched "https://imgur.com/$link"\n'
    )
    world.run(
        *COMMAND, *said[1:3], "sh", tmp_path / "both.sh", file, gallery_dl,
        PYIMGUR_DATA=str(tmp_path / "data"), CURL=curl(),
    )  # fmt: skip
    (fetched,) = (world.folder / "fetched").rglob("*.png")
    assert fetched.read_bytes() == png
    assert not world.rows("image", client_id="x"), "another server's"


def test_the_page_has_each_recipe() -> None:
    page = (Path(__file__).parents[2] / "docs" / "programs.md").read_text("utf-8")
    assert [tool for tool in RECIPES if f"recipe {tool}`" not in page] == []


def test_without_an_address_it_is_the_usual_one(world: World, tmp_path: Path) -> None:
    said = world.run(*COMMAND, "server", "recipe", "ksnip", PYIMGUR_DATA=str(tmp_path / "none"))
    assert said == "[Imgur]\nBaseUrl=http://127.0.0.1:4648\n"
    assert not (tmp_path / "none").exists()
