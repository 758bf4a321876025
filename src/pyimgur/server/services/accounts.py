"""People with a password: made, signed in, found. How long a sign-in takes does not tell whether the name exists.

Passwords are argon2 hashes, made in two threads of their own: two times 64 MiB is the most that signing in can take.
"""

from __future__ import annotations

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import bindparam, insert, select, update

from pyimgur.server.db.query import IntegrityConflict, Query, Transaction
from pyimgur.server.db.schema import account
from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import known_browsers, oauth_grants, throttle, token_hashing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.throttle import Counter

P = ParamSpec("P")
T = TypeVar("T")

NAME = re.compile(r"[A-Za-z0-9_-]{3,63}", re.ASCII)
RESERVED = frozenset(
    {
        *("account", "accounts", "admin", "administrator", "anonymous", "api", "gallery", "help", "imgur"),
        *(
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
        ),
        *("support", "system", "upload", "user"),
    }
)
PASSWORD = range(8, 1025)

COLUMNS = (account.c.id, account.c.name, account.c.created)
BY_ID = Query(select(*COLUMNS).where(account.c.id == bindparam("id")))
BY_NAME = Query(select(*COLUMNS).where(account.c.name_key == bindparam("key")))
HASH = Query(select(*COLUMNS, account.c.password).where(account.c.name_key == bindparam("key")))
STORED = Query(select(account.c.password).where(account.c.id == bindparam("id")))
ALL = Query(select(*COLUMNS).order_by(account.c.name_key))
ANY = Query(select(account.c.id).limit(1))
ADD = Query(insert(account))
CHANGE = Query(update(account).where(account.c.id == bindparam("of")).values(password=bindparam("hashed")))

log = logging.getLogger(__name__)
hasher = PasswordHasher()
threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")


class Account(NamedTuple):
    """One person."""

    id: int
    name: str
    created: int


async def by_id(library: ServerContext, id: int) -> Account | None:
    """The account with this number."""
    found = await library.db.read(BY_ID.one(id=id))
    return Account(*found) if found else None


async def by_name(library: ServerContext, name: str) -> Account | None:
    """The account with this name; letter case does not matter."""
    if not NAME.fullmatch(name):
        return None
    found = await library.db.read(BY_NAME.one(key=name.lower()))
    return Account(*found) if found else None


async def all_accounts(library: ServerContext) -> list[Account]:
    """All accounts, by name."""
    return [Account(*row) for row in await library.db.scan(ALL.all())]


async def any_account(library: ServerContext) -> bool:
    """Whether anybody has an account yet."""
    return await library.db.read(ANY.one()) is not None


async def add(library: ServerContext, name: str, password: str) -> Account:
    """Create an account, also on a closed server.

    Raises:
        ValidationError: the name or the password is not accepted; the message says what to change.
    """
    check(name, password)
    hashed = await _in_thread(_hash, password)
    return await library.db.write(_add(name, hashed, library.now))


async def sign_up(library: ServerContext, name: str, password: str, *, address: str) -> Account:
    """Make an account for oneself: in open mode only, and not too many from one address."""
    if not library.settings.open:
        raise ForbiddenError("Nobody can sign up here. Ask the person who runs this server for an account.")
    check(name, password)
    counters = throttle.sign_up(address)
    async with library.passwords.slot(counters[-1].key):
        if wait := await library.db.write(throttle.count(counters, library.now)):
            raise throttle.TooManyAttempts("new accounts from your address", wait)
        return await add(library, name, password)


async def sign_in(library: ServerContext, name: str, password: str, *, address: str, browser: str = "") -> Account:
    """Return the account whose name and password these are.

    Args:
        library: where the account is.
        name: the account's name; letter case does not matter.
        password: the password.
        address: where the attempt comes from; its failures count for its network.
        browser: the cookie of `known_browsers`, if there is one.

    Raises:
        ForbiddenError: they do not belong together; another attempt from there has to wait ever longer.
        TooManyAttempts: it has to wait; the password was not checked.
        BusyError: too many from there sign in at once.
    """
    name_key = name.lower() if NAME.fullmatch(name) else ""
    stored = await library.db.read(HASH.one(key=name_key))
    known = await known_browsers.identify(library, browser) if browser and stored else None
    own = known.id if known and known.knows(stored.id, token_hashing.digest(stored.password)) else None
    counters = throttle.login(name_key, address, own)
    async with library.passwords.slot(counters[-1].key):  # in turn, so that right passwords at once are no failures
        return await _check(library, name_key, password, counters, stored)


async def _check(library: ServerContext, name: str, password: str, counters: Sequence[Counter], stored: Any) -> Account:
    """Count the attempt, compare the password with what is stored, and take back a success."""
    if wait := await library.db.write(throttle.count(counters, library.now)):
        raise throttle.TooManyAttempts("failed sign-ins", wait)
    matches = await _in_thread(_matches, password, stored.password if stored else None)
    found = await by_id(library, stored.id) if matches else None
    if found is None:
        await _report_guessing(library, name, exists=stored is not None)
        raise ForbiddenError("That user name and password do not belong together.")
    await library.db.write(throttle.succeeded(counters))
    return found


async def _report_guessing(library: ServerContext, name: str, *, exists: bool) -> None:
    """Tell the operator if many networks guess at one account; takes as long for a name that nobody has."""
    if (networks := await library.db.write(throttle.networks(name, library.now))) and exists:
        log.warning(
            "wrong passwords for the account %s came from %d networks within a day; nobody is locked out by that, "
            "but the password should be long (pyimgur server account password %s)",
            name,
            networks,
            name,
        )


async def change_password(library: ServerContext, id: int, password: str) -> None:
    """Give the account a new password, and end whatever any program may do in its name."""
    check_password(password)
    await library.db.write(_change(id, await _in_thread(_hash, password)))


async def password_version(library: ServerContext, id: int) -> str:
    """Return a word that another password changes; it tells nothing of the password."""
    found = await library.db.read(STORED.one(id=id))
    return token_hashing.digest(found.password) if found else ""


def check(name: str, password: str) -> None:
    """`ValidationError` unless an account may have this name and password."""
    if not NAME.fullmatch(name):
        raise ValidationError("A user name has 3 to 63 characters: letters, digits, _ and -.")
    if name.lower() in RESERVED:
        raise ValidationError(f"The name {name} is kept for the server. Choose another.")
    check_password(password)


def check_password(password: str) -> None:
    """`ValidationError` unless it may be a password."""
    if len(password) not in PASSWORD:
        raise ValidationError(f"A password has {PASSWORD.start} to {PASSWORD.stop - 1} characters.")


def _add(name: str, hashed: str, now: int) -> Transaction[Account]:
    try:
        yield ADD.run(name=name, name_key=name.lower(), password=hashed, created=now)
    except IntegrityConflict:
        raise ValidationError(f"The name {name} is taken. Choose another.") from None
    return Account(*(yield BY_NAME.one(key=name.lower())))


def _change(id: int, hashed: str) -> Transaction[None]:
    if not (yield CHANGE.run(of=id, hashed=hashed)):
        raise NotFoundError("account", str(id))
    yield from oauth_grants.revoke_all(id)


def _hash(password: str) -> str:
    return hasher.hash(password.encode("utf-8", "surrogatepass"))


def _matches(password: str, stored: str | None) -> bool:
    given = password.encode("utf-8", "surrogatepass")[: 4 * PASSWORD.stop]
    if stored is None:
        hasher.hash(given)  # as much work as below, where the name exists
        return False
    try:
        return hasher.verify(stored, given)
    except VerificationError:
        return False


async def _in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, partial(work, *args, **options))
