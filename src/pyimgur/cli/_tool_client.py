"""Choose the client id for a recipe: one that the server accepts.

An open server accepts any, a closed one only registered ones. So a registered application of the data folder is
preferred to the default. If the server responds, the choice is checked with a request.
"""

from __future__ import annotations

from pathlib import Path

from . import _data_folder
from ._errors import CommandError
from ._server_context import with_context

DEFAULT = "pyimgur"
SECONDS = 5.0
"""How long a server has to respond; there is no second try."""
_CREATE = "Create one: `pyimgur server app add NAME`, then --client-id ID with the id that it prints"


def choose(address: str, data: Path, named: str | None) -> str:
    """Return the client id for a server at this URL.

    Args:
        address: the server's URL, as programs reach it.
        data: its data folder, if it is on this machine.
        named: the client id that the user passed.

    Raises:
        CommandError: the server accepts none.
    """
    candidates = [named] if named else [*_registered(data), DEFAULT]
    for candidate in candidates:
        if _accepts(address, candidate) is not False:
            return candidate
    reason = f"does not know the application {named}" if named else "is closed, and no application is registered there"
    raise CommandError(f"the server at {address} {reason}. {_CREATE}")


def _registered(data: Path) -> list[str]:
    """Return the client id of the first verified application of the data folder, if there is one."""
    from ..server.services import applications

    if not (data.absolute() / _data_folder.USERS_LOCK).exists():
        return []
    rows = with_context(data, applications.all_registered)
    return [row.client_id for row in rows if row.verified][:1]


def _accepts(address: str, client_id: str) -> bool | None:
    """Return whether the server accepts the client id; None if it does not respond."""
    from ..client import Imgur
    from ..exceptions import AuthenticationError, ImgurError

    try:
        with Imgur(client_id, base_url=address, retries=0, timeout=SECONDS, deadline=SECONDS) as im:
            im.get_credits()
    except AuthenticationError:
        return False
    except ImgurError:
        return None
    return True
