"""Redirects, as the web servers of Debian read them: nginx and Caddy run on loopback and are asked."""

from __future__ import annotations

import csv
import http.client
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from port_support import free_port, listens
from pyimgur import links
from pyimgur.exceptions import ArgumentError
from pyimgur.links import Existing
from pyimgur.urls import CONTENT_PATH, parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TO = "https://img.example.org/pics"
TEXT = "https://i.imgur.com/aBcdeFg.jpg https://imgur.com/a/a-title-aBcdeFg https://i.imgur.com/ABCDEFG.jpg https://ann.imgur.com"
MOVED = (
    "/aBcdeFg.jpg", "/aBcde.png?1", "/aBcdem.jpg", "/aBcdeFgh.jpg", "/aBcdeFg_d.webp?maxwidth=520&shape=thumb",
    "/aBcdeFg", "/aBcdeFg,hIjklMn", "/a/aBcdeFg", "/a/a-title-aBcdeFg", "/gallery/aBcdeFg/comment/1", "/t/cats/aBcdeFg",
    "/r/pics/aBcdeFg.jpg", "/download/aBcdeFg/My%20title", "/aBcdeFg.jpg:large",
)  # fmt: skip
LEFT = ("/", "/about", "/gallery", "/user/ann", "/aBcdeF.jpg", "/static/x.css", "/aBcdeFg.jpg.exe.")
NGINX = """\
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {outer}
    server {{
        listen 127.0.0.1:{port};
        {inner}
    }}
}}
"""
CADDY = """\
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    {inner}
}}
"""


@contextmanager
def running(server: str, text: str, folder: Path) -> Iterator[int]:
    """Run a web server with these redirects; gives its port."""
    program = shutil.which(server, path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    if program is None:
        pytest.skip(f"no {server} found")
    port = free_port()
    outer, mark, inner = text.partition("# In the server block")
    if server == "caddy" or not mark:
        outer, inner = "", text
    template = {"nginx": NGINX, "caddy": CADDY}[server]
    (folder / "conf").write_text(template.format(folder=folder, port=port, outer=outer, inner=f"{mark}{inner}"))
    command = {
        "nginx": [program, "-p", str(folder), "-c", str(folder / "conf")],
        "caddy": [program, "run", "--adapter", "caddyfile", "--config", str(folder / "conf")],
    }[server]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=env, text=True) as process:
        try:
            while not listens(port):
                assert process.poll() is None, process.communicate()[1]
                time.sleep(0.02)
            yield port
        finally:
            process.terminate()


def answers(port: int, paths: tuple[str, ...]) -> dict[str, str]:
    """Where each path leads; empty where it is not redirected."""
    found: dict[str, str] = {}
    for path in paths:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        found[path] = answer.headers.get("Location", "") if answer.status == 301 else ""
        connection.close()
    return found


@pytest.mark.parametrize("server", ["nginx", "caddy"])
def test_one_rule_redirects_all_forms_and_nothing_else(server: links.Server, tmp_path: Path) -> None:
    with running(server, links.redirects(TO, server), tmp_path) as port:
        assert answers(port, MOVED) == {path: TO + path for path in MOVED}
        assert answers(port, LEFT) == dict.fromkeys(LEFT, "")


@pytest.mark.parametrize("server", ["nginx", "caddy"])
def test_a_table_redirects_what_is_in_it(server: links.Server, tmp_path: Path) -> None:
    moved = ("/aBcdeFg.jpg?1", "/ABCDEFG.jpg", "/a/a-title-aBcdeFg")
    left = ("/hIjklMn.jpg", "/a/aBcdeFg", "/", "/aBcdeFg.png")
    with running(server, links.redirects(TO, server, links.scan_text(TEXT)), tmp_path) as port:
        assert answers(port, moved) == {path: TO + path for path in moved}
        assert answers(port, left) == dict.fromkeys(left, "")


def test_a_large_table_of_a_folder_is_read_by_nginx(tmp_path: Path) -> None:
    ids = [f"{number:07d}" for number in range(20_000)]
    known = Existing(frozenset(ids), frozenset({"aBcdeFg"}), extensions=frozenset((id, ".jpg") for id in ids))
    with running("nginx", links.redirects(TO, "nginx", known), tmp_path) as port:
        moved = ("/0000000.jpg", "/0019999.jpg", "/0012345", "/a/aBcdeFg")
        assert answers(port, (*moved, "/0020000.jpg")) == {path: TO + path for path in moved} | {"/0020000.jpg": ""}


def test_a_csv_has_old_and_new_urls() -> None:
    rows = list(csv.DictReader(links.redirects(TO, "csv", links.scan_text(TEXT + " " + TEXT)).splitlines()))
    assert [(row["source"], row["target"], row["status"], row["kind"], row["id"]) for row in rows] == [
        ("https://i.imgur.com/aBcdeFg.jpg", f"{TO}/aBcdeFg.jpg", "301", "image", "aBcdeFg"),
        ("https://imgur.com/a/a-title-aBcdeFg", f"{TO}/a/a-title-aBcdeFg", "301", "album", "aBcdeFg"),
        ("https://i.imgur.com/ABCDEFG.jpg", f"{TO}/ABCDEFG.jpg", "301", "image", "ABCDEFG"),
    ]


@pytest.mark.parametrize(
    ("to", "server"), [(TO, "csv"), ("https://x.example/$y", "nginx"), ("https://imgur.com", "caddy")]
)
def test_what_cannot_be_written_is_an_error(to: str, server: links.Server) -> None:
    with pytest.raises(ArgumentError):
        links.redirects(to, server)


def test_paths_that_could_break_out_of_a_configuration_are_left_out() -> None:
    found = links.scan_text(
        "https://imgur.com/download/aBcdeFg/%7D;x https://imgur.com/download/aBcdeFg/a%20b https://imgur.com/aBcde"
    )
    assert len(found) == 3
    for server in ("nginx", "caddy"):
        text = links.redirects(TO, server, found)
        assert ("download" in text, '"/aBcde"' in text) == (False, True), text


def test_the_rule_covers_what_the_grammar_says() -> None:
    import re

    for path in MOVED:
        assert parse_url(f"https://imgur.com{path}"), path
        assert re.fullmatch(CONTENT_PATH, path.partition("?")[0]), path
