"""`pyimgur login`: every way to log in, by real processes at a real server, with real answers of a browser."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser_support import BROWSER, answer, go
from terminal_support import Terminal, at_terminal

from conftest import COMMAND
from pyimgur import IMGUR, Imgur, Logins

if TYPE_CHECKING:
    from conftest import Serving
    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]
    Spawn = Callable[..., subprocess.Popen[str]]
    Serve = Callable[..., Serving]
    AtTerminal = Callable[..., AbstractContextManager[Terminal]]

ADDRESS = r"Allow access here: (\S+)\n"


@pytest.fixture
def environment(environment: dict[str, str], imgur: LocalImgur) -> dict[str, str]:
    """At the site of the test, with somebody who allows what is asked."""
    return environment | {"PYIMGUR_BASE_URL": imgur.url, "BROWSER": BROWSER.format("allow")}


@pytest.fixture
def terminal(environment: dict[str, str], tmp_path: Path) -> AtTerminal:
    """Runs a command at a terminal."""
    return lambda *words: at_terminal([*COMMAND, *words], environment, tmp_path)


def kept(logins: Logins) -> list[str]:
    """Whose logins are remembered, and that each is good for something."""
    found = logins.all()
    for login in found:
        with logins.client(login) as im:
            assert im.get_user("me").name == login.account
    return [login.account for login in found]


# ---- in a browser


def test_the_usual_way_needs_no_application(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    done = pyimgur("login", "--site", imgur.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{imgur.username} is logged in at {imgur.url}. The login is stored in {logins.path.parent}" in done.stderr
    assert kept(logins) == [imgur.username]
    assert pyimgur("whoami").stdout == f"{imgur.username}\n"


def test_the_login_lasts_longer_than_its_access_token(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    pyimgur("login")
    first = json.loads(logins.path.with_name("tokens.json").read_text())
    imgur.advance(days=40)
    assert pyimgur("whoami").stdout == f"{imgur.username}\n"
    assert json.loads(logins.path.with_name("tokens.json").read_text()) != first


def test_the_application_that_was_made_up_is_used_again(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    assert [pyimgur("login").returncode for _ in range(2)] == [0, 0]
    assert len(logins.all()) == 1


def test_a_known_application_without_a_secret(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    done = pyimgur("login", "--client-id", "some-program")
    assert done.returncode == 0
    assert "this login ends when it expires" in done.stderr
    assert [(login.client_id, login.client_secret) for login in logins.all()] == [("some-program", None)]
    assert kept(logins) == [imgur.username]


def test_a_registered_application_with_a_secret_from_the_input(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    done = pyimgur("login", "--client-id", imgur.client_id, "--client-secret", "-", stdin=f"{imgur.client_secret}\n")
    assert done.returncode == 0
    assert logins.all()[0].client_secret == imgur.client_secret
    assert kept(logins) == [imgur.username]


def test_the_answer_to_another_question_is_not_taken(
    pyimgur: Run, logins: Logins, environment: dict[str, str], imgur: LocalImgur
) -> None:
    environment["BROWSER"] = BROWSER.format("strange")
    assert pyimgur("login").returncode == 0
    assert kept(logins) == [imgur.username]


def test_who_refuses_is_not_logged_in(pyimgur: Run, logins: Logins, environment: dict[str, str]) -> None:
    environment["BROWSER"] = BROWSER.format("deny")
    done = pyimgur("login")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not authorized: access_denied" in done.stderr
    assert logins.all() == []


def test_nobody_answers(pyimgur: Run, logins: Logins, environment: dict[str, str]) -> None:
    environment["BROWSER"] = BROWSER.format("nothing")
    done = pyimgur("login", "--timeout", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody authorized within 0 s" in done.stderr
    assert logins.all() == []


def test_a_port_that_is_taken(pyimgur: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = pyimgur("login", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot listen on port {port} of 127.0.0.1 (Address already in use)" in done.stderr


def test_without_a_browser_the_address_is_to_be_visited(
    spawn: Spawn, environment: dict[str, str], logins: Logins, imgur: LocalImgur
) -> None:
    environment |= {"BROWSER": "/bin/false %s", "PATH": "/nowhere"}
    process = spawn("login")
    assert process.stderr
    address = re.match(ADDRESS, process.stderr.readline())
    assert address
    assert process.stderr.readline().startswith("No browser could be opened: open the URL yourself")
    assert go(answer(address[1]).headers["location"]).status_code == 200
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert kept(logins) == [imgur.username]


def test_two_at_once_do_not_get_in_each_others_way(
    imgur: LocalImgur, spawn: Spawn, logins: Logins, environment: dict[str, str]
) -> None:
    processes = [spawn("login", "--no-browser", "--client-id", f"program{number}") for number in range(3)]
    addresses: list[str] = []
    for process in processes:
        assert process.stderr
        found = re.match(ADDRESS, process.stderr.readline())
        assert found
        addresses.append(found[1])
    for address in reversed(addresses):
        assert go(answer(address).headers["location"]).status_code == 200
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert sorted(login.client_id for login in logins.all()) == ["program0", "program1", "program2"]
    assert kept(logins) == [imgur.username] * 3


def test_ctrl_c_while_it_waits(terminal: AtTerminal, logins: Logins) -> None:
    with terminal("login", "--no-browser") as shown:
        shown.wait_for(ADDRESS)
        shown.type("\x03")
        assert shown.end() == 130
        assert "Traceback" not in shown.text
    assert logins.all() == []


# ---- by the user's hands


def test_a_pin_that_is_typed(terminal: AtTerminal, logins: Logins, imgur: LocalImgur) -> None:
    with terminal("login", "--pin", "--no-browser") as shown:
        page = answer(shown.wait_for(ADDRESS)[1]).text
        pin = re.search(r'id="pin">(\w+)<', page)
        assert pin
        shown.wait_for("Pin that the page shows: ")
        shown.type(f"{pin[1]}\r")
        assert shown.end() == 0
    assert kept(logins) == [imgur.username]


def test_a_wrong_pin(pyimgur: Run, logins: Logins) -> None:
    done = pyimgur("login", "--pin", "--no-browser", stdin="123456\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "POST oauth2/token: 400 Invalid Pin" in done.stderr
    assert logins.all() == []


def test_an_address_that_is_pasted_is_not_shown(terminal: AtTerminal, logins: Logins, imgur: LocalImgur) -> None:
    with terminal("login", "--paste", "--no-browser") as shown:
        ended_at = answer(shown.wait_for(ADDRESS)[1]).headers["location"]
        shown.wait_for("Final URL in the browser: ")
        shown.type(f"{ended_at}\r")
        assert shown.end() == 0
        assert "access_token" not in shown.text
    assert kept(logins) == [imgur.username]


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("https://imgur.com/?state=other#access_token=a", "this URL belongs to another request"),
        ("https://imgur.com/#error=access_denied", "not authorized: access_denied"),
        ("what?", "this URL belongs to another request"),
        ("", "no final URL in the browser was given"),
    ],
)
def test_a_pasted_address_that_is_none_of_ours(pasted: str, said: str, pyimgur: Run, logins: Logins) -> None:
    done = pyimgur("login", "--paste", "--no-browser", stdin=f"{pasted}\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert logins.all() == []


# ---- with a token that is there already


def test_a_refresh_token_from_the_input(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    secrets = f"{imgur.client_secret}\n{imgur.client.refresh_token}\n"
    words = ["login", "--client-id", imgur.client_id, "--client-secret", "-", "--refresh-token", "-"]
    done = pyimgur(*words, stdin=secrets)
    assert (done.returncode, done.stdout) == (0, "")
    assert kept(logins) == [imgur.username]
    assert logins.client(logins.all()[0]).refresh_token == imgur.client.refresh_token


def test_secrets_that_are_typed_are_not_shown(imgur: LocalImgur, terminal: AtTerminal, logins: Logins) -> None:
    with terminal("login", "--client-id", imgur.client_id, "--refresh-token", "-") as shown:
        shown.wait_for(r"Client secret \(empty if it has none\): ")
        shown.type(f"{imgur.client_secret}\r")
        shown.wait_for("Refresh token: ")
        shown.type(f"{imgur.client.refresh_token}\r")
        assert shown.end() == 0
        assert imgur.client_secret not in shown.text
        assert str(imgur.client.refresh_token) not in shown.text
    assert kept(logins) == [imgur.username]


def test_an_access_token_needs_nothing_else(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    done = pyimgur("login", "--access-token", "-", stdin=f"  {imgur.client.access_token}\n")
    assert (done.returncode, done.stdout) == (0, "")
    assert "this login ends when it expires" in done.stderr
    assert kept(logins) == [imgur.username]


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (["--access-token", "-"], "0" * 40, "GET 3/account/me: 403 The access token provided is invalid."),
        (["--access-token", "-"], "", "no access token was given"),
        (["--access-token", "-"], "two words", "this is not a token"),
        (["--access-token", "-"], "t\N{LATIN SMALL LETTER U WITH DIAERESIS}", "this is not a token"),
        (["--refresh-token", "-", "--client-id", "x"], "0" * 40, "pass --client-secret - too"),
        (["--refresh-token", "-", "--client-secret", "-", "--client-id", "x"], "secret\n" + "0" * 40, "Refresh token"),
        (["--pin", "--client-id", "x"], "", "pass --client-secret - too, or --paste"),
        (["--client-secret", "-", "--client-id", "x"], "", "no client secret was given"),
    ],
)
def test_what_is_not_good_is_not_kept(
    words: list[str], stdin: str, said: str, pyimgur: Run, logins: Logins, imgur: LocalImgur
) -> None:
    pyimgur("login")
    before = logins.all()
    done = pyimgur("login", *words, stdin=stdin)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "should not have happened" not in done.stderr
    assert "0" * 40 not in done.stderr
    assert logins.all() == before
    assert kept(logins) == [imgur.username]


@pytest.mark.parametrize("option", ["--client-secret", "--refresh-token", "--access-token"])
def test_no_secret_is_taken_from_the_command_line(option: str, pyimgur: Run) -> None:
    done = pyimgur("login", option, "5ecret")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"others can read the command line: pass {option} -" in done.stderr
    assert "5ecret" not in done.stderr


def test_one_way_at_a_time(pyimgur: Run) -> None:
    done = pyimgur("login", "--pin", "--access-token", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--pin and --access-token are different ways to log in" in done.stderr


# ---- who lets nobody in


def test_the_real_imgur_lets_no_new_application_in(pyimgur: Run) -> None:
    done = pyimgur("login", "--site", "imgur.com")
    assert (done.returncode, done.stdout) == (1, "")
    for word in ("registered", "--client-id", "pyimgur serve"):
        assert word in done.stderr


def test_what_works_at_the_real_imgur_is_said_before_the_browser_opens(
    pyimgur: Run, environment: dict[str, str]
) -> None:
    environment["BROWSER"] = "/bin/true %s"
    done = pyimgur("login", "--site", IMGUR.web, "--client-id", "0123456789abcde", "--timeout", "0")
    assert done.returncode == 1
    notice, _, rest = done.stderr.partition("Allow access here: https://api.imgur.com/oauth2/authorize?client_id=")
    assert "--refresh-token -" in notice
    assert "pyimgur serve" in notice
    assert "nobody authorized" in rest


def test_a_closed_server_says_what_its_owner_has_to_do(
    serve: Serve, pyimgur: Run, environment: dict[str, str], logins: Logins
) -> None:
    server = serve("--closed")
    environment |= {"PYIMGUR_BASE_URL": server.address}
    done = pyimgur("login")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{server.address} does not know the application pyimgur-" in done.stderr
    command = re.search(r"`pyimgur (server app add) NAME (--callback \S+)`", done.stderr)
    assert command
    made = pyimgur(*command[1].split(), "pyimgur", *command[2].split()).stdout
    pyimgur("server", "account", "add", "tester", stdin="only for tests\n")
    client_id, secret = re.findall(r": (\w+)$", made, re.MULTILINE)
    done = pyimgur("login", "--client-id", client_id, "--client-secret", "-", stdin=secret)
    assert done.returncode == 0
    assert kept(logins) == ["tester"]


def test_a_server_that_is_not_there(pyimgur: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    done = pyimgur("login", "--site", f"http://127.0.0.1:{port}")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot reach 127.0.0.1:{port}" in done.stderr


# ---- and out again


def test_logout_forgets_one_login_and_says_what_it_leaves(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    pyimgur("login")
    token = logins.client(logins.all()[0]).access_token
    done = pyimgur("logout")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{imgur.username} is logged out at {imgur.url}" in done.stderr
    assert f"{imgur.url}/oauth2/applications" in done.stderr
    assert logins.all() == []
    assert str(token) not in "".join(path.read_text() for path in logins.path.parent.iterdir())
    assert pyimgur("logout").returncode == 1


def test_logout_of_everybody(imgur: LocalImgur, pyimgur: Run, logins: Logins) -> None:
    for program in ("one", "two"):
        pyimgur("login", "--client-id", program)
    assert pyimgur("logout", "--all").returncode == 0
    assert logins.all() == []


def test_from_a_program(imgur: LocalImgur, logins: Logins) -> None:
    login = logins.add(imgur.client)
    assert (login.account, login.site, login.client_id) == (imgur.username, imgur.url, imgur.client_id)
    assert "secret" not in repr(login).replace("client_secret", "")
    with pytest.raises(Exception, match="403"):
        logins.add(Imgur("x", access_token="0" * 40, base_url=imgur.url))
    assert kept(logins) == [imgur.username]
