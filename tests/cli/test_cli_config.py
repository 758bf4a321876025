"""`pyimgur serve --config`: what the file says holds, and what makes no sense is refused by its name."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, get_type_hints

import httpx2
import pytest

from pyimgur.cli import _server_config
from pyimgur.cli._errors import CommandError
from pyimgur.server.settings import Credits, Limits, Settings

if TYPE_CHECKING:
    from conftest import Serving

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
Serve: TypeAlias = "Callable[..., Serving]"

DOCS = Path(__file__).parents[2] / "docs" / "running.md"
ANONYMOUS = {"Authorization": "Client-ID abc"}
HAVE_OPTIONS = {"data", "public_url", "open", "token_lifetime", "access_log"}
FOR_TESTS = {"durable", "clock"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "server.toml"


def test_what_the_file_says_holds(serve: Serve, file: Path) -> None:
    file.write_text(
        "dead_token_status = 401\n"
        "[credits]\nenforced = true\nanonymous = 3\n"
        "[limits]\nimage_bytes = 10_000\nanimation_bytes = 20_000\n"
    )
    server = serve("--config", file)
    with httpx2.Client(base_url=server.address, trust_env=False) as http:
        assert http.get("/3/account/me", headers={"Authorization": "Bearer dead"}).status_code == 401
        large = http.post("/3/image", headers={"Authorization": "Client-ID b"}, files={"image": b"\x89PNG" * 100_000})
        assert large.status_code in (413, 429)
        answers = [http.get("/3/gallery", headers=ANONYMOUS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["x-ratelimit-userlimit"] == "3"


def test_options_and_the_file_hold_together(serve: Serve, file: Path) -> None:
    file.write_text("strip = 'none'\n")
    assert "(closed," in serve("--closed", "--config", file).line


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("workers = 0", "workers must be a whole number above 0"),
        ("workers = 1_000", "workers must be a whole number above 0 and below 1,000"),
        (f"workers = {10**30}", "workers must be a whole number above 0 and below 1,000"),
        ("workers = true", "workers must be a whole number above 0"),
        ("workers = 2.5", "workers must be a whole number above 0"),
        ("fetch_private = 1", "fetch_private must be true or false"),
        ("strip = 'some'", "strip must be anonymous or all or none"),
        ("dead_token_status = 402", "dead_token_status must be 401 or 403"),
        ("limits = 5", "limits must be a table: write its settings below its name in brackets"),
        ("[limits]\npixels = -1", "limits.pixels must be a whole number above 0"),
        (f"[limits]\nimage_bytes = {10**15}", "limits.image_bytes must be a whole number above 0, of 15 digits"),
        ("[limits]\nbody_seconds = inf", "limits.body_seconds must be a number of seconds, above 0 and no more"),
        ("[limits]\nbody_seconds = nan", "limits.body_seconds must be a number of seconds, above 0 and no more"),
        ("[limits]\nbody_seconds = '5'", "limits.body_seconds must be a number of seconds, above 0 and no more"),
        ("[credits]\nenforced = 'yes'", "credits.enforced must be true or false"),
        ("[credits]\nuser = 5", "there is no setting 'credits.user'; there are application, anonymous, person"),
        ("open = true", "there is no setting 'open'; there are database, strip, fetch_private"),
        ("[[limits]]\npixels = 5", "limits must be a table"),
        ("workers 5", "is not valid TOML"),
        ("workers = 1\nworkers = 2", "is not valid TOML"),
    ],
)
def test_what_makes_no_sense_is_refused(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(CommandError) as refused:
        _server_config.read(file)
    assert str(refused.value).startswith(str(file))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_server_with_invalid_settings_does_not_start(pyimgur: Run, file: Path, data: Path) -> None:
    file.write_text("workers = 'many'")
    done = pyimgur("serve", "--port", "0", "--config", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pyimgur: {file}: workers must be a whole number above 0 and below 1,000\n"
    assert not data.exists()


def test_a_file_that_cannot_be_read(file: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"cannot be read \(No such file or directory\): check --config"):
        _server_config.read(file)
    with pytest.raises(CommandError, match=r"cannot be read \(Is a directory\)"):
        _server_config.read(tmp_path)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="is not valid TOML"):
        _server_config.read(file)


def test_every_setting_has_one_place() -> None:
    """An option, or an entry of the file, but never both; only what tests need has none."""
    every = {field.name for field in dataclasses.fields(Settings)}
    assert every == set(get_type_hints(_server_config.ServerConfig)) | HAVE_OPTIONS | FOR_TESTS


def test_the_page_shows_every_entry_with_its_value(file: Path) -> None:
    """The example of docs/running.md is what holds without a file."""
    found = re.search(r"^```toml\n(.*?)^```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    file.write_text(found[1])
    chosen, usual = _server_config.read(file), Settings(data=file)
    assert chosen == {
        name: getattr(usual, name)
        for name in get_type_hints(_server_config.ServerConfig)
        if name != "database"  # which none stands for a file in the data folder
    }
    for table in (Limits, Credits):
        for field in dataclasses.fields(table):
            assert re.search(rf"^{field.name} = ", found[1], re.MULTILINE), field.name
