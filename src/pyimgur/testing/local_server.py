"""An Imgur server for tests, with a clock, faults, an account and a client for this account.

Each server runs on a copy of one data folder, which has an account, an application and a token. The folder is created
once in a process, as hashing the account's password takes long.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from .. import AsyncImgur, Imgur, Token
from ..server.app import create_app
from ..server.services import accounts, applications, oauth_tokens
from ..server.settings import Settings
from ._names import suggestion
from .clock import Clock
from .expectation import Expectation, ExpectedFields, check, listed
from .fault_effects import CUSTOM
from .fault_middleware import Faults
from .faults import Fault, FaultSettings
from .interception import intercept
from .interception.imgur_hosts import ImgurHosts
from .journal import Journal, RecordedRequest
from .local_account import Accounts, LocalAccount, LocalApplication
from .server_state import ServerState
from .server_thread import ServerThread, listener
from .temporary_folder import temporary_folder

if TYPE_CHECKING:
    from ..server.services.context import ServerContext
    from ._request_identity import CredentialKind

USERNAME = "tester"
PASSWORD = "only for tests"
_TOKENS = "tokens.json"
_FAULT_SETTINGS = tuple(FaultSettings.__annotations__)


class LocalImgur:
    """A running server with one account.

    Attributes:
        url: the server's URL, the value for `PYIMGUR_BASE_URL`.
        client: an `Imgur` for the account.
        clock: the clock of the server and its clients.
        username: the name of the account.
        password: its password.
        client_id: the id of the application that `client` uses.
        client_secret: its secret.
    """

    def __init__(self, data: Path, prepared: dict[str, Any]) -> None:
        listening_socket, url = listener()
        self.url: str = url
        self.clock: Clock = Clock()
        app = create_app(Settings(data=data, public_url=url, durable=False, sandbox="off", clock=self.clock))
        self._faults = Faults(app, lambda: app.state.context)
        self._journal = Journal(self._faults, lambda: app.state.context)
        self._hosts = ImgurHosts(self._journal, url.removeprefix("http://"))
        self._address: tuple[str, int] = listening_socket.getsockname()
        self._server = ServerThread(listening_socket, app, self._hosts)
        self._context: ServerContext = app.state.context
        self._state = ServerState(app)
        self._accounts = Accounts(self._server, self._context, url, self.clock)
        self._token = Token(**prepared["token"])
        self._exits = ExitStack()
        self._relay_variables: Mapping[str, str] = {}
        self._server.run(self._state.remember)
        self.username: str = USERNAME
        self.password: str = PASSWORD
        self.client_id: str = prepared["client_id"]
        self.client_secret: str = prepared["client_secret"]
        self.client: Imgur = self._new_client()

    def _new_client(self) -> Imgur:
        client = Imgur(self.client_id, self.client_secret, base_url=self.url, clock=self.clock)
        client.use_token(self._token)
        return client

    def anonymous(self) -> Imgur:
        """Return an anonymous client."""
        return Imgur(self.client_id, base_url=self.url, clock=self.clock)

    def async_client(self) -> AsyncImgur:
        """Return an `AsyncImgur` for the account; close it in the event loop that used it."""
        access, refresh = self._token.access_token, self._token.refresh_token
        secret = self.client_secret
        return AsyncImgur(self.client_id, secret, access, refresh, base_url=self.url, clock=self.clock)

    def create_account(
        self, name: str, *, application: LocalApplication | None = None, password: str = PASSWORD
    ) -> LocalAccount:
        """Create another account, with a client that is logged in; it exists until the next `reset`.

        Args:
            name: the name of the account.
            application: the application to log in with; None is the one that `client` uses.
            password: the password.

        Raises:
            ValueError: the name or the password is not valid, or the name is taken.
        """
        own = LocalApplication(self.client_id, self.client_secret)
        return self._accounts.create(name, password, application or own)

    def create_application(self, name: str) -> LocalApplication:
        """Register another application; it exists until the next `reset`.

        Raises:
            ValueError: the name is not valid.
        """
        return self._accounts.create_application(name)

    def env(self) -> dict[str, str]:
        """Return the environment for child processes that use this server instead of imgur.com.

        Programs of pyimgur read `PYIMGUR_BASE_URL`. Others reach the server under Imgur's names through a relay, which
        most find by the usual variables for proxies and certificates; it is started by the first call. Other hosts
        are reached as before.
        """
        from ..relay import relay  # its certificate authority takes long to import

        if not self._relay_variables:
            self._relay_variables = self._exits.enter_context(relay(self.url))
        return {**os.environ, **self._relay_variables, "PYIMGUR_BASE_URL": self.url}

    @contextmanager
    def intercept(self, *, imgur_links: bool = False) -> Generator[Self]:
        """Send the requests of this process for Imgur's hosts to this server within the block.

        Requests of requests and urllib3, httpx and httpx2, aiohttp, urllib.request and http.client are intercepted,
        in all threads and event loops, also those of clients that were created before. Any other attempt to reach
        Imgur fails like an unknown host. Other hosts are reached as before.

        Args:
            imgur_links: whether the responses have links to Imgur's hosts, for programs that accept no others.

        Raises:
            AssertionError: at the end of the block, if a program tried to reach Imgur in another way.
        """
        with intercept(self._address), self._hosts.links(imgur=imgur_links):
            yield self

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Set the clock forward, for the server and for the clients of this object."""
        self.clock.ahead += ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def fail(
        self,
        kind: str = CUSTOM,
        *,
        path: str = "*",
        method: str | None = None,
        times: int | None = 1,
        **settings: Unpack[FaultSettings],
    ) -> None:
        """Make the next requests that match fail; see `Fault` for the settings, and `FAULTS` for the kinds.

        A fault that no request meets fails the test, unless it has `required=False`.

        Raises:
            ValueError: there is no such kind, the settings contradict each other, or an earlier fault hides this one.
            TypeError: there is no such setting.
        """
        for unknown in settings.keys() - _FAULT_SETTINGS:
            names = ", ".join(("path", "method", "times", *_FAULT_SETTINGS))
            hint = suggestion(unknown, _FAULT_SETTINGS)
            raise TypeError(f"{unknown!r} is no setting of a fault{hint}; there are {names}")
        self._faults.add(Fault(kind, path, method, times, **settings))

    def assert_faults_applied(self) -> None:
        """Check that each fault has applied to a request, except those with `required=False`.

        The fixture and `local_imgur` do so at their end; `reset` forgets the faults instead.

        Raises:
            AssertionError: a fault has not; the message names it.
        """
        if unmet := self._faults.unmet():
            lines = [
                "no request met these faults, so they tested nothing:",
                *(f"  {active.fault}{active.note}" for active in unmet),
                "Check their path, method and other settings, or pass required=False.",
                *listed(self.requests),
            ]
            raise AssertionError("\n".join(lines))

    @property
    def requests(self) -> Sequence[RecordedRequest]:
        """The requests since the start or the last `reset`, oldest first; at most the last 10,000."""
        return self._journal.records()

    def assert_called(
        self,
        method: str,
        path: str,
        *,
        fields: ExpectedFields | None = None,
        query: ExpectedFields | None = None,
        credentials: CredentialKind | None = None,
        account: str | None = None,
        client_id: str | None = None,
        status: int | None = None,
        times: int | None = None,
    ) -> None:
        """Check that the server got such a request.

        Args:
            method: the method; `*` is any.
            path: a pattern for the path, with `*` for anything: `/3/image*`.
            fields: fields of the body, which may have others; a list for several values.
            query: parameters of the query, which may have others.
            credentials: `anonymous`, `token` or `none`.
            account: the name of the account.
            client_id: the application.
            status: the status of the response.
            times: how many such requests there are; None is at least one, 0 is none.

        Raises:
            AssertionError: there are more or fewer; the message has the difference to the nearest request.
            ValueError: no request can be like this, such as one with a path that does not begin with a slash.
        """
        expectation = Expectation(
            method=method,
            path=path,
            fields=fields,
            query=query,
            credentials=credentials,
            account=account,
            client_id=client_id,
            status=status,
        )
        check(expectation, self.requests, times)

    def reset(self) -> None:
        """Restore the initial state: only the account and its application, the real time, a new `client`.

        Other accounts, with their clients, other applications, faults and recorded requests are
        forgotten.
        Requests that are still in progress, such as those of a program that was killed, are waited for, for a second
        at most; those that take longer are cancelled.
        """
        self._faults.clear()
        self.clock.reset()
        self._server.run(lambda: self._state.restore(self._server.requests))
        self._journal.clear()
        self._accounts.forget()
        self.client.close()
        self.client = self._new_client()

    def close(self) -> None:
        """Stop the server, and close the client."""
        self._exits.close()
        self._accounts.forget()
        self.client.close()
        self._server.stop()


@contextmanager
def local_imgur(data: Path | None = None) -> Generator[LocalImgur]:
    """Run a server for tests until the block ends, on a temporary data folder.

    Args:
        data: an empty folder to use instead, which is kept.

    Raises:
        AssertionError: at the end of the block, if no request met a fault.
    """
    with nullcontext(data) if data else temporary_folder() as folder:
        shutil.copytree(_prepared_folder(), folder, dirs_exist_ok=True)
        imgur = LocalImgur(folder, json.loads((folder / _TOKENS).read_text()))
        try:
            yield imgur
            imgur.assert_faults_applied()
        finally:
            imgur.close()


@functools.cache
def _prepared_folder() -> Path:
    """Return the data folder with an account and an authorized application; it is created once in a process."""
    exits = ExitStack()
    atexit.register(exits.close)
    folder = exits.enter_context(temporary_folder())
    with temporary_folder() as data:
        listening_socket, url = listener()
        app = create_app(Settings(data=data, public_url=url, durable=False, sandbox="off"))
        server = ServerThread(listening_socket, app, app)
        try:
            prepared = server.run(lambda: _create_account(app.state.context, folder))
        finally:
            server.stop()
    (folder / _TOKENS).write_text(json.dumps(prepared))
    return folder


async def _create_account(context: ServerContext, folder: Path) -> dict[str, Any]:
    """Create the account, the application and the token, and copy the database to the folder."""
    account = await accounts.create(context, USERNAME, PASSWORD)
    client_id, client_secret = await applications.register(context, "tests", callback="http://127.0.0.1/")
    token = await oauth_tokens.authorize(context, client_id, account.id)
    await context.db.backup(folder)
    return {
        "client_id": client_id,
        "client_secret": client_secret,
        "token": {
            "access_token": token.access_token,
            "refresh_token": token.refresh_token,
            "expires_in": token.expires_in,
            "account_username": account.name,
            "account_id": account.id,
        },
    }
