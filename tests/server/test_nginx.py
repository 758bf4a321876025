"""The recipe for nginx on docs/running.md, as it stands there: TLS, a large upload, a range, the client's address."""

from __future__ import annotations

import io
import math
import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx2
import pytest
import trustme
from PIL import Image
from site_support import until

from motion_support import film, gif
from port_support import free_port, listens

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "running.md"
NAME = "img.example.org"
AROUND = """\
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {recipe}
}}
"""
LARGE = 19_000_000
LARGEST = 200_000_000
STEP = 1_000_000
FLAT = 16 << 20


@pytest.fixture(scope="module")
def nginx() -> str:
    found = shutil.which("nginx", path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    if found is None:
        pytest.skip("no nginx found")
    return found


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


class Outside(NamedTuple):
    """A client that reaches a server of its own through nginx, over https; and the two processes on its way."""

    http: httpx2.Client
    server: int
    proxy: int


@pytest.fixture(scope="module")
def outside(running: Outside) -> httpx2.Client:
    return running.http


@pytest.fixture(scope="module")
def running(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("nginx")
    authority, port, inner = trustme.CA(), free_port(), free_port()
    made = authority.issue_cert(NAME, "127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(str(folder / "pem"))
    recipe = block("nginx")
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/img.example.org.pem": str(folder / "pem"),
        "/etc/ssl/private/img.example.org.key": str(folder / "pem"),
        "127.0.0.1:4648": f"127.0.0.1:{inner}",
    }
    for there, here in changes.items():
        assert there in recipe
        recipe = recipe.replace(there, here)
    (folder / "conf").write_text(AROUND.format(folder=folder, recipe=recipe), "utf-8")
    started = re.search(r"^ExecStart=\S+ (.*)$", block("ini"), re.MULTILINE)
    assert started
    arguments = started[1].replace("/var/lib/pyimgur", str(folder / "data")).split()
    (folder / "config.toml").write_text('strip = "none"\n', "utf-8")  # padding is metadata, and large files are padded
    serve = [sys.executable, "-m", "pyimgur", *arguments, "--port", str(inner), "--config", str(folder / "config.toml")]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert f"https://{NAME} (closed" in server.stdout.readline()
            with subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "conf")]) as proxy:
                try:
                    until(lambda: listens(port))
                    context = ssl.create_default_context()
                    authority.configure_trust(context)
                    with httpx2.Client(
                        base_url=f"https://127.0.0.1:{port}", verify=context, headers={"Host": NAME}, timeout=60
                    ) as client:
                        client.headers["Authorization"] = f"Client-ID {registered(folder / 'data')}"
                        yield Outside(client, server.pid, proxy.pid)
                finally:
                    proxy.terminate()
        finally:
            server.terminate()


def registered(data: Path) -> str:
    """The id of a new application; the server is closed."""
    add = [sys.executable, "-m", "pyimgur", "server", "app", "add", "outside", "--data", str(data)]
    said = subprocess.run(add, capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"\b[0-9a-f]{15}\b", said)
    assert found, said
    return found[0]


def noise(size: int) -> bytes:
    """A picture of noise, of at least this many bytes."""
    side = math.isqrt(size // 3) + 1
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), secrets.token_bytes(3 * side * side)).save(file, "BMP")
    return file.getvalue()


def test_it_speaks_https_under_its_public_name(outside: httpx2.Client) -> None:
    assert outside.get("/healthz").text == "ok\n"
    assert outside.get("/healthz", headers={"Host": "elsewhere.example"}).status_code == 421


def test_a_large_upload_and_a_range(outside: httpx2.Client) -> None:
    large = noise(LARGE)
    answer = outside.post("/3/image", files={"image": ("large.bmp", large)})
    assert answer.status_code == 200, answer.text
    link = answer.json()["data"]["link"]
    assert link.startswith(f"https://{NAME}/")
    path = link.removeprefix(f"https://{NAME}")
    part = outside.get(path, headers={"Range": "bytes=1000000-1999999"})
    assert (part.status_code, len(part.content)) == (206, 1_000_000)
    assert part.headers["content-range"].startswith("bytes 1000000-1999999/")
    whole = outside.get(path).content
    assert whole[1_000_000:2_000_000] == part.content


def test_a_body_that_is_larger_than_nginx_s_default_reaches_the_server(outside: httpx2.Client) -> None:
    refused = outside.post("/3/image", files={"image": ("large.bmp", b"\0" * 30_000_000)})
    assert refused.status_code != 413 or refused.headers["content-type"] == "application/json"
    assert refused.json()["success"] is False


def padded(start: bytes, size: int) -> Iterator[bytes]:
    """Just this many bytes, of which decoders see the first."""
    yield start
    for at in range(len(start), size, STEP):
        yield bytes(min(STEP, size - at))


def large_film(size: int) -> Iterator[bytes]:
    """A film, and a box behind it that players skip."""
    moving = film()
    return padded(moving + (size - len(moving)).to_bytes(4, "big") + b"free", size)


def send(outside: httpx2.Client, body: Iterator[bytes], size: int, type: str) -> httpx2.Response:
    return outside.post("/3/image", headers={"Content-Length": str(size), "Content-Type": type}, content=body)


def worker_of(nginx: int) -> int:
    """The process that does nginx's work."""
    return int(Path(f"/proc/{nginx}/task/{nginx}/children").read_text("ascii").split()[0])


def most_memory(pid: int) -> int:
    """The most that a process has held since `forget_most`, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found
    return int(found[1]) * 1024


def forget_most(pid: int) -> int:
    """Take what the process holds now as the most; gives that."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")
    return most_memory(pid)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells how much a process held")
def test_a_video_of_200_megabytes_goes_through_and_nobody_holds_it(running: Outside) -> None:
    pids = (running.server, worker_of(running.proxy))
    before = [forget_most(pid) for pid in pids]
    answer = send(running.http, large_film(LARGEST), LARGEST, "video/mp4")
    assert (answer.status_code, answer.json()["data"]["type"]) == (200, "video/mp4"), answer.text
    assert [most_memory(pid) - held < FLAT for pid, held in zip(pids, before, strict=True)] == [True, True]


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells how much a process held")
def test_200_megabytes_come_back_whole_and_in_ranges_and_nobody_holds_them(running: Outside) -> None:
    answer = send(running.http, padded(gif(), LARGEST), LARGEST, "image/gif")  # one that is kept byte for byte
    assert (answer.status_code, answer.json()["data"]["size"]) == (200, LARGEST), answer.text
    path = answer.json()["data"]["link"].removeprefix(f"https://{NAME}")
    pids = (running.server, worker_of(running.proxy))
    before = [forget_most(pid) for pid in pids]
    with running.http.stream("GET", path) as whole:
        assert sum(len(chunk) for chunk in whole.iter_raw()) == LARGEST
    part = running.http.get(path, headers={"Range": f"bytes=150000000-{150000000 + STEP - 1}"})
    assert (part.status_code, part.content) == (206, bytes(STEP))
    end = running.http.get(path, headers={"Range": "bytes=-10", "If-Range": part.headers["etag"]})
    assert (end.status_code, end.headers["content-range"]) == (206, f"bytes {LARGEST - 10}-{LARGEST - 1}/{LARGEST}")
    assert [most_memory(pid) - held < FLAT for pid, held in zip(pids, before, strict=True)] == [True, True]


def test_a_video_that_is_larger_than_may_be_is_refused_in_imgur_s_shape(outside: httpx2.Client) -> None:
    size = LARGEST + 80 * STEP
    answer = send(outside, large_film(size), size, "video/mp4")
    assert (answer.status_code, answer.json()["data"]["error"]) == (413, "file is over the size limit")
