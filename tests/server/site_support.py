"""A real server for tests: the application on uvicorn, on a free loopback port, in a thread, with a clock of its own.

site = new_site(open=False)          # a data folder of its own, any setting
ann = site.person("ann")             # an account, its token and its header
site.get("/3/account/me", headers=ann.bearer).json()
site.clock.forward(3600)
site.run(lambda context: images.count(context, ann.id))
"""

from __future__ import annotations

import asyncio
import io
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from unittest.mock import patch

import httpx2
from argon2 import PasswordHasher
from PIL import Image
from sqlalchemy import insert

from database_support import database_of, rows_query
from pyimgur.server.app import create_app
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.schema import access_token, authorization
from pyimgur.server.services import accounts, token_hashing
from pyimgur.server.settings import Settings
from pyimgur.testing.server_thread import ServerThread

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from pyimgur.server.http.rate_limit import RateLimiter
    from pyimgur.server.services.context import ServerContext

T = TypeVar("T")

CLIENT_ID = "546c25a59c58ad7"
ANONYMOUS = {"Authorization": f"Client-ID {CLIENT_ID}"}
PASSWORD = "correct horse battery"
START = 1_700_000_000.0
FAR = 1 << 40
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""A hash that takes no time, because nobody attacks these passwords."""

_AUTHORIZE = Query(insert(authorization))
_GIVE = Query(insert(access_token))


@dataclass
class Clock:
    """A clock that stands still until a test moves it forward."""

    now: float = START

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class Person:
    """An account of the server, with a token that does not expire."""

    id: int
    name: str
    token: str
    bearer: dict[str, str]


@dataclass
class Site:
    """A running server, and an HTTP client for it: `get`, `post` ..."""

    settings: Settings
    clock: Clock
    address: tuple[str, int]
    loop: asyncio.AbstractEventLoop
    context: ServerContext
    rate_limiter: RateLimiter
    http: httpx2.Client = field(init=False)
    app: Any = None

    def __post_init__(self) -> None:
        self.http = httpx2.Client(base_url=self.settings.public_url, timeout=30.0, trust_env=False)

    def run(self, work: Callable[[ServerContext], Awaitable[T]]) -> T:
        """Return the result of a service function, called in the server's event loop."""

        async def call() -> T:
            return await work(self.context)

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(30)

    def person(self, name: str, *, client_id: str = CLIENT_ID) -> Person:
        """Create an account with a token."""
        token = token_hashing.new_secret()

        async def make(context: ServerContext) -> int:
            account = await accounts.create(context, name, PASSWORD)
            await context.db.write(_grant(account.id, client_id, token))
            return account.id

        with patch.object(accounts, "hasher", QUICK):
            id = self.run(make)
        return Person(id, name, token, {"Authorization": f"Bearer {token}"})

    def request(self, method: str, path: str, **how: Any) -> httpx2.Response:
        return self.http.request(method, path, **how)

    def get(self, path: str, **how: Any) -> httpx2.Response:
        return self.http.get(path, **how)

    def post(self, path: str, **how: Any) -> httpx2.Response:
        return self.http.post(path, **how)

    def put(self, path: str, **how: Any) -> httpx2.Response:
        return self.http.put(path, **how)

    def delete(self, path: str, **how: Any) -> httpx2.Response:
        return self.http.delete(path, **how)

    def upload(self, file: bytes, headers: dict[str, str] | None = None, **fields: str) -> dict[str, Any]:
        """Upload an image and return its data."""
        answer = self.post("/3/image", headers=headers or ANONYMOUS, files={"image": ("a.png", file)}, data=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def raw(self, request: bytes) -> bytes:
        """Send raw bytes on a new connection and return the whole response; they must ask the server to close it."""
        with socket.create_connection(self.address, timeout=30) as connection:
            connection.sendall(request)
            answer = bytearray()
            while chunk := connection.recv(1 << 16):
                answer += chunk
        return bytes(answer)

    def rows(self, table: str, **where: object) -> list[Any]:
        """Return the rows of a table that have these values, as named tuples."""
        return self.run(lambda context: context.db.scan(rows_query(table, **where).all()))

    def files(self) -> list[Path]:
        """Return the complete and incomplete uploads in the data folder, without renditions."""
        places = (self.settings.data / "incoming", self.settings.data / "blobs")
        return [file for place in places for file in place.rglob("*") if file.is_file()]


class NewSite(Protocol):
    """Starts servers with the given settings."""

    def __call__(self, **settings: Any) -> Site: ...


class OpenWindow(Protocol):
    """Opens browser windows with options of Playwright's `new_context`."""

    def __call__(self, **options: Any) -> BrowserContext: ...


def picture(format: str = "PNG", size: tuple[int, int] = (40, 30), color: str = "teal") -> bytes:
    """Return a picture of one color."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, format)
    return file.getvalue()


def until(holds: Callable[[], object]) -> None:
    """Wait until `holds` returns true; fail after half a minute."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.01)


def shown(site: Site, id: str) -> dict[str, Any]:
    """Return the API's data of an image."""
    return site.get(f"/3/image/{id}", headers=ANONYMOUS).json()["data"]


def completed(site: Site, id: str) -> dict[str, Any]:
    """Return the API's data of an image, once its MP4 is made."""
    until(lambda: shown(site, id)["processing"]["status"] == "completed")
    return shown(site, id)


class Sites:
    """Servers in threads, stopped at the end of a `with` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[tuple[ServerThread, Site]] = []

    def __enter__(self) -> Sites:
        return self

    def __exit__(self, *_: object) -> None:
        for served, site in self.running:
            site.http.close()
            served.stop()

    def start(self, **changes: Any) -> Site:
        listener = socket.create_server(("127.0.0.1", 0))
        address: tuple[str, int] = listener.getsockname()
        clock = Clock()
        defaults = {"data": self.folder / f"data{len(self.running)}", "durable": False, "clock": clock}
        settings = Settings(**{**defaults, "public_url": f"http://127.0.0.1:{address[1]}", **changes})
        settings = replace(settings, database=settings.database or database_of(settings.data))
        app = create_app(settings)
        served = ServerThread(listener, app, app)
        site = Site(settings, clock, address, served.loop, app.state.context, app.state.rate_limiter, app=app)
        self.running.append((served, site))
        return site


@transaction
def _grant(account_id: int, client_id: str, token: str) -> Steps[None]:
    yield _AUTHORIZE.run(
        id=token, account=account_id, client_id=client_id, refresh_hash=token_hashing.digest(token), created=0
    )
    yield _GIVE.run(token_hash=token_hashing.digest(token), authorization=token, expires=FAR)
