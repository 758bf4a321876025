"""Applications that may ask people for access: registered ones, and in open mode any client id.

Nobody vouches for an unregistered client id. It has no name, no callback and no row: its pins, codes and tokens are
shown to the person, or sent to a program on the person's own machine, and nowhere else. Several people may use the same
one, each program with a client secret of its own: the secret belongs to the authorization that it was first used with,
so nobody can claim a client id for themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from pyimgur.server.db.queries import applications as queries
from pyimgur.server.db.queries.applications import RegisteredApplication, SecretHash
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.db.rows import Count
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import token_hashing
from pyimgur.server.settings import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

CLIENT_ID = re.compile(r"[\x20-\x7e]{1,128}", re.ASCII)
"""A client id that open mode accepts; those that `register` makes are 15 hex characters."""
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+", re.ASCII)
"""A reversed domain name as the scheme of a program's own URLs (RFC 8252, 7.1); no scheme that browsers run is one."""
ADDRESS = re.compile(r"""[^\x00-\x20\\"<>\x7f-\U0010ffff]{1,2000}""")
"""A URL of characters that browsers and `urlsplit` read alike."""
MOST = 50
"""Applications that one account may register."""
PORT = re.compile(r":\d*$", re.ASCII)

INVALID_CLIENT = "The client id supplied is invalid"
INVALID_SECRET = "The client credentials are invalid"


class InvalidClient(ValidationError):
    """The client id is unknown, or the client secret is wrong."""


class Application(NamedTuple):
    """An application; one without a name is not registered."""

    client_id: str
    name: str | None = None
    callback: str | None = None
    verified: bool = False
    """Whether the operator of this server registered it, or vouches for it."""
    owner: str | None = None
    """The account that registered it; None if that was the operator, or the account was deleted."""

    @property
    def registered(self) -> bool:
        """Whether the application is registered."""
        return self.name is not None


class Client(NamedTuple):
    """The client credentials of a request; `accepted` if the id is valid without being registered."""

    id: str
    secret: str
    accepted: bool


async def find(context: ServerContext, client_id: str) -> Application | None:
    """Return the application with this client id; None if it is not registered and not valid in open mode either."""
    row = await context.db.read(queries.GET.one(id=client_id)) if CLIENT_ID.fullmatch(client_id) else None
    if row:
        return _application(row)
    return Application(client_id) if is_accepted(context, client_id) else None


async def is_registered(context: ServerContext, client_id: str) -> bool:
    """Return whether this client id is registered."""
    return await context.db.read(queries.GET_SECRET.one(id=client_id)) is not None


def is_accepted(context: ServerContext, client_id: str) -> bool:
    """Return whether this client id may be used without being registered."""
    return context.settings.open and CLIENT_ID.fullmatch(client_id) is not None


async def register(
    context: ServerContext, name: str, *, callback: str | None = None, owner: int | None = None
) -> tuple[str, str]:
    """Register an application; return its client id and secret, which cannot be read again later.

    Args:
        context: the context of the server.
        name: the name that people see.
        callback: the URL that browsers are redirected to.
        owner: the account that registers it; None for the operator, whose applications are verified.

    Raises:
        ValidationError: the name or the callback is not valid, or the account has registered too many.
    """
    check_application(name, callback)
    client_id, client_secret = token_hashing.new_secret(8)[:15], token_hashing.new_secret()
    await context.db.write(
        _register(client_id, token_hashing.digest(client_secret), name, callback, owner, context.now)
    )
    return client_id, client_secret


async def all_registered(context: ServerContext) -> list[Application]:
    """Return the registered applications, oldest first."""
    return [_application(row) for row in await context.db.scan(queries.LIST_ALL.all())]


async def verify(context: ServerContext, client_id: str) -> bool:
    """Mark a registered application as verified, so that people are no longer warned; return False if there is none."""
    return await context.db.write(_verify(client_id))


@transaction
def authenticate(client: Client) -> Steps[bool]:
    """Return True for a registered application with the right secret, False for an accepted unregistered one.

    Raises:
        InvalidClient: the client id is not accepted here, or it is registered with another secret.
    """
    row: SecretHash | None = yield queries.GET_SECRET.one(id=client.id)
    if row is None:
        if not client.accepted:
            raise InvalidClient(INVALID_CLIENT)
        return False
    if not token_hashing.constant_time_equal(row.secret_hash, token_hashing.digest(client.secret)):
        raise InvalidClient(INVALID_SECRET)
    return True


@transaction
def delete(client_id: str) -> Steps[None]:
    """Delete the registration of an application.

    Raises:
        NotFoundError: there is no such application.
    """
    if not (yield queries.DELETE.run(id=client_id)):
        raise NotFoundError("application", client_id)


def check_application(name: str, callback: str | None) -> None:
    """Check the name and the callback of a new application.

    Raises:
        ValidationError: one of them is not valid; the message says what is.
    """
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise ValidationError("The name of an application has 1 to 100 characters.")
    if callback is not None:
        check_callback(callback)


def check_callback(address: str) -> None:
    """Check that secrets may be sent to this URL: it is https, on this machine, or has a program's own scheme.

    Raises:
        ValidationError: they may not; the message says which URLs are valid.
    """
    url = _split(address)
    valid = (url.scheme == "https" and url.hostname) or PRIVATE_SCHEME.fullmatch(url.scheme) or _is_loopback(url)
    if not valid or "@" in url.netloc or "#" in address:
        raise ValidationError(
            "A callback is an https URL, an http URL on this machine (http://127.0.0.1/...), "
            "or one with a scheme of its own such as com.example.app:/done; it has no #fragment."
        )


def redirect_uri_for(application: Application, requested_uri: str | None) -> str | None:
    """Return the URL to redirect the browser to, or None if nothing may be sent anywhere.

    This is the registered callback; a program on this machine may choose another port (RFC 8252). An unregistered
    application gets the URL it requests if that is on this machine, else none. Any other requested URL is ignored, as
    at Imgur.

    Args:
        application: the application that requests access.
        requested_uri: the `redirect_uri` of the request.
    """
    callback, requested = application.callback, _split(requested_uri or "")
    if not application.registered:
        return requested_uri if _is_loopback(requested) else None
    registered = _split(callback or "")
    same = _is_loopback(registered) and _without_port(requested) == _without_port(registered)
    return requested_uri if same else callback


def _is_loopback(url: SplitResult) -> bool:
    plain = "@" not in url.netloc and not url.fragment
    return url.scheme == "http" and url.hostname in LOOPBACK_HOSTS and plain


def _split(address: str) -> SplitResult:
    """Return the parts of a URL; all are empty if it is not one."""
    try:
        return urlsplit(address if ADDRESS.fullmatch(address) else "")
    except ValueError:
        return urlsplit("")


def _without_port(url: SplitResult) -> SplitResult:
    return url._replace(netloc=PORT.sub("", url.netloc))


def _application(row: RegisteredApplication) -> Application:
    return Application(
        client_id=row.client_id, name=row.name, callback=row.callback, verified=bool(row.verified), owner=row.owner
    )


@transaction
def _register(
    client_id: str, secret_hash: str, name: str, callback: str | None, owner: int | None, now: int
) -> Steps[None]:
    if owner is not None:
        # Two at once do not both take the last place: `Engine.write` is serializable.
        registered: Count = yield queries.COUNT_OF_OWNER.exactly_one(owner=owner)
        if registered.total >= MOST:
            raise ValidationError(f"You have registered {MOST} applications, and no more are allowed.")
    yield queries.INSERT.run(
        client_id=client_id,
        secret_hash=secret_hash,
        name=name,
        callback=callback,
        owner=owner,
        created=now,
        verified=int(owner is None),
    )


@transaction
def _verify(client_id: str) -> Steps[bool]:
    return bool((yield queries.UPDATE_VERIFIED.run(of=client_id, verified=1)))
