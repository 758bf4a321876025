"""A server with visitors, a browser or a script, who use its consent page as people and programs do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from argon2 import PasswordHasher
from site_support import PASSWORD, START, Clock, Site, Sites
from sqlalchemy import delete

from database_support import rows_query
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.schema import metadata
from pyimgur.server.services import accounts
from pyimgur.server.services.context import ServerContext
from pyimgur.server.settings import Settings

T = TypeVar("T")

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""A hash that takes no time, for tests that are not about hashing."""
SECRET = "s" * 40


@dataclass
class Server:
    """A server that runs until its block ends."""

    site: Site
    stack: ExitStack

    @property
    def settings(self) -> Settings:
        return self.site.settings

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.site.address[1]}"

    @property
    def clock(self) -> Clock:
        return self.site.clock

    def do(self, work: Callable[[ServerContext], Awaitable[T]]) -> T:
        """Return the result of a service function, called in the server's event loop."""
        return self.site.run(work)

    def account(self, name: str = "bob", password: str = PASSWORD) -> accounts.Account:
        return self.do(lambda context: accounts.create(context, name, password))

    def browser(self) -> Visitor:
        """Return a visitor who keeps cookies, sends `Origin` and accepts HTML."""
        return Visitor(self, {"accept": "text/html,application/xhtml+xml", "origin": self.settings.origin})

    def script(self) -> Visitor:
        return Visitor(self, {})

    def reset(self) -> None:
        """Close the visitors' connections, set the clock back and empty the database."""
        self.stack.close()
        self.clock.now = START
        self.do(lambda context: context.db.write(_empty()))

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Return the rows of a table, as named tuples."""
        return self.do(lambda context: context.db.scan(rows_query(table).all()))


@transaction
def _empty() -> Steps[None]:
    for table in reversed(metadata.sorted_tables):
        yield Query(delete(table)).run()


@contextmanager
def serving(data: Path, *, hasher: PasswordHasher = QUICK, **more: Any) -> Iterator[Server]:
    """Start a server on a folder; `more` are settings."""
    with patch.object(accounts, "hasher", hasher), Sites(data) as sites, ExitStack() as stack:
        yield Server(sites.start(data=data, **more), stack)


class Visitor:
    """A visitor of the consent page, with cookies."""

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
        """Return the JSON of a token, obtained with a pin."""
        return self.token("pin", client_id, pin=self.pin(name, client_id)).raise_for_status().json()


@dataclass
class Form:
    """A consent page in a tab."""

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
    """Return the text of the element with this id."""
    found = re.search(rf'<(\w+)[^>]* id="{id}"[^>]*>(.*?)</\1>', page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[2])


def error_of(answer: httpx2.Response) -> str:
    return answer.json()["data"]["error"]


def fragment_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).fragment).items()}


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
