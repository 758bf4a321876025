"""HTTP libraries from npm that send `GET https://…` to a proxy in plain instead of asking for a tunnel."""

from __future__ import annotations

import sys

import pytest
from program_support import World, node, node_program

PROGRAMS = {
    "axios@0.27.2": """
const axios = require('axios');
const headers = { Authorization: 'Client-ID old-axios' };
const upload = body => axios.post('https://api.imgur.com/3/image', body, { headers }).then(answer => answer.data.data);
const picture = url => axios.get(url, { responseType: 'arraybuffer' }).then(answer => answer.data);
""",
    "axios@1.7.9": """
const axios = require('axios');
const headers = { Authorization: 'Client-ID old-axios' };
const upload = body => axios.post('https://api.imgur.com/3/image', body, { headers }).then(answer => answer.data.data);
const picture = url => axios.get(url, { responseType: 'arraybuffer' }).then(answer => answer.data);
""",
    "needle@3.3.1": """
const needle = require('needle');
const headers = { Authorization: 'Client-ID needle' };
const upload = body =>
    needle('post', 'https://api.imgur.com/3/image', body, { headers, json: true }).then(answer => answer.body.data);
const picture = url => needle('get', url).then(answer => answer.body);
""",
}
"""Package -> how a program uploads with it and gets a picture."""
MAIN = """
const file = require('fs').readFileSync(process.argv[1]);
(async () => {
    const { id } = await upload({ image: file.toString('base64'), type: 'base64' });
    console.log(id, file.equals(await picture(`https://i.imgur.com/${id}.png`)));
})().catch(error => { console.error(error.message); process.exit(1); });
"""


@pytest.mark.parametrize("package", PROGRAMS)
def test_an_upload_and_its_picture(package: str, world: World, png: bytes) -> None:
    modules = node_program(package) / "node_modules"
    id, same = world.run(
        sys.executable, "-P", "-m", "pyimgur", "run", "--site", world.imgur.url, "--",
        node(), "-e", PROGRAMS[package] + MAIN, world.write("a.png", png), NODE_PATH=str(modules),
    ).split()  # fmt: skip
    assert same == "true"
    assert world.served(f"/{id}.png") == png
