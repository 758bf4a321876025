"""`pyimgur links`: scan, rewrite and redirects, as scripts use them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from command_contract import OWN_KEYS
from conftest import OWN
from pyimgur.cli._lazy_group import dispatch

if TYPE_CHECKING:
    from pathlib import Path

    from pyimgur.testing import LocalImgur

LINK, TO = "https://i.imgur.com/aBcdeFg.jpg", "https://img.example.org"
FIELDS = ["file", "line", "column", "text", "kind", "ids", "size", "ext", "layer", "state"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, tmp_path: Path) -> Run:
    """Runs a command in this process; exit code, stdout and stderr."""
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = dispatch(list(words))
        done = capfdbinary.readouterr()
        return code, done.out.decode(), done.err.decode()

    return run


def test_scan_prints_lines_or_one_document(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"x\n é {LINK} https://imgur.com/user/ann https://i.imgur.com/aBcdeF.jpg\n")
    code, out, err = run("links", "scan", "a.md")
    assert (code, out) == (0, f"a.md:2:4\timage\taBcdeFg\t{LINK}\na.md:2:36\tuser\tann\thttps://imgur.com/user/ann\n")
    assert err == "2 links in 1 file (1 image, 1 user).\n"
    code, out, _ = run("links", "scan", ".", "--json")
    document = json.loads(out)
    assert (code, tuple(document)) == (0, OWN_KEYS["links scan"])
    assert document["links"][0] == dict(
        zip(FIELDS, ["a.md", 2, 4, LINK, "image", ["aBcdeFg"], "", ".jpg", "plain", None], strict=True)
    )
    assert (document["totals"]["links"], document["totals"]["unknown"]) == (2, 1)
    code, out, _ = run("links", "scan", ".", "--jsonl")
    assert [list(json.loads(line)) for line in out.splitlines()] == [FIELDS, FIELDS]


def test_scan_of_what_is_not_there_fails_and_still_reads_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(LINK)
    code, out, err = run("links", "scan", "nothing", "a.md")
    assert (code, out.count("\n")) == (1, 1)
    assert "pyimgur: nothing: there is no such file or folder\n" in err
    assert run("links", "scan")[0] == 2


def test_rewrite_reports_what_it_did_and_does_it_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f'{LINK}\nhttps://imgur.com/user/ann\ns:3:"{LINK}";\n')
    code, out, err = run("links", "rewrite", ".", "--to", TO, "--dry-run")
    assert (code, out) == (0, (
        f'--- a.md\n+++ a.md\n@@ -1,3 +1,3 @@\n-{LINK}\n+{TO}/aBcdeFg.jpg\n https://imgur.com/user/ann\n'
        f's:3:"{LINK}";\n'.replace("s:3", "-s:3") + f'+s:3:"{TO}/aBcdeFg.jpg";\n'
    ))  # fmt: skip
    assert err.splitlines()[-1] == "3 links found: 2 would be replaced, 1 kept (1 user)."
    assert path.read_text().startswith(LINK)
    code, out, err = run("links", "rewrite", ".", "--to", TO, "--backup", ".old", "--json")
    document = json.loads(out)
    assert (code, tuple(document)) == (0, OWN_KEYS["links rewrite"])
    assert document["files"] == [
        {
            "file": "a.md",
            "found": 3,
            "replaced": 2,
            "kept": {"user": 1},
            "broken_lengths": [3],
            "diff": "",
            "error": None,
        }
    ]
    assert [(kept["ids"], kept["reason"]) for kept in document["kept"]] == [(["ann"], "user")]
    assert (document["totals"]["found"], document["totals"]["replaced"], document["totals"]["kept"]) == (
        3,
        2,
        {"user": 1},
    )
    assert "a.md:3: a PHP-serialized string has a wrong length" in err
    assert (tmp_path / "a.md.old").read_text().startswith(LINK)
    code, out, err = run("links", "rewrite", ".", "--to", TO, "--backup", ".old")
    assert (code, out, err) == (0, "", "1 link found: 0 replaced, 1 kept (1 user).\n")


def test_rewrite_fails_if_a_link_is_left(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(LINK)
    (tmp_path / "a.md").chmod(0o444)
    code, _, err = run("links", "rewrite", ".", "--to", TO)
    assert (code, err) == (
        1, "pyimgur: a.md: the file is read-only, and was not changed\n1 link found: 0 replaced, 1 kept (1 failed).\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("--to", "https://imgur.com"),
        ("--to", "x"),
        ("--to", TO, "--backup", "a/b"),
        ("--to", TO, "--only", "nothing"),
        (),
    ],
)
def test_wrong_options_are_usage_errors(words: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(LINK)
    assert run("links", "rewrite", ".", *words)[0] == 2
    assert (tmp_path / "a.md").read_text() == LINK


def test_redirects_are_a_rule_a_table_or_a_csv(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"{LINK} https://imgur.com/a/hIjklMn")
    (tmp_path / "have").mkdir()
    (tmp_path / "have" / "aBcdeFg.png").write_bytes(b"x")
    to = ("links", "redirects", "--to", TO)
    assert "location ~" in run(*to)[1]
    assert "redir @imgur " in run(*to, "--for", "caddy")[1]
    assert '"/a/hIjklMn" 1;' in run(*to, "a.md")[1]
    assert "hIjklMn" not in run(*to, "a.md", "--only", "have")[1]
    assert "/aBcdeFg.png," in run(*to, "--for", "csv", "--only", "have")[1]
    assert run(*to, "--for", "csv")[0] == 2
    assert run(*to, "--only", "http://127.0.0.1:1")[0] == 2
    assert run(*to, "nothing")[0] == 1


def test_a_site_is_asked_which_links_work(run: Run, imgur: LocalImgur, tmp_path: Path) -> None:
    png = tmp_path / "x.png"
    Image.new("RGB", (2, 2), "teal").save(png)
    image = imgur.client.upload_image(png)
    album = imgur.client.create_album("A")
    imgur.client.album(album.id).add_images([image])
    text = (
        f"https://i.imgur.com/{image.id}.png https://imgur.com/a/{album.id} https://imgur.com/gallery/{album.id} "
        f"https://imgur.com/gOneGon https://imgur.com/a/gOneGon https://imgur.com/{image.id},gOneGon https://ann.imgur.com"
    )
    (tmp_path / "a.md").write_text(text)
    states = ["alive", "alive", "alive", "removed", "removed", "removed", None]
    code, out, _ = run("links", "scan", "a.md", "--probe", "--json", "--site", imgur.url)
    document = json.loads(out)
    assert (code, [link["state"] for link in document["links"]]) == (0, states)
    assert document["totals"]["states"] == {"alive": 3, "removed": 3}
    code, _, err = run("links", "rewrite", "a.md", "--to", TO, "--only", imgur.url)
    assert (code, err) == (0, "7 links found: 3 replaced, 4 kept (3 missing, 1 user).\n")
    assert (
        (tmp_path / "a.md")
        .read_text()
        .startswith(f"{TO}/{image.id}.png {TO}/a/{album.id} {TO}/gallery/{album.id} https")
    )


def test_a_site_that_cannot_be_reached_is_one_error(
    run: Run, tmp_path: Path, pyimgur: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (tmp_path / "a.md").write_text(LINK)
    done = pyimgur("links", "rewrite", "a.md", "--to", TO, "--only", "http://127.0.0.1:1")
    assert (done.returncode, done.stderr.count("\n"), (tmp_path / "a.md").read_text()) == (1, 1, LINK), done.stderr
