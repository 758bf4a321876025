"""Stored logins: what is stored, who can read it, and where it is sent, under attack."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_support import BROWSER, answer, go, way_back
from terminal_support import at_terminal

from conftest import COMMAND
from pyimgur import FileStore, ImgurError, Login, Logins, StoredToken

if TYPE_CHECKING:
    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]
    Spawn = Callable[..., subprocess.Popen[str]]

HERE = Path(__file__).parent
ADDRESS = re.compile(r"Allow access here: (\S+)\n")


@pytest.fixture
def environment(environment: dict[str, str], imgur: LocalImgur, tmp_path: Path) -> dict[str, str]:
    """At the site of the test, with somebody who allows what is asked, and a keyring in a file for who wants it."""
    own = {"PYIMGUR_BASE_URL": imgur.url, "BROWSER": BROWSER.format("allow")}
    return environment | own | {"RING": str(tmp_path / "ring.json")}


def use(keyring: str, environment: dict[str, str]) -> None:
    """From now on that is the system's keyring; the package for it comes from the environment of the tests."""
    environment["PYTHON_KEYRING_BACKEND"] = keyring
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), sysconfig.get_path("purelib")])


def waiting(process: subprocess.Popen[str]) -> str:
    """The address at which a login waits for somebody."""
    assert process.stderr
    found = ADDRESS.match(process.stderr.readline())
    assert found
    return found[1]


def text_of(folder: Path) -> str:
    """Everything in the files of a folder."""
    return "".join(path.read_text() for path in folder.iterdir())


# ---- the keyring


def test_tokens_go_to_the_keyring_if_there_is_one(
    pyimgur: Run, environment: dict[str, str], logins: Logins, imgur: LocalImgur
) -> None:
    use("keyring_support.Ring", environment)
    done = pyimgur("login")
    assert (done.returncode, done.stdout) == (0, "")
    assert "The login is stored in the system's keyring" in done.stderr
    assert not logins.path.with_name("tokens.json").exists()
    assert "access_token" in Path(environment["RING"]).read_text()
    assert pyimgur("whoami").stdout == f"{imgur.username}\n"
    assert pyimgur("logout").returncode == 0
    assert '"access_token' not in Path(environment["RING"]).read_text()


def test_a_keyring_that_refuses_loses_no_login(
    pyimgur: Run, environment: dict[str, str], logins: Logins, imgur: LocalImgur
) -> None:
    use("keyring_support.Locked", environment)
    done = pyimgur("login")
    assert (done.returncode, done.stdout) == (0, "")
    assert "the system's keyring failed (the user said no)" in done.stderr
    assert "the tokens are kept in a file instead" in done.stderr
    assert logins.all()[0].place == "file"
    assert pyimgur("whoami").stdout == f"{imgur.username}\n"


def test_a_keyring_that_is_gone_is_named_and_the_login_can_be_forgotten(
    pyimgur: Run, environment: dict[str, str], logins: Logins
) -> None:
    use("keyring_support.Ring", environment)
    pyimgur("login")
    use("keyring.backends.fail.Keyring", environment)
    done = pyimgur("whoami")
    assert (done.returncode, done.stdout) == (1, "")
    assert "this system has no keyring" in done.stderr
    done = pyimgur("logout")
    assert done.returncode == 0
    assert "were not removed" in done.stderr
    assert logins.all() == []


def test_logout_of_everybody_goes_on_after_tokens_that_cannot_be_removed(
    pyimgur: Run, environment: dict[str, str], logins: Logins
) -> None:
    """A login whose tokens stay is still listed, so that the same command removes both later."""
    use("keyring_support.Ring", environment)
    pyimgur("login")
    token = StoredToken("ann", "s3cret-access", "s3cret-refresh")
    stays = logins.keep(Login("http://127.0.0.1:1", "ann", "x", place="file"), token)
    document = json.loads((tokens := logins.path.with_name("tokens.json")).read_text())
    tokens.write_text("{no JSON")
    done = pyimgur("logout", "--all")
    assert (done.returncode, logins.all()[0]) == (1, stays)
    assert "pyimgur: ann is still logged in at http://127.0.0.1:1: " in done.stderr
    tokens.write_text(json.dumps(document))
    assert pyimgur("logout", "--all").returncode == 0
    assert logins.all() == []
    assert "s3cret" not in tokens.read_text()


def test_logins_at_once_lose_nothing_in_a_keyring(
    spawn: Spawn, environment: dict[str, str], imgur: LocalImgur, logins: Logins
) -> None:
    use("keyring_support.Ring", environment)
    processes = [spawn("login", "--no-browser", "--client-id", f"program{number}") for number in range(3)]
    addresses = [waiting(process) for process in processes]
    for address in addresses:
        assert go(answer(address).headers["location"]).status_code == 200
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(json.loads(Path(environment["RING"]).read_text())) == len(logins.all()) == 3


# ---- the files


def test_what_is_kept_is_for_its_owner_only(pyimgur: Run, logins: Logins) -> None:
    logins.path.parent.mkdir(parents=True, mode=0o755)
    logins.path.write_text("{}")
    logins.path.chmod(0o644)
    assert pyimgur("login").returncode == 0
    files = [path for path in logins.path.parent.iterdir() if path.suffix == ".json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert len(files) == 2


def test_a_folder_that_cannot_be_written_is_found_before_the_user_is_prompted(
    pyimgur: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "file")
    done = pyimgur("login")
    assert (done.returncode, done.stdout) == (1, "")
    assert str(tmp_path / "file") in done.stderr
    assert "Allow access here" not in done.stderr
    assert "should not have happened" not in done.stderr


def test_a_file_that_cannot_be_replaced_is_found_before_the_user_is_prompted(pyimgur: Run, logins: Logins) -> None:
    """As in a folder that somebody else owns: the locks are there, and nothing new can be."""
    logins.path.with_name("logins.json.part").mkdir(parents=True)
    done = pyimgur("login", "--site", "http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot write {logins.path}: " in done.stderr
    assert "logins.json.part'" in done.stderr
    assert "cannot reach" not in done.stderr


def test_spoiled_tokens_are_found_before_the_user_is_prompted(pyimgur: Run, logins: Logins) -> None:
    tokens = logins.path.with_name("tokens.json")
    tokens.parent.mkdir(parents=True)
    tokens.write_text("{ no")
    done = pyimgur("login")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot read {tokens}" in done.stderr
    assert "Allow access here" not in done.stderr
    assert tokens.read_text() == "{ no"


@pytest.mark.parametrize(
    "document",
    [
        {"{site}": 5},
        {"{site}": {"{client}": "x"}},
        {"{site}": {"{client}": [1, None, {"account": 5, "access_token": []}, {"account": "tester"}]}},
    ],
)
def test_tokens_of_strange_shapes_are_passed_over_and_mended(
    document: dict[str, Any], tmp_path: Path, imgur: LocalImgur
) -> None:
    logins = Logins(tmp_path / "logins.json")
    shape = json.dumps(document).replace("{site}", imgur.url).replace("{client}", imgur.client_id)
    logins.path.with_name("tokens.json").write_text(shape)
    kept = logins.keep(Login(imgur.url, "tester", imgur.client_id, place="file"), StoredToken("tester", "a-token"))
    assert logins.client(kept).access_token == "a-token"


def test_logins_of_strange_shapes_are_passed_over(pyimgur: Run, logins: Logins) -> None:
    logins.path.parent.mkdir(parents=True)
    entry = {"site": 5, "account": ["x"], "client_id": None, "place": "cloud"}
    nowhere = {"site": "http://[::1", "account": "ann", "client_id": "x", "place": "file"}
    for document in ({"logins": [entry, nowhere]}, {"logins": {}}, {}):
        logins.path.write_text(json.dumps(document))
        done = pyimgur("accounts")
        assert (done.returncode, done.stderr) == (0, "you are not logged in: run `pyimgur login`\n")


def test_what_others_wrote_into_the_logins_stays(tmp_path: Path) -> None:
    logins, ann = Logins(tmp_path / "logins.json"), Login("http://127.0.0.1:1", "ann", "app", place="file")
    newer = {"site": ann.site, "account": "bob", "client_id": "app", "place": "vault"}
    extended = {"site": ann.site, "account": "carol", "client_id": "app", "place": "file", "color": "red"}
    document = {"version": 2, "logins": [newer, extended, "?"]}
    logins.path.write_text(json.dumps(document))
    logins.use(ann)
    assert [login.account for login in logins.all()] == ["ann", "carol"]
    logins.forget(ann)
    assert json.loads(logins.path.read_text()) == document
    logins.path.write_text('["a list"]')
    with pytest.raises(ImgurError, match="it is not a JSON object"):
        logins.use(ann)
    assert logins.path.read_text() == '["a list"]'


_KILLED = """
import os, signal, sys
from pyimgur import FileStore, StoredToken
from pyimgur.tokens import Key
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
FileStore(sys.argv[1]).save(Key("http://127.0.0.1", "app"), StoredToken("ann", "half-kept"))
"""


def test_a_killed_program_leaves_no_tokens_lying_about(tmp_path: Path) -> None:
    store, key = FileStore(tmp_path / "tokens.json"), Login("http://127.0.0.1", "bob", "app").key
    store.save(key, StoredToken("bob", "whole"))
    done = subprocess.run([sys.executable, "-c", _KILLED, str(store.path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert store.load(key) == StoredToken("bob", "whole")
    store.save(key, None)
    assert "half-kept" not in text_of(tmp_path)
    assert "whole" not in text_of(tmp_path)


# ---- what others can see


def command_lines() -> str:
    """What everybody on this machine can read of its processes."""
    if Path("/proc/self/cmdline").exists():
        lines: list[str] = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                lines.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
            except OSError:  # it has ended
                continue
        return "\n".join(lines)
    return subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True).stdout


def test_no_secret_is_in_the_list_of_processes(environment: dict[str, str], imgur: LocalImgur, tmp_path: Path) -> None:
    environment["BROWSER"] = f"{shlex.quote(sys.executable)} -c 'import sys; sys.stdin.read()' %s"  # stays open
    words = [*COMMAND, "login", "--client-id", imgur.client_id]
    with at_terminal(words, environment, tmp_path) as shown:
        shown.wait_for("Client secret")
        shown.type(f"{imgur.client_secret}\r")
        address = shown.wait_for(r"Allow access here: (\S+)\n")[1]
        seen = command_lines()
        assert " ".join(words) in seen
        assert imgur.client_secret not in seen
        back = answer(address).headers["location"]
        assert go(back).status_code == 200
        seen = command_lines()
        assert parse_qs(urlsplit(back).query)["code"][0] not in seen
        assert imgur.client_secret not in shown.text


# ---- the listener


STRANGE = (
    b"\x16\x03\x01\x02",
    b"GET / HTTP/9.9\r\n\r\n",
    b"<script>alert(1)</script>\r\n\r\n",
    b"PUT / HTTP/1.1\r\n\r\n",
)
"""What is no request of a browser that comes back."""


def test_the_listener_says_nothing_to_strangers(spawn: Spawn, imgur: LocalImgur, logins: Logins) -> None:
    process = spawn("login", "--no-browser")
    address = waiting(process)
    there = urlsplit(way_back(address))
    place = (there.hostname or "", there.port or 0)
    for strange in (
        b"\x16\x03\x01\x02",
        b"GET / HTTP/9.9\r\n\r\n",
        b"<script>alert(1)</script>\r\n\r\n",
        b"PUT / HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection(place, 30) as connection:
            connection.sendall(strange)
            connection.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        assert b"alert" not in said
    with socket.create_connection(place, 30) as connection:  # breaks off while its body is awaited
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(b"POST /fragment HTTP/1.1\r\nContent-Length: 99\r\n\r\nacc")
    assert _post(place, "/fragment", "access_token=mine&account_username=eve") == 400
    assert _post(place, "/fragment", "state=" + "x" * 20_000) == 404
    assert _post(place, "/other", "") == 404
    assert go(answer(address).headers["location"]).status_code == 200
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    where = f"The login is stored in {logins.path.parent}, which only you can read."
    assert said == f"{imgur.username} is logged in at {imgur.url}. {where}\n"


def _post(place: tuple[str, int], path: str, body: str) -> int:
    with closing(http.client.HTTPConnection(*place, timeout=30)) as connection:
        connection.request("POST", path, body, {"Host": "evil.example"})
        return connection.getresponse().status


def test_the_listener_takes_one_answer(spawn: Spawn, imgur: LocalImgur, logins: Logins) -> None:
    process = spawn("login", "--no-browser")
    back = answer(waiting(process)).headers["location"]
    assert go(back).status_code == 200
    process.communicate(timeout=60)
    assert process.returncode == 0
    place = urlsplit(back)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname or "", place.port or 0), 30)


def test_the_listener_is_on_this_machine_only(spawn: Spawn) -> None:
    process = spawn("login", "--no-browser")
    port = urlsplit(way_back(waiting(process))).port
    if not Path("/proc/net/tcp").exists():
        pytest.skip("no /proc/net/tcp to look at")
    listening = re.findall(rf": (\w+):{port:04X} \w+:\w+ 0A ", Path("/proc/net/tcp").read_text())
    assert listening == ["0100007F"]


# ---- the choice of a site


@pytest.mark.parametrize("words", [["whoami"], ["credits"], ["login", "--access-token", "-"]], ids=" ".join)
def test_no_address_leads_tokens_elsewhere(
    words: list[str], pyimgur: Run, environment: dict[str, str], imgur: LocalImgur
) -> None:
    pyimgur("login")
    for address in (
        "http://imgur.com.evil.example",
        f"http://127.0.0.1:{urlsplit(imgur.url).port}@evil.example",
        "http://192.0.2.1:4648",
        "https://imgur.com/?.evil.example",
        "file:///etc/passwd",
    ):
        environment["PYIMGUR_BASE_URL"] = address
        done = pyimgur(*words, stdin="a-secret-token\n")
        assert (done.returncode, done.stdout) == (2, "")
        assert "a-secret-token" not in done.stderr
        assert "Traceback" not in done.stderr


def test_a_server_cannot_give_orders_to_the_terminal(pyimgur: Run, environment: dict[str, str], tmp_path: Path) -> None:
    program = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        evil = "\\x1b]0;owned\\x07\\x1b[2J"
        good = self.headers["Authorization"] == "Bearer good"
        document = {"data": {"url": evil} if good else {"error": evil}, "success": good, "status": 200 if good else 403}
        body = json.dumps(document).encode()
        self.send_response(document["status"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            environment["PYIMGUR_BASE_URL"] = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            refused = pyimgur("login", "--access-token", "-", stdin="bad\n")
            done = [pyimgur("login", "--access-token", "-", stdin="good\n"), pyimgur("whoami"), pyimgur("accounts")]
        finally:
            server.kill()
    assert [one.returncode for one in (refused, *done)] == [1, 0, 0, 0]
    assert [one for one in (refused, *done) if "\x1b" in one.stdout + one.stderr] == []
    assert all("owned" in one.stdout + one.stderr for one in (refused, *done))
