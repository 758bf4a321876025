"""`imgur` from npm, the old one (0.3.2) and the new one (2.6.1), against a server of ours."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from program_support import World, node, node_program

OLD, NEW = "0.3.2", "2.6.1"


@pytest.fixture(scope="module")
def old() -> Path:
    return node_program(f"imgur@{OLD}")


@pytest.fixture(scope="module")
def new() -> Path:
    return node_program(f"imgur@{NEW}")


OLD_PROGRAM = """
const imgur = require('imgur');
(async () => {
    console.log(imgur.VERSION, imgur.getAPIUrl());
    const album = await imgur.createAlbum();
    const image = await imgur.uploadFile(process.argv[1], album.deletehash, 'Old', 'from npm');
    console.log(JSON.stringify(image));
    console.log(JSON.stringify(await imgur.uploadBase64(process.argv[2])));
    console.log((await imgur.getInfo(image.id)).title, (await imgur.getAlbumInfo(album.id)).images.length);
    const gone = await imgur.uploadBase64(process.argv[2]);
    console.log(gone.id, await imgur.deleteImage(gone.deletehash));
})().catch(error => { console.error(error); process.exit(1); });
"""


def test_the_old_one(world: World, old: Path, png: bytes) -> None:
    """Where the API is, is its own setting: no relay."""
    url = f"{world.imgur.url}/3/"
    text = base64.b64encode(png).decode()
    said = world.run(
        node(), "-e", OLD_PROGRAM, world.write("a.png", png), text,
        NODE_PATH=str(old / "node_modules"), IMGUR_API_URL=url, IMGUR_CLIENT_ID="f0ea04148a54268",
    ).splitlines()  # fmt: skip
    assert said[0] == f"{OLD} {url}"
    first, second = json.loads(said[1]), json.loads(said[2])
    assert said[3] == "Old 1"
    row = world.row("image", id=first["id"])
    assert (row["title"], row["description"], row["client_id"]) == ("Old", "from npm", "f0ea04148a54268")
    assert world.row("album_image", image_id=first["id"])
    assert world.served(f"/{first['id']}.png") == world.served(f"/{second['id']}.png") == png
    gone, done = said[4].split()
    assert done == "true"
    assert not world.rows("image", id=gone)


def test_the_command_of_the_old_one(world: World, old: Path, png: bytes) -> None:
    """It uploads and prints nothing: it looks for the link where its own module does not put it."""
    command = old / "node_modules" / "imgur" / "cli.js"
    assert world.run(node(), command, "--version") == f"{OLD}\n"
    told = {"IMGUR_API_URL": f"{world.imgur.url}/3/", "IMGUR_CLIENT_ID": "from-command"}
    assert world.run(node(), command, world.write("c.png", png), **told) == ""
    assert world.served(f"/{world.row('image', client_id='from-command')['id']}.png") == png


NEW_PROGRAM = """
const { ImgurClient } = require('imgur');
const fs = require('fs');
const [path, clientId, clientSecret, refreshToken] = process.argv.slice(1);
const must = answer => { if (!answer.success) throw new Error(JSON.stringify(answer)); return answer.data; };
(async () => {
    console.log(require(process.env.NODE_PATH + '/imgur/package.json').version);
    const nobody = new ImgurClient({ clientId });
    const image = must(await nobody.upload({ image: fs.createReadStream(path), type: 'stream', title: 'New' }));
    console.log(JSON.stringify(image));
    console.log(must(await nobody.deleteImage(image.deletehash)));
    const somebody = new ImgurClient({ clientId, clientSecret, refreshToken });
    const album = must(await somebody.createAlbum('From npm', 'an album'));
    const base64 = fs.readFileSync(path).toString('base64');
    const second = must(await somebody.upload({ image: base64, type: 'base64', title: 'Second', album: album.id }));
    console.log(JSON.stringify(second));
    console.log(must(await somebody.updateImage({ imageHash: second.id, title: 'Renamed' })));
    console.log(must(await somebody.getImage(second.id)).title, must(await somebody.getAlbum(album.id)).images_count);
    console.log(must(await somebody.favoriteImage(second.id)));
    console.log(must(await somebody.getAlbums('me'))[0].title, must(await somebody.getAlbumsIds('me'))[0] === album.id);
    console.log((await somebody.getAccount('me')).data);
})().catch(error => { console.error(error); process.exit(1); });
"""


def test_the_new_one(world: World, new: Path, png: bytes) -> None:
    imgur = world.imgur
    assert imgur.client.refresh_token
    said = world.run(
        node(), "-e", NEW_PROGRAM,
        world.write("b.png", png), imgur.client_id, imgur.client_secret, imgur.client.refresh_token,
        NODE_PATH=str(new / "node_modules"), **world.relayed,
    ).splitlines()  # fmt: skip
    first, second = json.loads(said[1]), json.loads(said[3])
    assert (said[0], said[2], said[4:]) == (
        NEW,
        "true",
        ["true", "Renamed 1", "favorited", "From npm true", "Authentication required"],
    ), "it asks for accounts without saying who it is: Imgur refuses that, too"
    assert not world.rows("image", id=first["id"])
    row = world.row("image", id=second["id"])
    assert row["title"] == "Renamed"
    assert row["account_id"] == world.row("account", name=imgur.username)["id"]
    assert world.row("album_image", image_id=second["id"])["album_id"] == world.row("album", title="From npm")["id"]
    assert world.served(f"/{second['id']}.png") == png
