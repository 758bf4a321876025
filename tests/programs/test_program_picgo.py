"""PicGo with its own uploader for Imgur, told as `pyimgur server recipe picgo` says."""

from __future__ import annotations

from program_support import World, node, node_program

from pyimgur.cli.recipes import RECIPES

VERSION = "2.0.3"


def test_upload(world: World, png: bytes) -> None:
    command = node_program(f"picgo@{VERSION}") / "node_modules" / "picgo" / "bin" / "picgo"
    assert world.run(node(), command, "--version").strip().endswith(VERSION)
    config = world.write("picgo.json", RECIPES["picgo"].write(world.imgur.url, "picgo").encode())
    assert '--proxy "$HTTPS_PROXY"' in RECIPES["picgo"].use
    said = world.run(
        node(), command, "--config", config, "--proxy", world.relayed["HTTPS_PROXY"],
        "upload", world.write("a.png", png), **world.relayed,
    )  # fmt: skip
    row = world.row("image", client_id="picgo")
    assert said.strip().endswith(f"{world.imgur.url}/{row['id']}.png")
    assert world.served(f"/{row['id']}.png") == png
