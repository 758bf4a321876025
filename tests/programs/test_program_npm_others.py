"""Packages from npm that upload to api.imgur.com and nowhere else, each as its readme uses it."""

from __future__ import annotations

import json

import pytest
from program_support import World, node, node_program

PROGRAMS = {
    "imgur-uploader@4.2.1": """
const upload = require('imgur-uploader');
upload(require('fs').readFileSync(path), { title: 'Up' }).then(said, failed);
""",
    "imgur-upload@0.1.2": """
const imgur = require('imgur-upload');
imgur.setClientID('from-npm');
imgur.upload(path, (error, answer) => error ? failed(error) : said(answer.data));
""",
    "imgur-anonymous-uploader@1.1.9": """
const Uploader = require('imgur-anonymous-uploader');
new Uploader('from-npm').upload(path).then(answer => said({ link: answer.url, deletehash: answer.deleteHash }), failed);
""",
}
"""Package -> what a program does with it."""
ENDS = """
const [path] = process.argv.slice(1);
const said = data => console.log(JSON.stringify({ link: data.link, deletehash: data.deletehash }));
const failed = error => { console.error(error); process.exit(1); };
"""


@pytest.mark.parametrize("package", PROGRAMS)
def test_an_upload(package: str, world: World, png: bytes) -> None:
    modules = node_program(package) / "node_modules"
    program = ENDS + PROGRAMS[package]
    said = world.run(
        node(), "-e", program, world.write("a.png", png), NODE_PATH=str(modules), **world.relayed
    )  # fmt: skip
    answer = json.loads(said)
    row = world.row("image", deletehash=answer["deletehash"])
    assert answer["link"] == f"{world.imgur.url}/{row['id']}.png"
    assert world.served(f"/{row['id']}.png") == png


def test_an_album_read(world: World, png: bytes) -> None:
    """imgur-node 0.2.0, which reads albums."""
    image = world.imgur.client.upload_image(world.write("a.png", png))
    album = world.imgur.client.create_album("Beaches", images=[image])
    program = """
const client = new (require('imgur-node').Client)('from-npm');
client.album.get(process.argv[1], (error, answer) => console.log(JSON.stringify(answer)));
"""
    modules = node_program("imgur-node@0.2.0") / "node_modules"
    found = json.loads(world.run(node(), "-e", program, album.id, NODE_PATH=str(modules), **world.relayed))
    assert (found["title"], [each["id"] for each in found["images"]]) == ("Beaches", [image.id])
