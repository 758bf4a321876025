"""`pyimgur backup`: an account in a folder; totals, exit codes, signals."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from backup_support import picture, rows, upload

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def site(imgur: LocalImgur, environment: dict[str, str], log_in: Callable[..., object]) -> str:
    environment["PYIMGUR_BASE_URL"] = imgur.url
    log_in(imgur)
    return imgur.url


def test_an_account_becomes_a_folder(site: str, imgur: LocalImgur, pyimgur: Run, tmp_path: Path) -> None:
    ids = upload(imgur, 3)
    imgur.fail("html", path=f"/{ids[1]}.png")
    done = pyimgur("backup", "out")
    assert done.returncode == 1, done.stderr
    assert "images\t5 listed = 4 saved + 1 refused\n" in done.stdout
    assert f"pyimgur: {ids[1]} is refused: " in done.stderr
    assert "listing takes about" in done.stderr
    done = pyimgur("backup", "--json", "--quiet", "out")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert (document["complete"], document["images"]["listed"], document["images"]["saved"]) == (True, 5, 5)
    assert rows(tmp_path / "out", "SELECT count(*) FROM run WHERE ended IS NOT NULL") == [(2,)]


def test_other_sources(site: str, imgur: LocalImgur, pyimgur: Run, tmp_path: Path) -> None:
    ids = upload(imgur, 3)
    album = imgur.client.create_album("one", images=ids[:2])
    (tmp_path / "links.txt").write_text(f"![]({site}/{ids[2]}.png)\n{album.link}\n")
    for words, count in ((("--album", album.link), 2), (("--links", "links.txt"), 3), (("--user", "tester"), 4)):
        done = pyimgur("backup", f"out{count}", "--json", *words)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["images"]["saved"] == count, words
    both = pyimgur("backup", "out", "--user", "tester", "--album", album.id)
    assert (both.returncode, both.stderr.startswith("pyimgur: pass one of --user, --album and --links")) == (2, True)
    assert pyimgur("backup", "out", "--name", "{nothing}").returncode == 2


def test_without_a_login_it_says_what_to_do(imgur: LocalImgur, environment: dict[str, str], pyimgur: Run) -> None:
    environment["PYIMGUR_BASE_URL"] = imgur.url
    done = pyimgur("backup", "out")
    assert (done.returncode, "pyimgur login" in done.stderr) == (1, True), done.stderr


def test_check_says_damaged_or_incomplete(site: str, imgur: LocalImgur, pyimgur: Run, tmp_path: Path) -> None:
    ids = upload(imgur, 2)
    assert pyimgur("backup", "out", "--quiet").returncode == 0
    done = pyimgur("backup", "check", "out", "--against", site)
    assert (done.returncode, done.stdout) == (0, "good: 4 of 4 saved images were checked\n"), done.stderr
    [(path,)] = rows(tmp_path / "out", f"SELECT path FROM item WHERE id = '{ids[0]}'")
    (tmp_path / "out" / path).write_bytes(b"edited")
    done = pyimgur("backup", "check", "out", "--quick", "--json")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (1, "damaged")
    assert done.stderr == f"pyimgur: {path}: 6 bytes instead of {len(picture(0))}\n"
    for words in (("--part", "0/10"), ("--part", "x"), ("--quick", "--decode")):
        assert pyimgur("backup", "check", "out", *words).returncode == 2, words
    assert pyimgur("backup", "check", "nothing").returncode == 2


def test_doctor_reports_how_the_site_answers(site: str, imgur: LocalImgur, pyimgur: Run) -> None:
    upload(imgur, 1)
    done = pyimgur("doctor", "--json")
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert len(answers) == 10
    assert {answer["status"] for answer in answers} == {200}
    assert imgur.username not in done.stdout


def test_a_signal_stops_it_and_the_same_command_continues(
    site: str, imgur: LocalImgur, pyimgur: Run, spawn: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    ids = upload(imgur, 8)
    imgur.fail("slow", path=f"/{max(ids)}.png", bytes_per_second=5, times=None)
    process = spawn("backup", "out")
    while not (tmp_path / "out" / "files").is_dir() or len(list((tmp_path / "out").rglob("*.png"))) < 5:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, "run the same command again to resume" in err) == (143, True), err
    imgur._faults.clear()
    since = len(imgur.requests)
    done = pyimgur("backup", "out", "--json")
    assert (done.returncode, json.loads(done.stdout)["images"]["saved"]) == (0, 10), done.stderr
    assert not [request for request in list(imgur.requests)[since:] if request.path == "/3/account/me/images/0"]
