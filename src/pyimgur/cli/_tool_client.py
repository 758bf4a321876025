"""Which client id a recipe names: one that the server accepts.

An open server accepts any, a closed one what was registered there. A registered one is good in both cases, so the first
of the data folder goes before the usual one; a server that answers is asked.
"""

from __future__ import annotations

from pathlib import Path

from . import _data_folder
from ._errors import CommandError
from ._server_context import with_context

USUAL = "pyimgur"
SECONDS = 5.0
"""How long a server has to answer; one that does not is not asked again."""
_CREATE = "Create one: `pyimgur server app add NAME`, then --client-id ID with the id that it prints"


def choose(address: str, data: Path, given: str | None) -> str:
    """Return the client id for a server at this address.

    Args:
        address: where the server is, as programs reach it; it is asked if it answers.
        data: its data folder, if it is on this machine.
        given: what the user named.

    Raises:
        CommandError: the server accepts none.
    """
    candidates = [given] if given else [*_registered(data), USUAL]
    for candidate in candidates:
        if _accepts(address, candidate) is not False:
            return candidate
    named = f"does not know the application {given}" if given else "is closed, and no application is registered there"
    raise CommandError(f"the server at {address} {named}. {_CREATE}")


def _registered(data: Path) -> list[str]:
    """The first verified application of the data folder, if there is one."""
    from ..server.services import applications

    if not (data.absolute() / _data_folder.USERS_LOCK).exists():
        return []
    found = with_context(data, applications.registered)
    return [each.client_id for each in found if each.verified][:1]


def _accepts(address: str, client_id: str) -> bool | None:
    """Whether the server accepts the client id; None if nobody answers there."""
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
