"""The site, account and client of a command, and the options that choose them.

The site is that of `--site` or PYIMGUR_BASE_URL, else the one of the last login, else imgur.com. There the command
uses the account of `--account` or PYIMGUR_ACCOUNT, else the one last used, else none. A login at one site is never used
at another.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..exceptions import NotAuthorizedError
from ..logins import Login, Logins
from ..sites import ENVIRONMENT, IMGUR, Site, named
from ._errors import CommandError

if TYPE_CHECKING:
    from ..client import Imgur

R = TypeVar("R")

LOCAL_CLIENT = "pyimgur"
"""The client id for a server on this machine, which accepts any."""


@dataclass(frozen=True, slots=True)
class Session:
    """The site of a command, and the login there, if there is one."""

    site: Site
    named_account: str | None = None
    named_client: str | None = None
    logins: Logins = field(default_factory=Logins)
    login: Login | None = None
    is_unset: bool = False
    """Whether there is neither an option nor a login that names a site, an account or an application."""

    @classmethod
    def choose(cls, site: Site | None, account: str | None, client_id: str | None) -> Session:
        """Return a session for these options, completed with the stored logins."""
        logins, named_site = Logins(), site
        site = named_site or default_site()
        login = logins.find(site.api, account=account, client_id=client_id)
        return cls(site, account, client_id, logins, login, not (named_site or account or client_id or login))

    @property
    def account(self) -> str | None:
        """The name of the account that clients act for; None if they are anonymous."""
        return self.login.account if self.login else None

    def anonymous(self) -> Session:
        """Return a session for the same site and application, without an account."""
        return replace(self, login=None, named_account=None, named_client=self.client_id)

    def client(self, **options: Any) -> Imgur:
        """Return a client for the account that is logged in, or an anonymous one.

        Raises:
            CommandError: the account of --account is not logged in, or there is no client id.
        """
        from ..client import Imgur

        if self.login or self.named_account:
            return self.user(**options)
        return Imgur(self.client_id, base_url=self.site, **options)

    def user(self, **options: Any) -> Imgur:
        """Return a client for the account that is logged in.

        Raises:
            CommandError: no account is, or not the one of --account.
        """
        try:
            return self.logins.client(self.user_login, **options)
        except NotAuthorizedError as error:  # the stored tokens were removed
            raise CommandError(self._not_logged_in()) from error

    @property
    def client_id(self) -> str:
        """The client id of --client-id or of the login; on a server of this machine, a default one.

        Raises:
            CommandError: there is none.
        """
        stored = self.login.client_id if self.login else None
        client_id = self.named_client or stored or (LOCAL_CLIENT if self.site.loopback else None)
        if client_id is None:
            raise CommandError(
                f"{self.site.web} requires a client id: log in with `pyimgur login`, "
                "or pass --client-id or set PYIMGUR_CLIENT_ID"
            )
        return client_id

    @property
    def user_login(self) -> Login:
        """The login.

        Raises:
            CommandError: no account is logged in, or not the one of --account.
        """
        if self.login is None:
            raise CommandError(self._not_logged_in())
        return self.login

    def _not_logged_in(self) -> str:
        who = f"{self.named_account} is not" if self.named_account else "nobody is"
        through = f" through {self.named_client}" if self.named_client else ""
        option = "" if self.site == IMGUR else f" --site {self.site.web}"
        return f"{who} logged in at {self.site.web}{through}: run `pyimgur login{option}`"


def default_site() -> Site:
    """Return the site of the last login, or imgur.com."""
    last = Logins().find()
    return last.where if last else IMGUR


def read_site(ctx: click.Context, param: click.Parameter, value: str | None) -> Site | None:
    """Return the site that an option names; a callback that refuses plain http to other machines."""
    try:
        site = named(value) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error
    if site and not site.private:
        text = f"{site.api} is neither https nor on this machine: what is sent there can be read in transit"
        raise click.BadParameter(text, ctx, param)
    return site


site_option = click.option(
    "--site",
    metavar="URL",
    envvar=ENVIRONMENT,
    callback=read_site,
    help=f"The site. [default: {ENVIRONMENT}, the site you last logged in to, or imgur.com]",
)
account_option = click.option(
    "--account",
    metavar="NAME",
    envvar="PYIMGUR_ACCOUNT",
    help="The account. [default: PYIMGUR_ACCOUNT, or the one last used at the site]",
)
client_option = click.option(
    "--client-id",
    metavar="ID",
    envvar="PYIMGUR_CLIENT_ID",
    help="The application. [default: PYIMGUR_CLIENT_ID, or the login's]",
)


def _show_calls(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Print the library's log of requests, which has no secrets."""
    if value:
        logging.basicConfig(format="%(message)s")
        log = logging.getLogger("pyimgur")
        log.setLevel(min(_LEVELS[param.name or ""], log.level or logging.CRITICAL))


_LEVELS = {"verbose": logging.INFO, "debug": logging.DEBUG}
_shown = functools.partial(click.option, is_flag=True, expose_value=False, callback=_show_calls)
verbose_option = _shown("--verbose", "-v", help="Print each request: method, URL, status and time.")
debug_option = _shown("--debug", help="Also print headers and sizes, without secrets.")


def session_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options for the site and the account to a command, and pass it the argument `session`."""

    @functools.wraps(command)
    def with_session(*args: Any, site: Site | None, account: str | None, client_id: str | None, **rest: Any) -> R:
        return command(*args, session=Session.choose(site, account, client_id), **rest)

    for option in (debug_option, verbose_option, client_option, account_option, site_option):
        option(with_session)
    return with_session
