"""PicGo with its own uploader for Imgur, told as `pyimgur server recipe picgo` says."""

from __future__ import annotations

import sys

from program_support import World, node, node_program

from pyimgur.cli._tool_settings import RECIPES

VERSION = "2.0.3"


def test_upload(world: World, png: bytes) -> None:
    """It knows a proxy by host and port only, and takes none from its environment."""
    command = node_program(f"picgo@{VERSION}") / "node_modules" / "picgo" / "bin" / "picgo"
    assert world.run(node(), command, "--version").strip().endswith(VERSION)
    config = world.write("picgo.json", RECIPES["picgo"].write(world.imgur.url, "picgo").encode())
    said = RECIPES["picgo"].use.partition("pyimgur run --any-program -- sh -c ")[2].strip("'")
    words = said.replace("FILE", str(world.write("a.png", png))).replace("picgo.json", str(config))
    line = words.replace("picgo ", f"'{node()}' '{command}' ", 1)
    run = (sys.executable, "-P", "-m", "pyimgur", "run", "--any-program", "--site", world.imgur.url, "--")
    printed = world.run(*run, "sh", "-c", line)
    row = world.row("image", client_id="picgo")
    assert printed.strip().endswith(f"{world.imgur.url}/{row['id']}.png")
    assert world.served(f"/{row['id']}.png") == png
