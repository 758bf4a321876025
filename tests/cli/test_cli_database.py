"""`pyimgur serve --database`: a server on PostgreSQL, the commands beside it, and passwords that nobody gets to see."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import conftest
import postgresql_support
from pyimgur import Imgur

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import Serving

    Run = Callable[..., subprocess.CompletedProcess[str]]
    Serve = Callable[..., Serving]

PASSWORD = "r1ght"


@pytest.fixture(autouse=True)
def source_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command of the source tree: what is installed for other tests has no driver of PostgreSQL."""
    monkeypatch.setattr(conftest, "COMMAND", (sys.executable, "-P", "-m", "pyimgur"))


@pytest.fixture
def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def locked_url() -> str:
    """Return the URL of a database for a role that needs its password."""
    server = postgresql_support.shared()
    role = postgresql_support.WITH_PASSWORD
    server.execute(
        f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'",
        f"CREATE SCHEMA locked AUTHORIZATION {role}",
    )  # fmt: skip
    return server.url(search_path="locked").replace("postgres@", f"{role}@")


def with_password(url: str) -> str:
    return url.replace("@", f":{PASSWORD}@", 1)


def test_a_server_and_the_commands_beside_it(serve: Serve, pyimgur: Run, data: Path, png: bytes) -> None:
    url = postgresql_support.shared().new_schema()
    server = serve("--database", url)
    assert server.line == f"pyimgur serves {server.address} (open, files in {data}, data in {url})\n"
    assert pyimgur("server", "account", "add", "ann", stdin="correct horse battery").returncode == 0
    with Imgur("abc", base_url=server.address) as imgur:
        image = imgur.upload_image(png, title="A lighthouse")
    checked = pyimgur("server", "check", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["pictures"]) == (0, 1), checked.stderr
    second = pyimgur("serve", "--port", "0", "--data", data.parent / "other", "--database", url)
    assert second.returncode == 1
    assert "another server uses the database postgresql://" in second.stderr
    assert pyimgur("server", "backup", data.parent / "backup").returncode == 0
    assert server.stop() == (0, "", "")
    assert not (data / "pyimgur.sqlite3").exists()

    again = serve()  # its folder remembers
    assert url in again.line
    with Imgur("abc", base_url=again.address) as imgur:
        assert imgur.get_image(image.id).title == "A lighthouse"
    again.stop()
    copy = serve("--data", data.parent / "backup")
    with Imgur("abc", base_url=copy.address) as imgur:
        assert imgur.get_image(image.id).title == "A lighthouse"
    copy.stop()


@pytest.mark.parametrize("place", ["environment", "file", "PGPASSWORD", "pgpass"])
def test_a_password_is_taken_where_nobody_sees_it(
    place: str, serve: Serve, pyimgur: Run, environment: dict[str, str], locked_url: str, data: Path, tmp_path: Path
) -> None:
    options: list[str | Path] = []
    if place == "environment":
        environment["PYIMGUR_DATABASE"] = with_password(locked_url)
    elif place == "file":
        options = ["--config", tmp_path / "imgur.toml"]
        (tmp_path / "imgur.toml").write_text(f'database = "{with_password(locked_url)}"\n')
    elif place == "PGPASSWORD":
        options = ["--database", locked_url]
        environment["PGPASSWORD"] = PASSWORD
    else:
        options = ["--database", locked_url]
        environment["PGPASSFILE"] = str(tmp_path / "pgpass")
        (tmp_path / "pgpass").write_text(f"*:*:*:*:{PASSWORD}\n")
        (tmp_path / "pgpass").chmod(0o600)
    server = serve(*options)
    command_line = Path(f"/proc/{server.process.pid}/cmdline").read_text()
    assert PASSWORD not in server.line + command_line + (data / "database").read_text()
    assert locked_url in server.line
    if place == "file":
        refused = pyimgur("server", "account", "list")
        assert refused.returncode == 1
        assert "set the password in PGPASSWORD" in refused.stderr
        environment["PGPASSWORD"] = PASSWORD
    assert pyimgur("server", "account", "list").returncode == 0
    assert server.stop() == (0, "", "")


def test_a_password_in_the_command_line_is_refused(pyimgur: Run, locked_url: str, data: Path) -> None:
    done = pyimgur("serve", "--database", with_password(locked_url))
    assert done.returncode == 2
    assert "a password in a command line can be read by every user of this machine" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert not data.exists()


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ('database = "mysql://ann:s3cret@db.example/imgur"', "begins with postgresql://"),
        ("database = 5", "database must be a text"),
    ],
)
def test_a_wrong_url_in_the_file_is_refused(pyimgur: Run, tmp_path: Path, config: str, error: str) -> None:
    (tmp_path / "imgur.toml").write_text(config)
    done = pyimgur("serve", "--config", tmp_path / "imgur.toml")
    assert (done.returncode, error in done.stderr, "s3cret" in done.stderr) == (1, True, False), done.stderr


def test_a_folder_with_a_sqlite_database_is_refused(serve: Serve, pyimgur: Run) -> None:
    serve().stop()
    done = pyimgur("serve", "--port", "0", "--database", "postgresql://db.example/imgur")
    assert done.returncode == 1
    assert "has a SQLite database (pyimgur.sqlite3), which a server on PostgreSQL would not use" in done.stderr


def test_a_throwaway_server_takes_no_database(pyimgur: Run, serve: Serve, environment: dict[str, Any]) -> None:
    done = pyimgur("serve", "--throwaway", "--database", "postgresql://db.example/imgur")
    assert (done.returncode, "leave out --database" in done.stderr) == (2, True)
    environment["PYIMGUR_DATABASE"] = "postgresql://db.example/imgur"
    assert serve("--throwaway").stop()[0] == 0
