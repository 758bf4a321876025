"""The option --cookies: the cookies of a browser that is signed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..backup import read_cookies
from ._session import Session

if TYPE_CHECKING:
    from ..client import Imgur

cookies_option = click.option(
    "--cookies",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Sign in with the cookies of a browser, from a cookies.txt in Netscape's format, instead of a login.",
)


def cookie_client(session: Session, path: Path) -> Imgur:
    """Return a client that signs in with the cookies of a browser.

    Raises:
        BackupError: the file has no cookie for the site, or cannot be read.
        CommandError: there is no client id.
    """
    from ..client import Imgur

    return Imgur(session.client_id, base_url=session.site, cookie=read_cookies(path, session.site))
