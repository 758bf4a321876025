"""`pyimgur serve`: what it prints, how it ends, what it refuses."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import pytest
import trustme

from conftest import COMMAND

if TYPE_CHECKING:
    from conftest import Serving

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
Spawn: TypeAlias = "Callable[..., subprocess.Popen[str]]"
Serve: TypeAlias = "Callable[..., Serving]"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_one_line_on_stdout_then_a_clean_end(number: signal.Signals, serve: Serve, data: Path) -> None:
    server = serve()
    assert server.line == f"pyimgur serves {server.address} (open, data in {data})\n"
    assert server.get("/healthz")
    assert server.stop(number) == (0, "", "")


def test_other_commands_find_it_while_it_runs(serve: Serve, data: Path) -> None:
    server = serve()
    assert json.loads((data / "server.json").read_text()) == {
        "address": server.address,
        "local": server.address,
        "pid": server.process.pid,
    }
    server.stop()
    assert not (data / "server.json").exists()


def test_the_folder_is_its_owners_only(serve: Serve, data: Path) -> None:
    data.mkdir(mode=0o755)
    serve().stop()
    assert data.stat().st_mode & 0o777 == 0o700
    loose = [path for path in data.rglob("*") if path.stat().st_mode & 0o077]
    assert loose == []


def test_what_others_print_goes_to_stderr(environment: Mapping[str, str]) -> None:
    code = (
        "import os\n"
        "from pyimgur.cli._server_process import reserve_stdout as only_voice\n"
        "with only_voice() as say:\n"
        "    print('a library'); os.system('echo a child'); say('the line')\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "the line\n"
    assert sorted(done.stderr.split("\n")) == ["", "a child", "a library"]


def test_a_held_folder_is_refused(serve: Serve, pyimgur: Run, data: Path) -> None:
    server = serve()
    second = pyimgur("serve", "--port", "0")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"pyimgur: the server at {server.address} (process {server.process.pid}) uses {data}: "
        "stop it, or pass another folder with --data\n"
    )
    assert server.get("/healthz")


def test_a_killed_server_leaves_nothing_in_the_way(serve: Serve, data: Path) -> None:
    first = serve()
    first.process.kill()
    first.process.wait()
    assert (data / "server.json").exists()
    assert serve().stop()[0] == 0


def test_a_port_in_use(serve: Serve, pyimgur: Run, tmp_path: Path) -> None:
    port = urlsplit(serve().address).port
    done = pyimgur("serve", "--port", str(port), "--data", tmp_path / "other")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"pyimgur: port {port} of 127.0.0.1 is in use: stop what uses it, or pass --port 0 for a free one\n"
    )


def test_a_folder_of_other_things_is_left_alone(pyimgur: Run, data: Path) -> None:
    data.mkdir(mode=0o755)
    (data / "letter.txt").write_text("dear")
    done = pyimgur("serve", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("contains other files than server data: pass a new or empty folder with --data\n")
    assert [path.name for path in data.iterdir()] == ["letter.txt"]
    assert data.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("data_is", ["below a file", "a broken database"])
def test_a_folder_that_cannot_be_used(data_is: str, pyimgur: Run, serve: Serve, data: Path) -> None:
    if data_is == "below a file":
        data.write_text("")
        folder = data / "imgur"
    else:
        serve().stop()
        folder = data
        for path in data.glob("*.sqlite3*"):
            path.write_bytes(b"no database" * 1000)
    done = pyimgur("serve", "--port", "0", "--data", folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pyimgur: ")
    assert str(data) in done.stderr
    assert "should not have happened" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take no such names")
def test_a_folder_whose_name_is_no_text(environment: Mapping[str, str], tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "imgur") + b"\xff"
    words = [*COMMAND, "serve", "--port", "0", "--data", folder]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout
        line = process.stdout.readline()
        process.terminate()
    assert line.endswith(b"data in " + folder + b")\n")
    assert process.returncode == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--host", "0.0.0.0"],
        ["--host", "0.0.0.0", "--public-url", "https://img.example.org"],
        ["--public-url", "https://img.example.org", "--behind-proxy", "127.0.0.1", "--open"],
    ],
    ids=" ".join,
)
def test_reachable_by_others_only_on_purpose(options: list[str], pyimgur: Run, data: Path) -> None:
    done = pyimgur("serve", "--port", "0", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"pyimgur: .* \(see pyimgur serve --help\)\n", done.stderr)
    assert not data.exists()


def test_behind_a_proxy_it_is_closed_and_has_its_public_address(serve: Serve, data: Path) -> None:
    server = serve("--public-url", "https://img.example.org/", "--behind-proxy", "127.0.0.1")
    assert server.line == f"pyimgur serves https://img.example.org (closed, data in {data})\n"
    local = urlsplit(json.loads((data / "server.json").read_text())["local"])
    connection = http.client.HTTPConnection(local.hostname or "", local.port, timeout=60)
    with closing(connection):
        assert status(connection, "img.example.org") == 200
        assert status(connection, "evil.example.org") == 421


def status(connection: http.client.HTTPConnection, host: str) -> int:
    connection.request("GET", "/healthz", headers={"Host": host})
    answer = connection.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize(
    ("trusted", "seen"), [("127.0.0.1", "203.0.113.9"), ("203.0.113.1", "127.0.0.1"), (None, "127.0.0.1")]
)
def test_forwarded_headers_are_believed_from_the_proxy_only(
    trusted: str | None, seen: str, environment: Mapping[str, str]
) -> None:
    # The app of the server says nowhere whom it talks to, so this one stands in for it.
    code = f"""
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from pyimgur.cli import _listen_address, _server_process
app = Starlette(routes=[Route("/", lambda request: PlainTextResponse(request.client.host))])
with _listen_address.bind("127.0.0.1", 0) as listener:
    ready = lambda: print(listener.getsockname()[1], flush=True)
    _server_process.run(app, _server_process.Server(app, on_ready=ready, trusted_proxy={trusted!r}), listener)
"""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout
            connection = http.client.HTTPConnection("127.0.0.1", int(process.stdout.readline()), timeout=60)
            connection.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.9"})
            with closing(connection):
                assert connection.getresponse().read().decode() == seen
        finally:
            process.terminate()
    assert process.returncode == 0


def test_https(serve: Serve, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    server = serve("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    assert server.address.startswith("https://127.0.0.1:")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    connection = http.client.HTTPSConnection("127.0.0.1", urlsplit(server.address).port, context=trusting, timeout=60)
    with closing(connection):
        assert status(connection, "127.0.0.1") == 200
    assert server.stop() == (0, "", "")


@pytest.mark.parametrize("contents", [None, "no certificate"])
def test_a_certificate_that_cannot_be_read(contents: str | None, pyimgur: Run, tmp_path: Path) -> None:
    cert = tmp_path / "cert.pem"
    if contents:
        cert.write_text(contents)
    done = pyimgur("serve", "--port", "0", "--tls-cert", cert, "--tls-key", cert)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pyimgur: {cert} ")
    assert done.stderr.count("\n") == 1


def test_a_key_with_a_password_asks_nobody(pyimgur: Run, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    issued = trustme.CA().issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    key = ec.generate_private_key(ec.SECP256R1())
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pass"))
    (tmp_path / "key.pem").write_bytes(locked)
    done = pyimgur("serve", "--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    assert done.returncode == 1
    assert "in PEM format without a password" in done.stderr


class Upload(closing["Upload"]):
    """An upload whose second half can be held back."""

    def __init__(self, address: str, picture: bytes) -> None:
        parts = urlsplit(address)
        super().__init__(self)
        self.body = picture
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.connection.putrequest("POST", "/3/image")
        self.connection.putheader("Authorization", "Client-ID a-test")
        self.connection.putheader("Content-Type", "application/octet-stream")
        self.connection.putheader("Content-Length", str(len(picture)))
        self.connection.putheader("Expect", "100-continue")
        self.connection.endheaders()
        assert self.connection.sock
        # The answer to Expect shows that the server is at it.
        assert self.connection.sock.recv(1000).startswith(b"HTTP/1.1 100")

    def close(self) -> None:
        self.connection.close()

    def send_half(self) -> None:
        self.connection.send(self.body[: len(self.body) // 2])

    def send_rest(self) -> http.client.HTTPResponse:
        self.connection.send(self.body[len(self.body) // 2 :])
        return self.connection.getresponse()


def picture() -> bytes:
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.effect_noise((64, 64), 90).save(file, "PNG")
    return file.getvalue()


def wait_until_refused(address: str) -> None:
    """A server that stops takes no new connections."""
    parts = urlsplit(address)
    ending = time.monotonic() + 60
    with suppress(ConnectionRefusedError, ConnectionResetError):
        while time.monotonic() < ending:
            socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60).close()
        pytest.fail("the server still listens")


def test_an_upload_under_way_is_finished(serve: Serve) -> None:
    server, bytes_ = serve(), picture()
    with Upload(server.address, bytes_) as upload:
        upload.send_half()
        server.process.send_signal(signal.SIGTERM)
        wait_until_refused(server.address)
        answer = upload.send_rest()
        assert answer.status == 200
        link = json.loads(answer.read())["data"]["link"]
    assert server.process.wait(60) == 0
    assert serve().get(urlsplit(link).path) == bytes_


def test_a_second_ctrl_c_waits_for_nobody(serve: Serve, data: Path) -> None:
    server = serve()
    with Upload(server.address, picture()) as upload:
        upload.send_half()
        server.process.send_signal(signal.SIGINT)
        wait_until_refused(server.address)
        assert server.stop(signal.SIGINT)[0] == 0
    assert serve().stop()[0] == 0
    assert not any((data / "incoming").iterdir())


def test_tokens_live_as_long_as_was_said(pyimgur: Run) -> None:
    for seconds in ("0", str(2**31), str(10**20)):
        done = pyimgur("serve", "--throwaway", "--token-lifetime", seconds)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{seconds} is not in the range 1<=x<=2147483647" in done.stderr


def test_an_access_log_on_stderr(serve: Serve) -> None:
    server = serve("--access-log")
    server.get("/healthz?client_id=abc")
    code, out, err = server.stop()
    assert (code, out) == (0, "")
    assert re.fullmatch(r"[\d-]+ [\d:,]+ INFO GET /healthz 200 3 \d+\n", err)


def test_postgresql_without_its_driver_says_what_to_install(pyimgur: Run) -> None:
    done = pyimgur("serve", "--port", "0", "--database", "postgresql://db.example/imgur")
    assert done.returncode == 1
    assert (
        'PostgreSQL needs asyncpg, which is not installed: in a clone of pyimgur, run python -m pip install ".[cl'
        in (done.stderr)
    )
