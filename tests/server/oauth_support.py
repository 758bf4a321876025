"""A real server in a thread with a clock that tests move, and the two kinds of visitors: a browser and a script."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import uvicorn
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount

from pyimgur.server.library import Library, accounts, open_library
from pyimgur.server.oauth.routes import routes
from pyimgur.server.pages import assets
from pyimgur.server.settings import Settings
from pyimgur.server.wire import errors
from pyimgur.server.wire.hosts import Hosts
from pyimgur.server.wire.paths import Paths

T = TypeVar("T")

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Passwords cost next to nothing, except where a test looks at just that."""
PASSWORD = "correct horse battery"
SECRET = "s" * 40


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def application(settings: Settings) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_library(settings) as library:
            app.state.library = library
            yield

    handlers = dict.fromkeys((errors.Refusal, HTTPException, Exception), errors.handle)
    layers = [Middleware(Paths), Middleware(Hosts, hosts=settings.hosts)]
    everything = [Mount("/oauth2", routes=routes), *assets.routes]
    return Starlette(routes=everything, middleware=layers, exception_handlers=handlers, lifespan=lifespan)


@dataclass
class Server:
    """A server that runs until its block ends."""

    settings: Settings
    address: str
    app: Starlette
    loop: asyncio.AbstractEventLoop
    clock: Clock
    stack: ExitStack

    def do(self, work: Callable[[Library], Awaitable[T]]) -> T:
        """What a function of the library gives, run where the server runs."""

        async def run() -> T:
            return await work(self.app.state.library)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(30)

    def account(self, name: str = "bob", password: str = PASSWORD) -> accounts.Account:
        return self.do(lambda library: accounts.add(library, name, password))

    def browser(self) -> Visitor:
        """Keeps cookies, sends Origin, wants pages."""
        return Visitor(self, {"accept": "text/html,application/xhtml+xml", "origin": self.settings.origin})

    def script(self) -> Visitor:
        return Visitor(self, {})

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(next(self.settings.data.glob("*.sqlite3")))) as connection:
            return connection.execute(f"select * from {table}").fetchall()


class Visitor:
    """Walks through the consent page as a person does."""

    def __init__(self, server: Server, headers: dict[str, str]) -> None:
        self.server = server
        self.http = server.stack.enter_context(httpx2.Client(base_url=server.address, headers=headers, timeout=30))

    def look(self, client_id: str = "abc", response_type: str = "pin", **more: str) -> Form:
        query = urlencode({"client_id": client_id, "response_type": response_type, **more})
        address = f"/oauth2/authorize?{query}"
        return Form(self, address, self.http.get(address))

    def allow(self, name: str = "bob", **asked: str) -> httpx2.Response:
        return self.look(**asked).send(username=name)

    def pin(self, name: str = "bob", client_id: str = "abc") -> str:
        return text_of(self.allow(name, client_id=client_id), "pin")

    def code(self, name: str = "bob", client_id: str = "abc") -> str:
        return text_of(self.allow(name, client_id=client_id, response_type="code"), "code")

    def token(self, grant_type: str, client_id: str = "abc", secret: str = SECRET, **fields: str) -> httpx2.Response:
        data = {"client_id": client_id, "client_secret": secret, "grant_type": grant_type, **fields}
        return self.http.post("/oauth2/token", data=data)

    def authorized(self, client_id: str = "abc", name: str = "bob") -> dict[str, Any]:
        """A token document, by way of a pin."""
        return self.token("pin", client_id, pin=self.pin(name, client_id)).raise_for_status().json()


@dataclass
class Form:
    """One consent page as it stands in a tab."""

    visitor: Visitor
    address: str
    page: httpx2.Response

    @property
    def ticket(self) -> str:
        return tickets_in(self.page)[0]

    def send(self, headers: dict[str, str] | None = None, **fields: str) -> httpx2.Response:
        data = {"allow": self.ticket, "password": PASSWORD, **fields}
        return self.visitor.http.post(self.address, data=data, headers=headers)


def tickets_in(page: httpx2.Response) -> list[str]:
    return re.findall(r'name="allow" value="([^"]*)"', page.text)


def text_of(page: httpx2.Response, id: str) -> str:
    """All that stands in the element with this id."""
    found = re.search(rf'<(\w+)[^>]* id="{id}"[^>]*>(.*?)</\1>', page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[2])


def error_of(answer: httpx2.Response) -> str:
    return answer.json()["data"]["error"]


def fragment_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).fragment).items()}


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def serving(data: Path, *, hasher: PasswordHasher = QUICK, **more: Any) -> Iterator[Server]:
    """A server of its own; `more` are settings."""
    with patch.object(accounts, "hasher", hasher), _running(data, more) as server:
        yield server


@contextmanager
def _running(data: Path, more: dict[str, Any]) -> Iterator[Server]:
    clock = Clock()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = replace(Settings(data=data, public_url=address, durable=False, clock=clock), **more)
        app = application(settings)
        runner = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_until_complete, args=(runner.serve(sockets=[listener]),))
        thread.start()
        try:
            while not runner.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.002)
            with ExitStack() as stack:
                yield Server(settings, address, app, loop, clock, stack)
        finally:
            runner.should_exit = True
            thread.join()
            loop.close()
