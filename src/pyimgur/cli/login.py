"""`pyimgur login`: log in through a browser or with a token, and store the login."""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import click

from ..logins import Logins
from ..sites import IMGUR, Site
from . import _client_credentials
from ._client_credentials import ClientCredentials
from ._errors import CommandError
from ._options import examples
from ._prompts import prompt, secret_from_stdin
from ._session import client_option, debug_option, default_site, site_option, verbose_option
from ._terminal_text import sanitize

if TYPE_CHECKING:
    from .._login.interactive import Way
    from ..client import Imgur

_TOKENS = {"access_token": "Access token", "refresh_token": "Refresh token"}
_PROMPTS = {"pin": "Pin that the page shows", "paste": "Final URL in the browser"}
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_CLOSED = (
    "Imgur's consent page has let nobody in since 2025: if it shows an error, nothing is wrong here. What works is\n"
    "a refresh token that you have (--refresh-token -), or your own server (`pyimgur serve`)."
)
_EXPIRES = "Without a client secret, the access token cannot be refreshed: this login ends when it expires."


@click.command(
    epilog=examples(
        "pyimgur login --site http://127.0.0.1:4648",
        "pyimgur login --site https://img.example.org --pin",
        "pyimgur login --client-id 0123456789abcde --refresh-token -",
    )
)
@site_option
@client_option
@click.option(
    "--client-secret", metavar="-", callback=secret_from_stdin, help="Read the client secret from standard input."
)
@click.option("--pin", is_flag=True, help="Type in a pin, if the browser is on another machine.")
@click.option("--paste", is_flag=True, help="Paste the URL that the browser shows at the end.")
@click.option(
    "--refresh-token", metavar="-", callback=secret_from_stdin, help="Read a refresh token from standard input."
)
@click.option(
    "--access-token", metavar="-", callback=secret_from_stdin, help="Read an access token from standard input."
)
@click.option("--no-browser", is_flag=True, help="Open no browser; print the URL to open.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default="any free port", help="The callback port."
)
@click.option(
    "--timeout", type=click.IntRange(0, 86_400), default=300, show_default=True, help="Seconds to wait for the browser."
)
@verbose_option
@debug_option
def login(
    site: Site | None,
    client_id: str | None,
    client_secret: bool,
    no_browser: bool,
    port: int,
    timeout: int,
    **ways: bool,
) -> None:
    """Log in, so that commands act for your account from now on.

    Your browser opens, asks whether you allow access, and returns to this command. On a pyimgur server you need no
    client id, unless the server is closed. At imgur.com you need an application that is registered already.

    Secrets are typed at a hidden prompt or, in a script, read from standard input line by line: first the client
    secret, then the token. The login is stored only after the site has confirmed its account.
    """
    way = _exclusive_option(ways)
    logins, site = Logins(), site or default_site()
    logins.check()
    if way == "access_token":
        application = ClientCredentials(client_id or "")
    else:
        application = _client_credentials.choose_client(logins, site, client_id, secret_given=client_secret)
    if way in _TOKENS:
        im = _with_token(site, application, way)
    else:
        im = _with_consent(site, application, way, port, timeout, _show if no_browser else _open)
    with im:
        login = logins.add(im)
    where = f"in {logins.path.parent}, which only you can read" if login.place == "file" else "in the system's keyring"
    click.echo(f"{sanitize(login.account)} is logged in at {site.web}. The login is stored {where}.", err=True)
    if not (im.refresh_token and im.client_secret):
        click.echo(_EXPIRES, err=True)


def _exclusive_option(ways: Mapping[str, bool]) -> str:
    """Return the option that is used, or an empty string; more than one is a usage error."""
    used = [way for way, is_used in ways.items() if is_used]
    if len(used) > 1:
        names = [f"--{way.replace('_', '-')}" for way in used]
        raise click.UsageError(f"{' and '.join(names)} are different ways to log in: pass one of them")
    return used[0] if used else ""


def _with_token(site: Site, application: ClientCredentials, way: str) -> Imgur:
    """Return a client with the token that the user types in; a refresh token is exchanged for an access token."""
    from ..client import Imgur

    if way == "refresh_token" and not application.secret:
        raise CommandError("a refresh token requires its application's secret: pass --client-secret - too")
    token = prompt(_TOKENS[way], hidden=True).strip()
    if not _PRINTABLE.fullmatch(token):
        raise CommandError("this is not a token: a token is one line of letters and digits")
    if way == "access_token":
        return Imgur(application.id, application.secret, token, base_url=site)
    im = Imgur(application.id, application.secret, refresh_token=token, base_url=site)
    im.refresh_access_token()
    return im


def _with_consent(
    site: Site, application: ClientCredentials, way: str, port: int, timeout: int, show: Callable[[str], None]
) -> Imgur:
    """Return a client for the user who allows access in a browser."""
    from .._login.interactive import login

    if way == "pin" and not application.secret:
        raise CommandError("a pin requires the application's secret: pass --client-secret - too, or --paste")
    if site == IMGUR:
        click.echo(_CLOSED, err=True)
    else:
        _client_credentials.check_client(site, application)
    return login(
        application.id,
        application.secret,
        way=cast("Way", way or ("code" if application.secret else "token")),
        base_url=site,
        port=port,
        timeout=timeout,
        show=show,
        ask=lambda _: prompt(_PROMPTS[way], hidden=way == "paste"),
    )


def _show(url: str) -> None:
    click.echo(f"Allow access here: {url}", err=True)


def _open(url: str) -> None:
    _show(url)
    if not webbrowser.open(url):
        click.echo(
            "No browser could be opened: open the URL yourself, or use --pin to open it on another machine.", err=True
        )
