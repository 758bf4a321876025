"""The control API of `serve --throwaway`, and what a program learns at its start."""

from __future__ import annotations

import base64
import http.client
import io
import json
import re
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from PIL import Image
from schemathesis.openapi import from_dict

import pyimgur
from pyimgur.testing import Clock

SERVE = [sys.executable, "-m", "pyimgur", "serve", "--throwaway", "--port", "0"]


class Server(NamedTuple):
    """A throwaway server, with what it printed."""

    ready: dict[str, Any]

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> tuple[int, Any]:
        """Send a request to the control API, and return status and value."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.ready['control_token'] if token is None else token}"}
        return self.send(method, f"/_test/{path}", data, headers)

    def send(self, method: str, path: str, data: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, Any]:
        with closing(http.client.HTTPConnection(urlsplit(self.ready["url"]).netloc, timeout=30)) as connection:
            connection.request(method, path, data or None, headers or {})
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")

    def api(self, method: str, path: str, token: str = "") -> tuple[int, Any]:
        """Send a request to the Imgur API, and return status and data."""
        sent = {"Authorization": f"Bearer {token or self.ready['access_token']}"}
        status, document = self.send(method, path, headers=sent)
        return status, document["data"]

    def seed(self, kind: str, **new: object) -> Any:
        status, created = self.call("POST", kind, new)
        assert status == 201, created
        return created


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a throwaway server, and yield it with its first line."""
    with subprocess.Popen([*SERVE, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with running("--json") as (_, line):
        yield Server(json.loads(line))


@pytest.fixture
def server(shared: Server) -> Server:
    assert shared.call("POST", "reset") == (200, {})
    return shared


def test_the_line_of_json_is_enough_for_an_authorized_call(server: Server) -> None:
    ready = server.ready
    status, account = server.api("GET", "/3/account/me")
    assert (status, account["url"]) == (200, ready["username"])
    with pyimgur.Imgur(ready["client_id"], ready["client_secret"], base_url=ready["url"]) as im:
        im.refresh_token = ready["refresh_token"]
        im.refresh_access_token()
        assert im.get_user("me").url == ready["username"]


def test_the_ready_file_exists_while_the_server_runs(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    with running("--ready-file", str(file)) as (process, line):
        ready = json.loads(file.read_text())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert line.startswith(f"pyimgur serves {ready['url']} (open")
        assert process.stdout is not None
        assert ready["control_token"] in process.stdout.readline()
        assert Server(ready).api("GET", "/3/account/me")[0] == 200
    assert not file.exists()


def test_a_reset_restores_the_start(server: Server) -> None:
    server.seed("accounts", name="other")
    server.seed("images", account="tester")
    server.call("POST", "clock", {"advance": 7200})
    server.call("POST", "faults", {"kind": "down", "times": None})
    server.call("PATCH", "settings", {"dead_token_status": 401})
    assert server.call("POST", "reset") == (200, {})
    assert server.api("GET", "/3/account/me/images") == (200, [])
    assert server.api("GET", "/3/account/other")[0] == 404
    assert server.api("GET", "/3/account/me", token="dead")[0] == 403
    assert server.call("GET", "faults") == (200, [])


def test_two_tests_on_one_server(server: Server) -> None:
    assert server.call("POST", "reset", {"test": "uploads"}) == (200, {})
    for other in ({"test": "deletes"}, None):
        status, answer = server.call("POST", "reset", other)
        assert status == 409
        assert re.match(r"the test 'uploads' has used this server for \d+ s: run tests that share", answer["error"])
    assert server.call("POST", "reset", {"test": "uploads"}) == (200, {})
    server.call("DELETE", "use")
    assert server.call("POST", "reset", {"test": "deletes"}) == (200, {})
    server.call("DELETE", "use")


def test_a_reset_removes_what_requests_in_progress_store(server: Server) -> None:
    server.call("POST", "faults", {"delay": 30, "path": "/3/album", "times": None})

    def send() -> None:
        server.send("POST", "/3/album", b"title=late", {"Authorization": f"Bearer {server.ready['access_token']}"})

    def ignore(_args: object) -> None: ...

    threading.excepthook, before = ignore, threading.excepthook
    waiting = threading.Thread(target=send)
    waiting.start()
    while not server.call("GET", "requests?path=/3/album")[1]:
        pass
    assert server.call("POST", "reset") == (200, {})
    waiting.join(30)
    threading.excepthook = before
    assert server.api("GET", "/3/account/me/albums") == (200, [])


def test_tokens_expire_when_the_clock_is_set_forward(server: Server) -> None:
    server.call("POST", "clock", {"advance": 7200, "speed": 0})
    _, clock = server.call("GET", "clock")
    assert (clock["ahead"], clock["speed"]) == (7200, 0)
    assert server.call("GET", "clock")[1]["now"] == clock["now"]
    assert server.api("GET", "/3/account/me")[0] == 403


def test_faults_are_the_values_of_python(server: Server) -> None:
    status, added = server.call("POST", "faults", {"status": 507, "error": "Full", "path": "/3/account/*", "nth": 2})
    assert status == 201
    assert [server.api("GET", "/3/account/me")[0] for _ in range(3)] == [200, 507, 200]
    (listed,) = server.call("GET", "faults")[1]
    assert (listed["id"], listed["matched"], listed["applied"]) == (added["id"], 2, 1)
    assert (listed["fault"]["kind"], listed["fault"]["error"]) == ("custom", "Full")
    assert server.call("DELETE", f"faults/{added['id']}") == (200, {})
    assert server.call("DELETE", f"faults/{added['id']}")[0] == 404
    assert server.call("GET", "faults") == (200, [])


def test_faults_that_no_request_met_are_listed(server: Server) -> None:
    server.call("POST", "faults", {"status": 503, "path": "/3/account/me"})
    server.call("POST", "faults", {"kind": "down", "path": "/3/images"})
    server.call("POST", "faults", {"kind": "down", "path": "/3/albums", "required": False})
    assert server.api("GET", "/3/account/me")[0] == 503
    _, unmet = server.call("GET", "faults?unmet=true")
    assert [active["fault"]["path"] for active in unmet] == ["/3/images"]
    assert len(server.call("GET", "faults?unmet=false")[1]) == 3


def test_expected_requests(server: Server) -> None:
    server.send("POST", "/3/album", b"title=Cats&ids[]=a&ids[]=b", {"Authorization": "Client-ID mine"})
    expected = {"method": "POST", "path": "/3/album", "client_id": "mine", "credentials": "anonymous"}
    fields = {"title": "Cats", "ids": ["a", "b"]}
    assert server.call("POST", "assert-called", {**expected, "fields": fields, "times": 1}) == (200, {})
    assert server.call("POST", "assert-called", {"method": "DELETE", "path": "*", "times": 0}) == (200, {})
    status, answer = server.call("POST", "assert-called", {**expected, "fields": {"title": "Dogs"}})
    assert status == 409
    assert answer["error"].startswith("expected at least one request POST /3/album with ")
    assert "\n  field title: expected 'Dogs', was 'Cats'\n" in answer["error"]


def test_requests_are_recorded_and_filtered(server: Server) -> None:
    server.api("GET", "/3/account/me")
    server.send("POST", "/3/album", b"title=Cats", {"Authorization": "Client-ID mine"})
    _, (first, second) = server.call("GET", "requests")
    assert (first["path"], first["account"], first["credentials"]) == ("/3/account/me", "tester", "token")
    assert (second["fields"], second["client_id"], second["status"]) == ({"title": "Cats"}, "mine", 200)
    for wanted in ("method=POST", "path=/3/alb*", "client_id=mine", "credentials=anonymous"):
        assert server.call("GET", f"requests?{wanted}") == (200, [second]), wanted
    assert server.call("GET", "requests?account=tester&status=200") == (200, [first])
    server.call("DELETE", "requests")
    assert server.call("GET", "requests") == (200, [])


def test_seeds_are_visible_through_the_api(server: Server) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    application = server.seed("applications", name="bot")
    account = server.seed("accounts", name="kim", client_id=application["client_id"])
    album = server.seed("albums", account="kim", title="Cats")
    content = base64.b64encode(file.getvalue()).decode()
    image = server.seed("images", account="kim", title="A cat", file=content, album=album["id"])
    post = server.seed("posts", account="kim", id=album["id"], title="Look", tags=["cats"])
    comment = server.seed("comments", account="tester", post=post["id"], text="Nice")
    token = account["access_token"]
    assert server.api("GET", "/3/account/me", token)[1]["url"] == "kim"
    found = server.api("GET", f"/3/album/{album['id']}", token)[1]
    assert (found["title"], found["images"][0]["id"], found["images"][0]["width"]) == ("Look", image["id"], 40)
    assert server.api("GET", f"/3/gallery/album/{post['id']}")[1]["title"] == "Look"
    assert server.api("GET", f"/3/gallery/{post['id']}/comments")[1][0]["id"] == comment["id"]
    assert server.seed("images")["deletehash"]


def test_an_application_is_authorized_for_an_account(server: Server) -> None:
    application = server.seed("applications", name="bot", account="tester")
    assert len(application["client_secret"]) == 40
    assert server.api("GET", "/3/account/me", application["access_token"])[1]["url"] == "tester"


def test_credits_left(server: Server) -> None:
    server.call("PATCH", "settings", {"enforce_credits": True})
    left = {"client_id": server.ready["client_id"], "account": "tester", "left": 2}
    assert server.call("PUT", "credits", left) == (200, {"left": 2})
    assert [server.api("GET", "/3/account/me")[0] for _ in range(3)] == [200, 200, 429]
    server.call("PUT", "credits", {"client_id": "unregistered", "left": 0})
    assert server.send("GET", "/3/account/tester", headers={"Authorization": "Client-ID unregistered"})[0] == 429


def test_settings(server: Server) -> None:
    assert server.call("PATCH", "settings", {"open": False})[1]["enforce_credits"] is True
    assert server.send("GET", "/3/account/tester", headers={"Authorization": "Client-ID unknown"})[0] == 403
    status, answer = server.call("PATCH", "settings", {"enforce_credits": False})
    assert (status, "a closed server enforces credits" in answer["error"]) == (400, True)


WRONG_CALLS = [
    ("GET", "nothing", None, 404, "there is no /_test/nothing; there are /_test/reset"),
    ("POST", "/reset", None, 404, r"no /_test//reset \(did you mean 'reset'\?\); there are"),
    ("GET", "reset", None, 405, "/_test/reset takes POST, not GET"),
    ("POST", "reset", {"a": 1}, 400, "unknown field `a`"),
    ("DELETE", "faults", {"a": 1}, 400, "takes no body"),
    ("POST", "faults", b"{", 400, "JSON is malformed|Input data was truncated"),
    ("POST", "faults", b"kind=down", 400, "the body has to be a JSON object, such as {}: JSON is malformed"),
    ("POST", "faults", {"kind": "down", "method": "POTS"}, 400, "method='POTS' is no method"),
    ("POST", "faults", {"kind": "down", "stats": 5}, 400, r"field `stats` \(did you mean 'status'\?\); there are acc"),
    ("POST", "faults", {"status": "500"}, 400, r"Expected `int \| null`, got `str` - at `\$.status`"),
    ("POST", "faults", {"kind": "nonsense"}, 400, "'nonsense' is no fault; there are rate-limit"),
    ("POST", "faults", {"kind": "down", "cut_request": 1}, 400, "cut_request and status contradict"),
    ("DELETE", "faults/x", None, 404, "fault with the id, x"),
    ("GET", "requests?pth=/3", None, 400, r"no parameter 'pth' \(did you mean 'path'\?\); there are: method, path"),
    ("GET", "requests?status=ok", None, 400, "status='ok' is no number"),
    ("GET", "requests?credentials=bearer", None, 400, "credentials='bearer' is none of anonymous, token, none"),
    ("GET", "requests?path=3/image", None, 400, "path='3/image' matches no request"),
    ("GET", "faults?unmet=1", None, 400, "unmet='1' is neither true nor false"),
    ("POST", "assert-called", {"method": "POST", "path": "3/image"}, 400, "paths begin with /"),
    ("POST", "assert-called", {"method": "POST", "path": "*", "times": -1}, 400, "Expected `int` >= 0"),
    ("POST", "assert-called", {"path": "*"}, 400, "missing required field `method`"),
    ("POST", "clock", {"hours": 2}, 400, "unknown field `hours`; there are advance, speed"),
    ("POST", "clock", {"speed": -1}, 400, "speed=-1.0 is not a number from 0"),
    ("POST", "accounts", {}, 400, "missing required field `name`"),
    ("POST", "accounts", {"name": "tester"}, 422, "The name tester is taken"),
    ("POST", "images", {"account": "nobody"}, 404, "an account with the id, nobody"),
    ("POST", "images", {"file": "bm8gaW1hZ2U="}, 422, "the file is not an image or video"),
    ("POST", "images", {"file": "?"}, 400, "base64"),
    ("POST", "posts", {"account": "tester", "id": "none", "title": "x"}, 404, "none"),
    ("PUT", "credits", {"client_id": "x", "left": -1}, 400, "Expected `int` >= 0"),
    ("PATCH", "settings", {"strip": "some"}, 400, "Invalid enum value 'some'"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "message"), WRONG_CALLS)
def test_wrong_calls_are_explained(
    server: Server, method: str, path: str, body: object, status: int, message: str
) -> None:
    got, answer = server.call(method, path, body)
    assert got == status, answer
    assert re.search(message, answer["error"]), answer


@pytest.mark.parametrize("token", ["", "wrong", "ü"])
def test_calls_without_the_token_are_refused(server: Server, token: str) -> None:
    status, answer = server.call("POST", "reset", token=token.encode().decode("latin-1"))
    assert (status, "control token" in answer["error"]) == (401, True)


def test_two_faults_of_which_one_hides_the_other(server: Server) -> None:
    server.call("POST", "faults", {"kind": "down", "times": None})
    status, answer = server.call("POST", "faults", {"kind": "slow"})
    assert (status, "would never apply" in answer["error"]) == (400, True)


def test_the_control_api_is_documented(server: Server) -> None:
    status, document = server.send("GET", "/_test/openapi.json")
    assert status == 200
    from_dict(document).validate()  # raises where it is not
    assert set(document["paths"]["/_test/faults"]) == {"get", "post", "delete"}
    fault = document["components"]["schemas"]["Fault"]["properties"]
    assert {"status", "bytes_per_second", "cut_request", "nth"} <= set(fault)


def test_a_real_data_folder_has_no_control_api(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pyimgur", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[2]
            with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
                connection.request("POST", "/_test/reset")
                assert connection.getresponse().status in {404, 405}
        finally:
            process.terminate()
            process.wait(30)


def test_a_server_that_others_can_reach_has_no_control_api(capfd: pytest.CaptureFixture[str]) -> None:
    with running("--json", "--host", "0.0.0.0", "--public-url", "http://example.org", "--insecure-http") as (_, line):
        assert not {"control_url", "control_token"} & set(json.loads(line))
    assert "no control API, because others can reach this server" in capfd.readouterr().err


@pytest.mark.parametrize("option", [["--json"], ["--ready-file", "ready.json"]])
def test_options_for_tests_require_a_throwaway_server(option: list[str]) -> None:
    command = [sys.executable, "-m", "pyimgur", "serve", "--port", "0", *option]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"{option[0]} is for tests and requires --throwaway" in done.stderr


def test_a_clock_can_be_stopped_and_run_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    clock = Clock()
    clock.ahead = 5
    clock.set_speed(10)
    now[0] += 2
    assert clock() == 1025
    clock.freeze()
    now[0] += 50
    assert clock() == 1025
    clock.ahead += 1
    assert clock() == 1026
    clock.reset()
    assert clock() == 1052
