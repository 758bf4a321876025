"""Which application asks: the one that is named, the one that asked there before, or one that is made up.

A server of this package takes any id that nobody registered, unless it is closed, and ties the secret to the token
that it gives. So the command needs no registration there: it makes up an id and a secret, and remembers them.
imgur.com takes registered applications only, and registers no new ones.
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
    """A program as a site knows it."""

    id: str
    secret: str | None = field(default=None, repr=False)


def choose_client(logins: Logins, site: Site, client_id: str | None, *, secret_given: bool) -> ClientCredentials:
    """The application to log in through.

    Raises:
        CommandError: there is none that this site could know.
    """
    before = logins.find(site.api, client_id=client_id)
    if client_id is not None:
        return ClientCredentials(client_id, _secret(before.client_secret if before else None, given=secret_given))
    if before is not None and before.client_secret:
        return ClientCredentials(before.client_id, before.client_secret)
    if site == IMGUR:
        raise CommandError(_NO_ID)
    return ClientCredentials(f"pyimgur-{secrets.token_hex(4)}", secrets.token_hex(20))


def check_client(site: Site, application: ClientCredentials) -> None:
    """Ask a server whether it takes this application, before a browser opens in vain.

    Raises:
        CommandError: it does not.
    """
    from ..client import Imgur

    try:
        with Imgur(application.id, base_url=site) as im:
            im.get_credits()
    except AuthenticationError as error:
        raise CommandError(_UNKNOWN.format(site=site.web, id=application.id)) from error


def _secret(known: str | None, *, given: bool) -> str | None:
    """The application's secret: from the input, from the time before, or from somebody at a terminal."""
    if given:
        return prompt("Client secret", hidden=True).strip()
    if known is None and sys.stdin.isatty():
        return prompt("Client secret (empty if it has none)", hidden=True, optional=True).strip() or None
    return known
