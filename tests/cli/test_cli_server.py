"""`pyimgur server`: accounts and applications, with and without a running server."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from sqlalchemy import select, update

from conftest import COMMAND
from database_support import run_elsewhere
from pyimgur.cli._demo_consent import consent
from pyimgur.server.db.schema import account, application

if TYPE_CHECKING:
    from conftest import Serving

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
Spawn: TypeAlias = "Callable[..., subprocess.Popen[str]]"
Serve: TypeAlias = "Callable[..., Serving]"

PASSWORD = "correct horse"


def add_app(pyimgur: Run, *options: str) -> tuple[str, str]:
    """The client id and secret that were printed."""
    done = pyimgur("server", "app", "add", "A tool", *options)
    assert (done.returncode, done.stderr) == (0, "")
    found = re.fullmatch(r"client id: ([0-9a-f]{15})\nclient secret: ([0-9a-f]{40})\n", done.stdout)
    assert found, done.stdout
    return found[1], found[2]


def add_account(pyimgur: Run, name: str = "ann") -> None:
    done = pyimgur("server", "account", "add", name, stdin=f"{PASSWORD}\nsomething else\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"account {name} was added\n", "")


def pin(server: Serving, client_id: str, password: str = PASSWORD) -> str:
    return consent(f"{server.address}/oauth2/authorize?client_id={client_id}&response_type=pin", "ann", password)


@pytest.mark.parametrize("running", ["before", "after"])
def test_who_was_added_can_sign_in_at_once(running: str, pyimgur: Run, serve: Serve) -> None:
    server = serve("--closed") if running == "before" else None
    client_id, _ = add_app(pyimgur)
    add_account(pyimgur)
    assert pin(server or serve("--closed"), client_id)


def test_the_secret_printed_is_the_one_that_works(pyimgur: Run, serve: Serve) -> None:
    import pyimgur as library

    client_id, secret = add_app(pyimgur)
    add_account(pyimgur)
    server = serve("--closed")
    with library.Imgur(client_id, secret, base_url=server.address) as client:
        client.exchange_pin(pin(server, client_id))
        assert client.get_user("me").name == "ann"
    with library.Imgur(client_id, "0" * 40, base_url=server.address) as client, pytest.raises(library.ImgurError):
        client.exchange_pin(pin(server, client_id))


def test_who_and_what_was_added_is_listed_without_secrets(pyimgur: Run) -> None:
    client_id, _ = add_app(pyimgur, "--callback", "http://127.0.0.1/back")
    add_account(pyimgur)
    add_account(pyimgur, "Abe")
    people = pyimgur("server", "account", "list").stdout.splitlines()
    assert [line.split("\t")[0] for line in people] == ["Abe", "ann"]
    assert pyimgur("server", "app", "list").stdout == f"{client_id}\tA tool\thttp://127.0.0.1/back\t\tyes\n"


def test_the_operator_verifies_what_somebody_registered(pyimgur: Run, tmp_path: Path) -> None:
    where = ("--data", str(tmp_path / "imgur"))
    client_id, _ = add_app(pyimgur, *where)
    assert pyimgur("server", "account", "add", "ann", *where, stdin=f"{PASSWORD}\n").returncode == 0
    owner = select(account.c.id).scalar_subquery()
    asyncio.run(run_elsewhere(tmp_path / "imgur", update(application).values(verified=0, owner=owner)))
    assert pyimgur("server", "app", "list", *where).stdout == f"{client_id}\tA tool\t\tann\t\n"
    done = pyimgur("server", "app", "verify", client_id, *where)
    assert done.stdout == f"application {client_id} is verified\n"
    assert pyimgur("server", "app", "list", *where).stdout == f"{client_id}\tA tool\t\tann\tyes\n"
    done = pyimgur("server", "app", "verify", "unknown", *where)
    assert (done.returncode, done.stderr.count("there is no application unknown")) == (1, 1)


def test_an_application_that_is_removed_can_do_nothing_any_more(pyimgur: Run, serve: Serve) -> None:
    import pyimgur as library

    client_id, secret = add_app(pyimgur)
    other_id, other_secret = add_app(pyimgur)
    add_account(pyimgur)
    server = serve("--closed")
    with (
        library.Imgur(client_id, secret, base_url=server.address) as client,
        library.Imgur(other_id, other_secret, base_url=server.address) as other,
    ):
        for each, id in ((client, client_id), (other, other_id)):
            each.exchange_pin(pin(server, id))
        late = pin(server, client_id)
        assert pyimgur("server", "app", "remove", client_id).returncode == 1  # nobody could be asked
        assert client.get_user("me").name == "ann"
        done = pyimgur("server", "app", "remove", client_id, "--yes")
        assert (done.returncode, done.stdout) == (0, f"application {client_id} was removed\n")
        assert other.get_user("me").name == "ann"
        for call in (client.get_credits, lambda: client.get_user("me"), lambda: client.exchange_pin(late)):
            with pytest.raises(library.AnswerError, match=r"401|403|client id supplied is invalid"):
                call()
    done = pyimgur("server", "app", "remove", client_id, "--yes")
    assert (done.returncode, done.stderr.count("there is no application")) == (1, 1)
    assert pyimgur("server", "app", "list").stdout.startswith(other_id)


def test_a_name_is_given_once(pyimgur: Run) -> None:
    add_account(pyimgur)
    done = pyimgur("server", "account", "add", "Ann", stdin=PASSWORD)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pyimgur: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "stdin", "said"),
    [
        ("ann", "", "no password was given"),
        ("ann", "\n", "no password was given"),
        ("ann", "short", "characters"),
        ("a name", PASSWORD, "A user name has"),
    ],
)
def test_what_is_no_account(name: str, stdin: str, said: str, pyimgur: Run) -> None:
    done = pyimgur("server", "account", "add", name, stdin=stdin)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.startswith("pyimgur: ")
    assert "should not have happened" not in done.stderr


def test_a_callback_that_secrets_must_not_go_to(pyimgur: Run) -> None:
    done = pyimgur("server", "app", "add", "A tool", "--callback", "http://elsewhere.example.org/")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pyimgur: A callback is")


def test_the_folder_is_its_owners_only(pyimgur: Run, data: Path) -> None:
    add_account(pyimgur)
    assert data.stat().st_mode & 0o777 == 0o700
    assert [path for path in data.rglob("*") if path.stat().st_mode & 0o077] == []


def test_at_a_terminal_the_password_is_requested_twice_and_not_shown(spawn: Spawn, pyimgur: Run, serve: Serve) -> None:
    words = [*COMMAND, "server", "account", "add", "ann"]
    process = spawn(program=(sys.executable, "-c", f"import pty, sys; sys.exit(pty.spawn({words!r}) >> 8)"))
    assert process.stdin
    said = ""
    for question in ("Password: ", "Repeat for confirmation: "):
        said += read_until(process, question)
        process.stdin.write(f"{PASSWORD}\n")
        process.stdin.flush()
    said += process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert "account ann was added" in said
    assert PASSWORD not in said
    client_id, _ = add_app(pyimgur)
    assert pin(serve("--closed"), client_id)


def read_until(process: subprocess.Popen[str], end: str) -> str:
    """What the process says, up to and with that; a process that ends before fails the test."""
    assert process.stdout
    said = ""
    while not said.endswith(end):
        letter = process.stdout.read(1)
        assert letter, said
        said += letter
    return said


def test_a_new_password_ends_what_programs_may_do(pyimgur: Run, serve: Serve) -> None:
    import pyimgur as library

    client_id, secret = add_app(pyimgur)
    add_account(pyimgur)
    server = serve("--closed")
    with library.Imgur(client_id, secret, base_url=server.address) as client:
        client.exchange_pin(pin(server, client_id))
        done = pyimgur("server", "account", "password", "ann", stdin="another horse\n")
        assert (done.returncode, done.stderr) == (0, "")
        with pytest.raises(library.AuthenticationError):
            client.get_user("me")
        client.exchange_pin(pin(server, client_id, "another horse"))
        assert client.get_user("me").name == "ann"


def test_a_new_password_for_nobody_is_refused(pyimgur: Run) -> None:
    add_account(pyimgur)
    done = pyimgur("server", "account", "password", "bob", stdin="another horse\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no account bob" in done.stderr


def test_a_recipe_names_an_application_that_the_server_accepts(pyimgur: Run, serve: Serve) -> None:
    def named(*options: str) -> str:
        done = pyimgur("server", "recipe", "curl", *options)
        found = re.search(r"Client-ID (\S+?)'", done.stdout)
        assert found, done.stderr
        return found[1]

    assert named() == "pyimgur"
    server = serve("--closed")
    done = pyimgur("server", "recipe", "curl")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is closed, and no application is registered there. Create one: `pyimgur server app add NAME`" in done.stderr
    client_id, _ = add_app(pyimgur)
    assert named() == named("--client-id", client_id) == named("--url", server.address) == client_id
    done = pyimgur("server", "recipe", "curl", "--client-id", "unknown")
    assert (done.returncode, "does not know the application unknown" in done.stderr) == (1, True)
    assert pyimgur("server", "recipe", "ksnip").returncode == 0
    server.stop()
    assert named() == client_id
