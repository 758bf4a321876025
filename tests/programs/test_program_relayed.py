"""What most programs are made of, run by `pyimgur run` and told nothing else: curl, Python's requests, Node's fetch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from program_support import World, curl, node, python_program

COMMAND = (sys.executable, "-P", "-m", "pyimgur", "run")
CLIENT_ID = "relayed"


def relayed(world: World, *command: str | Path, code: int = 0) -> str:
    """What a program prints that is run against the server of these tests."""
    return world.run(*COMMAND, "--site", world.imgur.url, "--", *command, code=code)


@pytest.fixture
def file(world: World, png: bytes) -> Path:
    return world.write("relayed.png", png)


def test_curl(world: World, file: Path, png: bytes) -> None:
    """With its question whether to go on, in chunks, and through a proxy that is asked in HTTP/1.0."""
    for option in ("--http1.1", "--proxy1.0"):
        proxy = ['"$HTTPS_PROXY"'] if option == "--proxy1.0" else []
        upload = ["-T", file, "-X", "POST", "-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked"]
        words = [*map(str, [curl(), "-sS", option, *proxy, "-H", f"Authorization: Client-ID {CLIENT_ID}", *upload])]
        line = " ".join(word if word in proxy else f"'{word}'" for word in words)
        said = relayed(world, "sh", "-c", f"{line} https://api.imgur.com/3/image")
        id = json.loads(said)["data"]["id"]
        assert world.served(f"/{id}.png") == png


def test_curl_finds_each_host(world: World, png: bytes) -> None:
    id = world.imgur.client.upload_image(world.write("hosts.png", png)).id
    assert f"<title>{id}" in (page := relayed(world, curl(), "-sS", f"https://imgur.com/{id}")) or id in page
    for host in ("i.imgur.com", "i.imgur.io"):
        relayed(world, curl(), "-sS", "-o", f"{host}.png", f"https://{host}/{id}.png")
        assert (world.folder / f"{host}.png").read_bytes() == png
    assert json.loads(relayed(world, curl(), "-sS", "https://api.imgur.com/nothing"))["status"] == 404
    gone = relayed(
        world, curl(), "-sS", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "https://i.imgur.com/x"
    )
    assert gone == f"302 {world.imgur.url}/removed.png"
    assert relayed(world, curl(), "-sS", "https://www.imgur.com/nothing").startswith("<!")


REQUESTS = """
import sys, requests
session = requests.Session()
session.headers["Authorization"] = "Client-ID relayed"
with open(sys.argv[1], "rb") as file:
    data = session.post("https://api.imgur.com/3/image", files={"image": file}).json()["data"]
assert session.post("https://api.imgur.com/3/image", data=iter([open(sys.argv[1], "rb").read()])).json()["success"]
got = session.get(f"https://i.imgur.com/{data['id']}.png")
print(got.content == open(sys.argv[1], "rb").read(), got.headers["Content-Type"])
print(requests.get(data["link"]).content == got.content)
print(session.head(f"https://i.imgur.com/{data['id']}.png").headers["Content-Length"])
print(session.delete(f"https://api.imgur.com/3/image/{data['deletehash']}").json()["data"])
try:
    requests.get("https://127.0.0.1.nip.example:8443/")
except requests.exceptions.ProxyError as error:
    print("403" in str(error))
"""


def test_requests(world: World, file: Path, png: bytes) -> None:
    python = python_program("requests==2.32.5") / "python"
    said = relayed(world, python, "-c", REQUESTS, file)
    assert said.splitlines() == ["True image/png", "True", str(len(png)), "True", "True"]


FETCH = """
const { readFileSync } = require('fs');
(async () => {
    const image = new Blob([readFileSync(process.argv[1])], { type: 'image/png' });
    const body = new FormData();
    body.append('image', image, 'a.png');
    const headers = { Authorization: 'Client-ID relayed' };
    const answer = await fetch('https://api.imgur.com/3/image', { method: 'POST', headers, body });
    const { id } = (await answer.json()).data;
    const got = await fetch(`https://i.imgur.com/${id}.png`);
    console.log(process.versions.node.split('.')[0] >= 24, (await got.bytes()).length, got.headers.get('content-type'));
})().catch(error => { console.error(error); process.exit(1); });
"""


def test_fetch(world: World, file: Path, png: bytes) -> None:
    assert relayed(world, node(), "-e", FETCH, file).split() == ["true", str(len(png)), "image/png"]
