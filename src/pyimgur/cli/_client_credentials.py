"""Choose the client id and secret to log in with: those the user passed, those of the last login, or new random ones.

An open server of this package accepts any client id that is not registered, and binds the secret to the tokens it
issues. So no registration is needed there: the command generates an id and a secret, and stores them with the login.
imgur.com accepts registered applications only, and registers no new ones.
"""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass, field

from ..exceptions import AuthenticationError
from ..logins import Logins
from ..sites import IMGUR, Site
from ._errors import CommandError
from ._prompts import prompt

_NO_ID = (
    "imgur.com accepts registered applications only, and has registered no new ones since 2025. If you have one, pass "
    "--client-id ID. If not, start your own server with `pyimgur serve`, and run `pyimgur login --site` with its URL"
)
_UNKNOWN = (
    "{site} does not know the application {id}. Its owner runs `pyimgur server app add NAME --callback "
    "http://127.0.0.1/`; then run `pyimgur login --site {site} --client-id ID` with the id that this prints"
)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The client id of an application, and its secret if there is one."""

    id: str
    secret: str | None = field(default=None, repr=False)


def choose_client(logins: Logins, site: Site, client_id: str | None, *, secret_given: bool) -> ClientCredentials:
    """Return the client id and secret to log in with.

    Raises:
        CommandError: the site is imgur.com, and no client id was passed or stored.
    """
    last = logins.find(site.api, client_id=client_id)
    if client_id is not None:
        return ClientCredentials(client_id, _secret(last.client_secret if last else None, given=secret_given))
    if last is not None and last.client_secret:
        return ClientCredentials(last.client_id, last.client_secret)
    if site == IMGUR:
        raise CommandError(_NO_ID)
    return ClientCredentials(f"pyimgur-{secrets.token_hex(4)}", secrets.token_hex(20))


def check_client(site: Site, application: ClientCredentials) -> None:
    """Check that a server accepts this client id, before a browser is opened.

    Raises:
        CommandError: it does not.
    """
    from ..client import Imgur

    try:
        with Imgur(application.id, base_url=site) as im:
            im.get_credits()
    except AuthenticationError as error:
        raise CommandError(_UNKNOWN.format(site=site.web, id=application.id)) from error


def _secret(stored: str | None, *, given: bool) -> str | None:
    """Return the client secret: from standard input, from the last login, or typed at the terminal."""
    if given:
        return prompt("Client secret", hidden=True).strip()
    if stored is None and sys.stdin.isatty():
        return prompt("Client secret (empty if it has none)", hidden=True, optional=True).strip() or None
    return stored
