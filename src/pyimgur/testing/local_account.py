"""Accounts and applications of a server for tests, with clients that are logged in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from .. import AsyncImgur, Imgur, Token
from ..server.errors import ServerError
from . import _seeds
from .clock import Clock
from .control_values import NewAccount, NewApplication

if TYPE_CHECKING:
    from ..server.services.context import ServerContext
    from .server_thread import ServerThread

T = TypeVar("T")


@dataclass(frozen=True)
class LocalApplication:
    """A registered application.

    Attributes:
        client_id: its id.
        client_secret: its secret.
    """

    client_id: str
    client_secret: str = field(repr=False)


class LocalAccount:
    """An account that is logged in with an application.

    Attributes:
        username: its name.
        password: its password.
        application: the application.
        client: an `Imgur` for the account, until the server is reset.
    """

    def __init__(
        self, accounts: Accounts, username: str, password: str, application: LocalApplication, token: Token
    ) -> None:
        self.username: str = username
        self.password: str = password
        self.application: LocalApplication = application
        self._accounts = accounts
        self._token = token
        self.client: Imgur = accounts.new_client(application)
        self.client.use_token(token)

    def __repr__(self) -> str:
        return f"<LocalAccount {self.username} with application {self.application.client_id}>"

    def async_client(self) -> AsyncImgur:
        """Return an `AsyncImgur` for the account; close it in the event loop that used it."""
        used, url, clock = self.application, self._accounts.url, self._accounts.clock
        tokens = self._token.access_token, self._token.refresh_token
        return AsyncImgur(used.client_id, used.client_secret, *tokens, base_url=url, clock=clock)

    def log_in(self, application: LocalApplication) -> LocalAccount:
        """Return the same account, logged in with another application."""
        return self._accounts.log_in(self, application)


class Accounts:
    """Creates accounts and applications on a running server, until its reset.

    Attributes:
        url: the URL of the server.
        clock: its clock.
    """

    def __init__(self, server: ServerThread, context: ServerContext, url: str, clock: Clock) -> None:
        self.url: str = url
        self.clock: Clock = clock
        self._server = server
        self._context = context
        self._created: list[LocalAccount] = []

    def new_client(self, application: LocalApplication) -> Imgur:
        """Return a client that is not logged in."""
        return Imgur(application.client_id, application.client_secret, base_url=self.url, clock=self.clock)

    def create_application(self, name: str) -> LocalApplication:
        """Register an application."""
        created = self._run(lambda: _seeds.application(self._context, NewApplication(name=name)))
        return LocalApplication(created["client_id"], created["client_secret"])

    def create(self, name: str, password: str, application: LocalApplication) -> LocalAccount:
        """Create an account, and log in with an application."""
        new = NewAccount(name=name, password=password, client_id=application.client_id)
        return self._logged_in(name, password, application, self._run(lambda: _seeds.account(self._context, new)))

    def log_in(self, account: LocalAccount, application: LocalApplication) -> LocalAccount:
        """Log in with another application."""

        async def authorize() -> _seeds.Seeded:
            user = await _seeds.find_account(self._context, account.username)
            return await _seeds.authorize(self._context, application.client_id, user)

        return self._logged_in(account.username, account.password, application, self._run(authorize))

    def forget(self) -> None:
        """Close the clients of all accounts."""
        created, self._created = self._created, []
        for account in created:
            account.client.close()

    def _logged_in(
        self, name: str, password: str, application: LocalApplication, seeded: _seeds.Seeded
    ) -> LocalAccount:
        token = Token(seeded["access_token"], seeded["refresh_token"], seeded["expires_in"], name)
        account = LocalAccount(self, name, password, application, token)
        self._created.append(account)
        return account

    def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return self._server.run(work)
        except ServerError as error:
            raise ValueError(str(error)) from error
