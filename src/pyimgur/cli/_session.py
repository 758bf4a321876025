"""Whose Imgur a command talks to, and for whom: the same few options for all of them, and one value.

The site is the one that is named (`--site`, PYIMGUR_BASE_URL), else the one last logged in to, else imgur.com. There
the command acts for the account that is named (`--account`, PYIMGUR_ACCOUNT), else for the one last used, else for
nobody. What is remembered of one site is never used at another.
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
"""The client id for a server on this machine, which takes any."""


@dataclass(frozen=True, slots=True)
class Session:
    """One site, and the login there that a command uses, if there is one."""

    site: Site
    asked_account: str | None = None
    asked_client: str | None = None
    logins: Logins = field(default_factory=Logins)
    login: Login | None = None
    is_unset: bool = False
    """Whether nothing was named or remembered: neither a site, nor an account, nor an application."""

    @classmethod
    def choose(cls, site: Site | None, account: str | None, client_id: str | None) -> Session:
        """What was asked for, completed with what is remembered."""
        logins, given = Logins(), site
        site = given or default_site()
        login = logins.find(site.api, account=account, client_id=client_id)
        return cls(site, account, client_id, logins, login, not (given or account or client_id or login))

    @property
    def account(self) -> str | None:
        """For whom a client acts; None: for nobody."""
        return self.login.account if self.login else None

    def anonymous(self) -> Session:
        """The same site and application, but no account."""
        return replace(self, login=None, asked_account=None, asked_client=self.client_id)

    def client(self, **options: Any) -> Imgur:
        """A client for the account that is logged in, else for nobody.

        Raises:
            CommandError: an account was asked for that is not logged in, or there is no client id.
        """
        from ..client import Imgur

        if self.login or self.asked_account:
            return self.user(**options)
        return Imgur(self.client_id, base_url=self.site, **options)

    def user(self, **options: Any) -> Imgur:
        """A client for the account that is logged in.

        Raises:
            CommandError: nobody is, or not the one that was asked for.
        """
        try:
            return self.logins.client(self.user_login, **options)
        except NotAuthorizedError as error:  # somebody has removed the tokens
            raise CommandError(self._not_logged_in()) from error

    @property
    def client_id(self) -> str:
        """The application's id: the one that was named, the login's, or any on a server of this machine.

        Raises:
            CommandError: there is none.
        """
        remembered = self.login.client_id if self.login else None
        found = self.asked_client or remembered or (LOCAL_CLIENT if self.site.loopback else None)
        if found is None:
            raise CommandError(
                f"{self.site.web} requires a client id: log in with `pyimgur login`, "
                "or pass --client-id or set PYIMGUR_CLIENT_ID"
            )
        return found

    @property
    def user_login(self) -> Login:
        """The login.

        Raises:
            CommandError: nobody is logged in, or not the one that was asked for.
        """
        if self.login is None:
            raise CommandError(self._not_logged_in())
        return self.login

    def _not_logged_in(self) -> str:
        who = f"{self.asked_account} is not" if self.asked_account else "nobody is"
        through = f" through {self.asked_client}" if self.asked_client else ""
        option = "" if self.site == IMGUR else f" --site {self.site.web}"
        return f"{who} logged in at {self.site.web}{through}: run `pyimgur login{option}`"


def default_site() -> Site:
    """The site last logged in to, else the real Imgur."""
    last = Logins().find()
    return last.where if last else IMGUR


def read_site(ctx: click.Context, param: click.Parameter, value: str | None) -> Site | None:
    """The callback of an option that names an Imgur."""
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
    """Print what goes over the wire: the library logs it, without secrets."""
    if value:
        logging.basicConfig(format="%(message)s")
        log = logging.getLogger("pyimgur")
        log.setLevel(min(_LEVELS[param.name or ""], log.level or logging.CRITICAL))


_LEVELS = {"verbose": logging.INFO, "debug": logging.DEBUG}
_shown = functools.partial(click.option, is_flag=True, expose_value=False, callback=_show_calls)
verbose_option = _shown("--verbose", "-v", help="Print each request: method, URL, status and time.")
debug_option = _shown("--debug", help="Also print headers and sizes, without secrets.")


def session_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command the options that say whose Imgur it talks to, and the argument `session` that comes of them."""

    @functools.wraps(command)
    def with_session(*args: Any, site: Site | None, account: str | None, client_id: str | None, **rest: Any) -> R:
        return command(*args, session=Session.choose(site, account, client_id), **rest)

    for option in (debug_option, verbose_option, client_option, account_option, site_option):
        option(with_session)
    return with_session
