"""Browsers that have signed in before: a signed cookie that names the accounts, for the throttle of guesses alone.

The cookie is no session: it lets nobody in, and holds no secret of a person. Whoever signs in with it is counted by a
counter of that browser and account, so a flood of wrong passwords from elsewhere, even from the same network, delays
nobody who was here before. A stolen cookie gives one more counter, and no unlimited guesses. With another password an
account knows no browser any more: whoever had the old one may have made as many cookies as they liked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.services import signing, token_hashing

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

SECONDS = 400 * 86_400
"""How long a browser is known after it has signed in; browsers keep no cookie longer."""
MOST_ACCOUNTS = 8
"""The accounts that signed in last; a cookie stays small."""
NAME = "known browsers"

VERSION_LENGTH = 12
"""Letters of a password's version that the cookie holds."""
_COOKIE = re.compile(
    r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9]{1,19}_[0-9a-f]{12}(?:-[0-9]{1,19}_[0-9a-f]{12})*)\.([0-9a-f]{64})", re.ASCII
)


class Browser(NamedTuple):
    """One browser, and the accounts that have signed in with it: their numbers, and the version of their passwords."""

    id: str
    accounts: Mapping[int, str]

    def knows(self, account: int, version: str) -> bool:
        """Return whether the account has signed in with it, by the password that it has now."""
        return self.accounts.get(account) == version[:VERSION_LENGTH]


async def identify(library: ServerContext, cookie: str) -> Browser | None:
    """Return the browser that the cookie names; None if it is not ours, was changed, or has expired."""
    parts = _COOKIE.fullmatch(cookie) if len(cookie) < 512 else None
    key = parts and await signing.find(library, NAME)
    if (
        not parts
        or not key
        or not token_hashing.constant_time_equal(parts[4], signing.sign(key, cookie[: parts.start(4)]))
    ):
        return None
    if int(parts[2]) <= library.now:
        return None
    accounts = (each.split("_") for each in parts[3].split("-"))
    return Browser(parts[1], {int(number): version for number, version in accounts})


async def remember(library: ServerContext, cookie: str, account: int, version: str) -> str:
    """Return the cookie's new value, now that the account has signed in; `version` is its password's."""
    known = await identify(library, cookie) or Browser(token_hashing.new_secret(16), {})
    accounts = {account: version[:VERSION_LENGTH], **{k: v for k, v in known.accounts.items() if k != account}}
    listed = "-".join(f"{number}_{each}" for number, each in list(accounts.items())[:MOST_ACCOUNTS])
    value = f"{known.id}.{library.now + SECONDS}.{listed}."
    return value + signing.sign(await signing.key(library, NAME), value)
