"""Accounts: create, find, sign in, change passwords.

A sign-in takes equally long whether or not the user name exists. Passwords are stored as argon2 hashes, computed in two
threads of their own: two times 64 MiB is the most memory that signing in can take.
"""

from __future__ import annotations

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from pyimgur.server.db.queries import accounts as queries
from pyimgur.server.db.queries.accounts import Account, Credentials
from pyimgur.server.db.query import IntegrityConflict, Steps, transaction
from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import known_browsers, oauth_tokens, throttle, token_hashing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.throttle import Counter

P = ParamSpec("P")
T = TypeVar("T")

NAME = re.compile(r"[A-Za-z0-9_-]{3,63}", re.ASCII)
RESERVED = frozenset(
    (
        "account",
        "accounts",
        "admin",
        "administrator",
        "anonymous",
        "api",
        "gallery",
        "help",
        "imgur",
        "moderator",
        "null",
        "oauth",
        "oauth2",
        "operator",
        "phones",
        "pyimgur",
        "root",
        "search",
        "settings",
        "static",
        "support",
        "system",
        "upload",
        "user",
    )
)
"""User names that nobody can take, in lower case."""
PASSWORD = range(8, 1025)
"""Lengths that a password may have, in characters."""

log = logging.getLogger(__name__)
hasher = PasswordHasher()
threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")


async def find_by_id(context: ServerContext, id: int) -> Account | None:
    """Return the account with this number; None if there is none."""
    return await context.db.read(queries.GET_BY_ID.one(id=id))


async def find_by_name(context: ServerContext, name: str) -> Account | None:
    """Return the account with this name, ignoring case; None if there is none."""
    if not NAME.fullmatch(name):
        return None
    return await context.db.read(queries.GET_BY_NAME.one(key=name.lower()))


async def all_accounts(context: ServerContext) -> list[Account]:
    """Return all accounts, ordered by name."""
    return await context.db.scan(queries.LIST_ALL.all())


async def any_account(context: ServerContext) -> bool:
    """Return whether there is any account yet."""
    return await context.db.read(queries.GET_ANY.one()) is not None


async def create(context: ServerContext, name: str, password: str) -> Account:
    """Create an account, even if the server is closed.

    Raises:
        ValidationError: the name or the password is not valid, or the name is taken; the message says what to change.
    """
    check_new_account(name, password)
    hashed = await _in_thread(_hash, password)
    return await context.db.write(_add(name, hashed, context.now))


async def sign_up(context: ServerContext, name: str, password: str, *, address: str) -> Account:
    """Create an account for the caller.

    Raises:
        ForbiddenError: the server is not in open mode.
        TooManyAttempts: too many accounts were created from the network of this address.
        ValidationError: the name or the password is not valid, or the name is taken; the message says what to change.
        BusyError: too many from that network sign up or in at once.
    """
    if not context.settings.open:
        raise ForbiddenError("Nobody can sign up here. Ask the person who runs this server for an account.")
    check_new_account(name, password)
    counters = throttle.sign_up_counters(address)
    async with context.password_slots.slot(counters[-1].key):
        if wait := await context.db.write(throttle.count_attempt(counters, context.now)):
            raise throttle.TooManyAttempts("new accounts from your address", wait)
        return await create(context, name, password)


async def sign_in(context: ServerContext, name: str, password: str, *, address: str, browser: str = "") -> Account:
    """Return the account with this name and password.

    Args:
        context: the context of the server.
        name: the name of the account, in any case.
        password: the password.
        address: the network address of the client; failures count for its network.
        browser: the cookie of `known_browsers`, if there is one.

    Raises:
        ForbiddenError: the name or the password is wrong; each further failure makes the next attempt wait longer.
        TooManyAttempts: the client has to wait; the password was not checked.
        BusyError: too many from that network sign in at once.
    """
    name_key = name.lower() if NAME.fullmatch(name) else ""
    stored = await context.db.read(queries.GET_WITH_HASH.one(key=name_key))
    known = await known_browsers.identify(context, browser) if browser and stored else None
    own = known.id if known and stored and known.knows(stored.id, token_hashing.digest(stored.password)) else None
    counters = throttle.login_counters(name_key, address, own)
    async with context.password_slots.slot(
        counters[-1].key
    ):  # one at a time: concurrent right passwords are not failures
        return await _check(context, name_key, password, counters, stored)


async def _check(
    context: ServerContext, name: str, password: str, counters: Sequence[Counter], stored: Credentials | None
) -> Account:
    """Count the attempt, check the password against the stored hash, and on success take the count back."""
    if wait := await context.db.write(throttle.count_attempt(counters, context.now)):
        raise throttle.TooManyAttempts("failed sign-ins", wait)
    matches = await _in_thread(_matches, password, stored.password if stored else None)
    account = await find_by_id(context, stored.id) if stored and matches else None
    if account is None:
        await _report_guessing(context, name, exists=stored is not None)
        raise ForbiddenError("Wrong user name or password.")
    await context.db.write(throttle.take_back(counters))
    return account


async def _report_guessing(context: ServerContext, name: str, *, exists: bool) -> None:
    """Log a warning if many networks guess at one account; takes equally long for a name that does not exist."""
    if (networks := await context.db.write(throttle.guessing_networks(name, context.now))) and exists:
        log.warning(
            "wrong passwords for the account %s came from %d networks within a day; the owner can still sign in, "
            "but the password should be long (pyimgur server account password %s)",
            name,
            networks,
            name,
        )


async def change_password(context: ServerContext, id: int, password: str) -> None:
    """Set a new password, and revoke the access of all applications to the account.

    Raises:
        ValidationError: the password is too short or too long.
        NotFoundError: there is no such account.
    """
    check_password(password)
    await context.db.write(_change_password(id, await _in_thread(_hash, password)))


async def password_version(context: ServerContext, id: int) -> str:
    """Return a digest that changes with the password and does not reveal it; empty if there is no such account."""
    row = await context.db.read(queries.GET_HASH.one(id=id))
    return token_hashing.digest(row.password) if row else ""


def check_new_account(name: str, password: str) -> None:
    """Check a name and a password for a new account.

    Raises:
        ValidationError: one of them is not valid; the message says what to change.
    """
    if not NAME.fullmatch(name):
        raise ValidationError("A user name has 3 to 63 characters: letters, digits, _ and -.")
    if name.lower() in RESERVED:
        raise ValidationError(f"The name {name} is reserved. Choose another.")
    check_password(password)


def check_password(password: str) -> None:
    """Check the length of a new password.

    Raises:
        ValidationError: it is too short or too long.
    """
    if len(password) not in PASSWORD:
        raise ValidationError(f"A password has {PASSWORD.start} to {PASSWORD.stop - 1} characters.")


@transaction
def _add(name: str, hashed: str, now: int) -> Steps[Account]:
    try:
        return (yield queries.INSERT.exactly_one(name=name, name_key=name.lower(), password=hashed, created=now))
    except IntegrityConflict:
        raise ValidationError(f"The name {name} is taken. Choose another.") from None


@transaction
def _change_password(id: int, hashed: str) -> Steps[None]:
    if not (yield queries.UPDATE_PASSWORD.run(of=id, hashed=hashed)):
        raise NotFoundError("account", str(id))
    yield from oauth_tokens.revoke_all_of_account(id)


def _hash(password: str) -> str:
    return hasher.hash(password.encode("utf-8", "surrogatepass"))


def _matches(password: str, stored: str | None) -> bool:
    encoded = password.encode("utf-8", "surrogatepass")[: 4 * PASSWORD.stop]
    if stored is None:
        hasher.hash(encoded)  # as much work as verifying, so the time does not reveal whether the name exists
        return False
    try:
        return hasher.verify(stored, encoded)
    except VerificationError:
        return False


async def _in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, partial(work, *args, **options))
