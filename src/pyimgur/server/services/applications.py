"""Programs that may ask for access: registered by somebody, or in open mode any client id.

Nobody vouches for a client id that is not registered. It has no name, no callback and no row here: what it is given is
shown to the person, or sent to a program on the person's own machine, and nowhere else. Several people may use the same
one, each program with a secret of its own: a secret belongs to the authorization that it was first used with, so nobody
can claim a client id for themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import account, application
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import token_hashing
from pyimgur.server.settings import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

CLIENT_ID = re.compile(r"[\x20-\x7e]{1,128}", re.ASCII)
"""What open mode takes for a client id; the ones made here are 15 hex characters."""
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+", re.ASCII)
"""RFC 8252, 7.1: a reversed domain name, which no scheme that a browser runs is."""
ADDRESS = re.compile(r"""[^\x00-\x20\\"<>\x7f-\U0010ffff]{1,2000}""")
"""What an address may be made of: nothing that browsers read in another way than `urlsplit` does."""
MOST = 50
"""Applications that one account may register."""
PORT = re.compile(r":\d*$", re.ASCII)

COLUMNS = (
    application.c.client_id,
    application.c.name,
    application.c.callback,
    application.c.verified,
    account.c.name.label("owner"),
)
DESCRIBED = select(*COLUMNS).join(account, account.c.id == application.c.owner, isouter=True)
DESCRIBE = Query(DESCRIBED.where(application.c.client_id == bindparam("id")))
REGISTERED = Query(DESCRIBED.order_by(application.c.created, application.c.client_id))
FIND = Query(select(application.c.secret_hash).where(application.c.client_id == bindparam("id")))
OWNED = Query(select(func.count().label("count")).where(application.c.owner == bindparam("owner")))
VERIFY = Query(
    update(application).where(application.c.client_id == bindparam("of")).values(verified=bindparam("verified"))
)
ADD = Query(insert(application))
DROP = Query(delete(application).where(application.c.client_id == bindparam("id")))

INVALID_CLIENT = "The client id supplied is invalid"
INVALID_SECRET = "The client credentials are invalid"


class InvalidClient(ValidationError):
    """The application is unknown, or has not proved that it is the one it says."""


class Application(NamedTuple):
    """One application; without a name nobody registered it."""

    client_id: str
    name: str | None = None
    callback: str | None = None
    verified: bool = False
    """Whether the operator of this server registered it, or vouches for it."""
    owner: str | None = None
    """The account that registered it; None if that was the operator, or the account is gone."""

    @property
    def registered(self) -> bool:
        """Whether somebody registered it."""
        return self.name is not None


class Client(NamedTuple):
    """An application that says who it is; `accepted` if its id is good although nobody registered it."""

    id: str
    secret: str
    accepted: bool


async def find(library: ServerContext, client_id: str) -> Application | None:
    """Return the application with this id; in open mode any plausible id is an unregistered application."""
    found = await library.db.read(DESCRIBE.one(id=client_id)) if CLIENT_ID.fullmatch(client_id) else None
    if found:
        return _application(found)
    return Application(client_id) if accepted(library, client_id) else None


async def is_registered(library: ServerContext, client_id: str) -> bool:
    """Return whether somebody registered this client id."""
    return await library.db.read(FIND.one(id=client_id)) is not None


def accepted(library: ServerContext, client_id: str) -> bool:
    """Whether this id is good enough although nobody registered it."""
    return library.settings.open and CLIENT_ID.fullmatch(client_id) is not None


async def register(
    library: ServerContext, name: str, *, callback: str | None = None, owner: int | None = None
) -> tuple[str, str]:
    """Register an application, and return its client id and secret; the secret can be read nowhere afterwards.

    Args:
        library: where it is registered.
        name: what people are shown.
        callback: where the browser goes back to.
        owner: the account that registers it; None for the operator, who verifies it by that.

    Raises:
        ValidationError: an application may not have this name or callback, or the account has too many.
    """
    check(name, callback)
    client_id, client_secret = token_hashing.new_secret(8)[:15], token_hashing.new_secret()
    await library.db.write(_add(client_id, token_hashing.digest(client_secret), name, callback, owner, library.now))
    return client_id, client_secret


async def registered(library: ServerContext) -> list[Application]:
    """Return those that somebody registered, the first one first."""
    return [_application(row) for row in await library.db.scan(REGISTERED.all())]


async def verify(library: ServerContext, client_id: str) -> bool:
    """Vouch for an application that somebody registered: its people are not warned any more; False if there is none."""
    return await library.db.write(_verify(client_id))


def authenticate(client: Client) -> Transaction[bool]:
    """Return whether the application is registered, and has proved it.

    Raises:
        InvalidClient: the client id is not accepted here, or it is registered with another secret.
    """
    found = yield FIND.one(id=client.id)
    if found is None:
        if not client.accepted:
            raise InvalidClient(INVALID_CLIENT)
        return False
    if not token_hashing.constant_time_equal(found.secret_hash, token_hashing.digest(client.secret)):
        raise InvalidClient(INVALID_SECRET)
    return True


def check(name: str, callback: str | None) -> None:
    """`ValidationError` unless an application may have this name and callback."""
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise ValidationError("The name of an application has 1 to 100 characters.")
    if callback is not None:
        check_callback(callback)


def check_callback(address: str) -> None:
    """`ValidationError` unless secrets may be sent there: https, this machine, or a program's own scheme."""
    parts = _split(address)
    good = (parts.scheme == "https" and parts.hostname) or PRIVATE_SCHEME.fullmatch(parts.scheme) or _local(parts)
    if not good or "@" in parts.netloc or "#" in address:
        raise ValidationError(
            "A callback is an https address, an http address on this machine (http://127.0.0.1/...), "
            "or one with a scheme of its own such as com.example.app:/done; it has no #fragment."
        )


def redirect_uri_for(application: Application, asked: str | None) -> str | None:
    """Where to send the browser: the registered callback; on this machine the program may choose the port (RFC 8252).

    One that nobody registered is sent to this machine or nowhere. Whatever else was asked for is ignored, as at Imgur.
    """
    registered, here = application.callback, _split(asked or "")
    if not application.registered:
        return asked if _local(here) else None
    there = _split(registered or "")
    return asked if _local(there) and _without_port(here) == _without_port(there) else registered


def _local(parts: SplitResult) -> bool:
    plain = "@" not in parts.netloc and not parts.fragment
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS and plain


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address if ADDRESS.fullmatch(address) else "")
    except ValueError:
        return urlsplit("")


def _without_port(parts: SplitResult) -> SplitResult:
    return parts._replace(netloc=PORT.sub("", parts.netloc))


def _application(row: Any) -> Application:
    return Application(row.client_id, row.name, row.callback, bool(row.verified), row.owner)


def _add(
    client_id: str, secret_hash: str, name: str, callback: str | None, owner: int | None, now: int
) -> Transaction[None]:
    if owner is not None and (yield OWNED.one(owner=owner)).count >= MOST:
        raise ValidationError(f"You have registered {MOST} applications, and no more are allowed.")
    yield ADD.run(
        client_id=client_id,
        secret_hash=secret_hash,
        name=name,
        callback=callback,
        owner=owner,
        created=now,
        verified=int(owner is None),
    )


def _verify(client_id: str) -> Transaction[bool]:
    return bool((yield VERIFY.run(of=client_id, verified=1)))
