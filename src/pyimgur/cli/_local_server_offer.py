"""Offer the server that runs on this machine to a user who uploads without a login."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from ..sites import Site
from ._errors import CommandError
from ._options import default_data_folder
from ._prompts import interruptible
from ._session import Session


def with_local_server(session: Session) -> Session:
    """Return the session; or, if an upload could only fail there, one at the local server if the user agrees.

    Raises:
        CommandError: it would fail, and there is no terminal or the user declined; the message names the local server.
    """
    if not session.is_unset:
        return session
    url = _local_server()
    if url is None:
        return session
    try:
        _ = session.client_id
    except CommandError as failure:
        if not _agreed(url):
            option = f"--site {url}" if Site.at(url).loopback else f"pyimgur login --site {url}"
            raise CommandError(f"{failure}. A server of yours runs at {url}: {option}") from None
        click.echo(f"To use it from now on: pyimgur login --site {url}", err=True)
        return Session.choose(Site.at(url), None, None)
    return session


def _local_server() -> str | None:
    """Return the URL of the server on the user's data folder, if one runs."""
    from . import _background_server

    return _background_server.find(Path(os.environ.get("PYIMGUR_DATA") or default_data_folder()))


def _agreed(url: str) -> bool:
    """Return whether the user agrees to upload there; a server that others can reach requires a login first."""
    if not (Site.at(url).loopback and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    with interruptible():
        return click.confirm(f"You are not logged in. Upload to your own server at {url}?", default=True, err=True)
