"""Browsers that have signed in before: a signed cookie that names the accounts, used by the login throttle only.

The cookie is not a session: it signs nobody in, and holds no secret. A browser that sends it has a failure counter of
its own for each account, so a flood of wrong passwords from elsewhere, even from the same network, delays nobody who
has signed in before. A stolen cookie gives one more counter, not unlimited guesses. After a password change, no browser
is known to the account any more: whoever had the old password may have created any number of cookies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.services import signing, token_hashing

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

LIFETIME = 400 * 86_400
"""How long a browser is known after it has signed in; browsers keep no cookie longer."""
MOST_ACCOUNTS = 8
"""The cookie holds the accounts that signed in last, so that it stays small."""
NAME = "known browsers"
"""The name of the signing key."""

VERSION_LENGTH = 12
"""Characters of a password's version (`accounts.password_version`) that the cookie holds."""
_COOKIE = re.compile(
    r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9]{1,19}_[0-9a-f]{12}(?:-[0-9]{1,19}_[0-9a-f]{12})*)\.([0-9a-f]{64})", re.ASCII
)
"""The browser's id, when it expires, account numbers with password versions, and the signature."""


class Browser(NamedTuple):
    """A known browser, with the numbers of the accounts that have signed in with it, each with its password version."""

    id: str
    accounts: Mapping[int, str]

    def knows(self, account: int, version: str) -> bool:
        """Return whether the account has signed in with this browser since its password last changed."""
        return self.accounts.get(account) == version[:VERSION_LENGTH]


async def identify(context: ServerContext, cookie: str) -> Browser | None:
    """Return the browser that the cookie names; None if this server did not sign the cookie, or it has expired."""
    parts = _COOKIE.fullmatch(cookie) if len(cookie) < 512 else None
    key = parts and await signing.find_key(context, NAME)
    if (
        not parts
        or not key
        or not token_hashing.constant_time_equal(parts[4], signing.sign(key, cookie[: parts.start(4)]))
    ):
        return None
    if int(parts[2]) <= context.now:
        return None
    accounts = (entry.split("_") for entry in parts[3].split("-"))
    return Browser(parts[1], {int(number): version for number, version in accounts})


async def remember(context: ServerContext, cookie: str, account: int, version: str) -> str:
    """Return the new value of the cookie after the account has signed in; `version` is that of its password."""
    browser = await identify(context, cookie) or Browser(token_hashing.new_secret(16), {})
    versions = {account: version[:VERSION_LENGTH], **{k: v for k, v in browser.accounts.items() if k != account}}
    entries = "-".join(f"{number}_{version}" for number, version in list(versions.items())[:MOST_ACCOUNTS])
    value = f"{browser.id}.{context.now + LIFETIME}.{entries}."
    return value + signing.sign(await signing.get_or_create_key(context, NAME), value)
