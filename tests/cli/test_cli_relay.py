"""`pyimgur relay`, and what `pyimgur run` tells a program: how a server is found under Imgur's names."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from process_support import wait_for_end_of_server

from pyimgur.cli.relay import SHELLS
from pyimgur.relay.proxy_environment import TRUST
from relay_support import Program, serving

if TYPE_CHECKING:
    from conftest import Serving

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
Spawn: TypeAlias = "Callable[..., subprocess.Popen[str]]"
Serve: TypeAlias = "Callable[..., Serving]"

pytestmark = pytest.mark.usefixtures("no_server_left")

PATIENCE = 60.0
ASK = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=30).read().decode())"
ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
BODY = 200_000_000
GROWTH = 20_000_000


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return environment | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "SHELL": "/bin/sh"}


def first_line(process: subprocess.Popen[str]) -> str:
    """The first line a relay says: where it is."""
    assert process.stdout
    return process.stdout.readline()


def relay_of(line: str) -> str:
    found = re.fullmatch(r"pyimgur relay at (http://127\.0\.0\.1:\d+), to http://127\.0\.0\.1:\d+\n", line)
    assert found, line
    return found[1]


# ---- run


def test_a_program_that_knows_imgur_only_needs_no_option(pyimgur: Run, serve: Serve) -> None:
    server = serve()
    done = pyimgur("run", "--", sys.executable, "-c", ASK, "https://imgur.com/healthz")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n\n", "")
    server.stop()


def test_the_environment_that_the_program_gets(pyimgur: Run) -> None:
    with serving() as site:
        done = pyimgur("run", "--site", site.address, "--relay", "--", sys.executable, "-c", ENVIRONMENT)
    told = json.loads(done.stdout)
    assert told["PYIMGUR_BASE_URL"] == site.address
    assert told["NODE_USE_ENV_PROXY"] == "1"
    assert re.fullmatch(r"http://pyimgur:[\w-]{32}@127\.0\.0\.1:\d+", told["HTTPS_PROXY"])
    assert told["https_proxy"] == told["HTTPS_PROXY"]
    assert told["NO_PROXY"] == told["no_proxy"] == "127.0.0.1,localhost,::1"
    bundles = {told[name] for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")}
    assert len(bundles) == 1
    assert not Path(bundles.pop()).exists(), "gone with the run"


def test_without_the_relay(pyimgur: Run) -> None:
    with serving() as site:
        done = pyimgur("run", "--site", site.address, "--no-relay", "--", sys.executable, "-c", ENVIRONMENT)
    told = json.loads(done.stdout)
    assert told["PYIMGUR_BASE_URL"] == site.address
    assert "NODE_USE_ENV_PROXY" not in told


def test_only_imgur(pyimgur: Run) -> None:
    with serving() as site:
        words = ("run", "--site", site.address, "--only-imgur", "--", sys.executable, "-c", ASK)
        assert pyimgur(*words, "https://api.imgur.com/3/x").stdout == "ok\n"
        assert pyimgur(*words, "http://i.imgur.com/x.png").stdout == "ok\n"
        for other in ("https://other.example/", "http://other.example/"):
            refused = pyimgur(*words, other)
            assert refused.returncode == 1
            assert "403" in refused.stderr
    assert len(site.seen) == 2


def test_a_program_that_trusts_the_system_alone(pyimgur: Run) -> None:
    unset = [word for name in TRUST for word in ("-u", name)]
    with serving() as site:
        ask = (*("env", *unset, "curl", "-sS", "https://api.imgur.com/3/x"),)
        assert pyimgur("run", "--site", site.address, "--", *ask).returncode == 60, "it does not trust the relay"
        done = pyimgur("run", "--site", site.address, "--store", "--", *ask)
    if not shutil.which("bwrap"):
        assert done.stderr.startswith("pyimgur: --store: this needs bubblewrap")
    else:
        assert (done.returncode, done.stdout, done.stderr) == (0, "ok", "")


def test_any_program(pyimgur: Run) -> None:
    with serving() as site:
        words = ("run", "--site", site.address, "--any-program", "--", sys.executable, "-c")
        assert "@" not in json.loads(pyimgur(*words, ENVIRONMENT).stdout)["HTTPS_PROXY"]
        assert pyimgur(*words, ASK, "https://api.imgur.com/3/x").stdout == "ok\n"
        assert "403" in pyimgur(*words, ASK, "https://other.example/").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--site", "https://imgur.com"], "that is Imgur itself: pass the URL of your own server"),
        (["--site", "https://api.imgur.com/"], "that is Imgur itself"),
        (["--site", "http://img.example.org"], "can be read in transit: use its https URL"),
        (["--site", "img.example.org"], "is not the URL of a server"),
        (["--site", "https://me:secret@img.example.org"], "is not the URL of a server"),
        (
            ["--only-imgur", "--no-relay"],
            "--only-imgur, --any-program, --imgur-links and --store need the relay: leave --no-relay out",
        ),
    ],
)
def test_usage_errors(words: list[str], said: str, pyimgur: Run) -> None:
    done = pyimgur("run", *words, "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_no_secret_in_a_command_line(pyimgur: Run) -> None:
    """Other users see the command lines of processes; what lets a program in is in its environment."""
    look = (
        "import os, subprocess, urllib.parse as p; word = p.urlsplit(os.environ['HTTPS_PROXY']).password; "
        "import pathlib; mine = [os.getpid(), os.getppid()]; "
        "print(any(word.encode() in pathlib.Path(f'/proc/{n}/cmdline').read_bytes() for n in mine))"
    )
    with serving() as site:
        assert pyimgur("run", "--site", site.address, "--", sys.executable, "-c", look).stdout == "False\n"


# ---- relay


def test_a_relay_for_a_shell(pyimgur: Run, spawn: Spawn, environment: Mapping[str, str], tmp_path: Path) -> None:
    with serving() as site:
        process = spawn("relay", "--site", site.address)
        address = relay_of(first_line(process))
        told = pyimgur("relay", "env").stdout
        script = f"{told}\nexec {shlex.join([sys.executable, '-c', ASK, 'https://api.imgur.com/3/credits'])}"
        done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=PATIENCE)
        assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")
        record = tmp_path / "cache" / "pyimgur" / "relay" / "relay.json"
        assert record.stat().st_mode & 0o077 == 0
        assert record.parent.stat().st_mode & 0o077 == 0
        word = re.search(r"pyimgur:([\w-]+)@", told)
        assert word
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, "")
    assert err == 'To use it in a shell, run there: eval "$(pyimgur relay env)"\n'
    assert word[1] not in address + err
    assert not record.exists()
    assert not Path(told.partition("SSL_CERT_FILE=")[2].split()[0]).exists()


def test_a_shell_takes_no_words_that_others_could_have_written(
    pyimgur: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    folder = tmp_path / "cache" / "pyimgur" / "relay"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    said = f"pyimgur: other users can write to {folder}, and a shell reads settings from it: remove it\n"
    for words in (["relay", "env"], ["relay", "--site", "http://127.0.0.1:9"]):
        done = pyimgur(*words)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_relay_to_your_own_server_which_is_started_and_stopped(spawn: Spawn, pyimgur: Run, data: Path) -> None:
    process = spawn("relay")
    relay_of(first_line(process))
    told = pyimgur("relay", "env").stdout
    environment = dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines())
    ask = [sys.executable, "-c", ASK, "https://imgur.com/healthz"]
    assert subprocess.run(ask, env={**os.environ, **environment}, capture_output=True, timeout=PATIENCE).returncode == 0
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    wait_for_end_of_server(data)


def test_one_relay_at_a_time_and_a_port_of_ones_own(spawn: Spawn, pyimgur: Run) -> None:
    with serving() as site, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = pyimgur("relay", "--site", site.address, "--port", port)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == (
            f"pyimgur: port {port} of 127.0.0.1 is in use: stop what uses it, or pass --port 0 for a free one\n"
        )
        taken.close()
        process = spawn("relay", "--site", site.address, "--port", port)
        assert relay_of(first_line(process)).endswith(f":{port}")
        second = pyimgur("relay", "--site", site.address)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == "pyimgur: a relay is already running: use it (pyimgur relay env), or stop it first\n"
        process.kill()
        process.wait()
        none = pyimgur("relay", "env")  # its record is there, but nobody holds it
        assert (none.returncode, none.stdout) == (1, "")
        assert none.stderr == "pyimgur: no relay is running: start one with `pyimgur relay`\n"
        again = spawn("relay", "--site", site.address)
        assert relay_of(first_line(again))


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("sh", "export A='a'\"'\"'b\\c d'"),
        ("fish", r"set -gx A 'a\'b\\c d';"),
        ("powershell", r"$env:A = 'a''b\c d'"),
    ],
)
def test_the_settings_that_each_shell_gets(shell: str, line: str) -> None:
    assert SHELLS[shell]("A", "a'b\\c d") == line


def test_what_a_shell_understands() -> None:
    value = 'a\'b\\c "$d" `e`'
    done = subprocess.run(["sh", "-c", f"{SHELLS['sh']('A', value)}\nprintenv A"], capture_output=True, text=True)
    assert done.stdout == f"{value}\n"


# ---- large bodies


def peak(pid: int) -> int:
    """The most memory that a process ever had, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def relayed(pyimgur: Run) -> Program:
    told = pyimgur("relay", "env").stdout
    return Program(dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines()))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read the memory of a process from")
def test_large_bodies_both_ways_in_little_memory(spawn: Spawn, pyimgur: Run) -> None:
    down = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BODY
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = spawn("relay", "--site", f"http://127.0.0.1:{listener.getsockname()[1]}")
        relay_of(first_line(process))
        one = relayed(pyimgur)
        with one.exits:
            program = one.secure("api.imgur.com")
            program.sendall(b"POST /3/upload HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % BODY)
            server = listener.accept()[0]
            with server:
                assert server.recv(4096).startswith(b"POST /3/upload ")
                before = peak(process.pid)
                assert carried(program, server) == BODY
                server.sendall(down)
                assert program.recv(len(down)) == down
                assert carried(server, program) == BODY
        assert peak(process.pid) - before < GROWTH


def carried(source: socket.socket, sink: socket.socket) -> int:
    """How much of a large body arrives."""
    piece = bytes(1 << 20)

    def send() -> None:
        left = BODY
        while left:
            source.sendall(piece[:left])
            left -= min(left, len(piece))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    seen = 0
    while seen < BODY:
        seen += len(sink.recv(1 << 18))
    sender.join(PATIENCE)
    return seen
