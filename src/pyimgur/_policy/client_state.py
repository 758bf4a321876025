"""What one client knows and may change: who it is, its tokens, its credits, and how hard it tries."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING

from ..budget import Policy
from ..exceptions import ImgurError
from ..oauth import Token
from ..sites import IMGUR, Site
from ..tokens import Key, StoredToken, TokenStore
from .rate_limit import CreditTracker

if TYPE_CHECKING:
    from ..ledger import Ledger

_log = logging.getLogger("pyimgur.tokens")
REFRESH_BEFORE = 60.0
"""Seconds before an access token's known end at which it is replaced."""
TRUST = 3600.0
"""Seconds in which a token that was just got is not doubted."""


@dataclass
class ClientState:
    """What one client knows and may change: who it is, its tokens, and how hard it tries."""

    site: Site = IMGUR
    client_id: str = ""
    client_secret: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    """Unix time of the access token's end, where Imgur told."""
    trusted_at: float | None = None
    """Unix time at which this client got the access token, or could get no other; None for one that it was given."""
    retries: int = 2
    """How often a call that does no harm twice is sent again."""
    gateway: str | None = None
    """Where a commercial application's calls go; authorization stays with the site."""
    gateway_key: str | None = field(default=None, repr=False)
    clock: Callable[[], float] = time
    credits: CreditTracker = field(default_factory=CreditTracker)
    limits: Policy = field(default_factory=Policy)
    """What to do when Imgur says, or is known to be about to say, that it is too much."""
    uploading: Counter[tuple[str, int | None]] = field(default_factory=Counter[tuple[str, int | None]])
    """Names and sizes of files on their way."""
    uploaded: deque[str] = field(default_factory=lambda: deque(maxlen=1000))
    """Ids of pictures whose uploads were answered."""
    store: TokenStore | None = None
    """Where tokens are kept between runs."""
    ledger: Ledger | None = None
    """Where uploads are written down."""
    account: str | None = None
    """The user's name, where Imgur told."""
    warned: bool = False
    """Whether a warning said that the token store cannot be written."""
    default_limit: int = 100
    """How many items a listing gives when called without `limit`."""

    def accept(self, token: Token) -> None:
        """Act for the user of this token from now on, whoever it was before."""
        self.act_for(token.account_username, token.access_token, token.refresh_token, self._end(token))
        self.trust()

    def renew(self, token: Token) -> None:
        """Go on with this token for the same user: what was not sent again stays what it was."""
        account, refresh_token = token.account_username or self.account, token.refresh_token or self.refresh_token
        self.act_for(account, token.access_token, refresh_token, self._end(token))
        self.trust()

    def act_for(
        self,
        account: str | None,
        access_token: str | None,
        refresh_token: str | None = None,
        expires_at: float | None = None,
    ) -> None:
        """Act for this user from now on, or for nobody."""
        # The end before the token: a thread that looks in between must not take the new one for old.
        self.expires_at, self.account, self.trusted_at = expires_at, account, None
        self.refresh_token = refresh_token
        self.access_token = access_token

    def _end(self, token: Token) -> float | None:
        return None if token.expires_in is None else self.clock() + token.expires_in

    @property
    def can_refresh(self) -> bool:
        """Whether there is all it takes to get a new access token."""
        return bool(self.refresh_token and self.client_secret)

    @property
    def recently_issued(self) -> bool:
        """True for an hour after Imgur issued the token; `expires_in` says ten years also of those that end sooner."""
        return self.trusted_at is not None and self.clock() < self.trusted_at + TRUST

    def trust(self) -> None:
        """Do not doubt the access token for an hour."""
        self.trusted_at = self.clock()

    @property
    def needs_refresh(self) -> bool:
        """Whether the access token is known to end within a minute, or is not there although it could be got."""
        return self.can_refresh if self.access_token is None else self._ends_soon(self.expires_at)

    def _ends_soon(self, expires_at: float | None) -> bool:
        return expires_at is not None and self.clock() > expires_at - REFRESH_BEFORE

    # ---- what is kept between runs; these five are for drivers, for a store waits for the disk

    @property
    def key(self) -> Key:
        """Under what the tokens are kept."""
        return Key(self.site.api, self.client_id, self.account)

    def save_tokens(self, *, required: bool = True) -> None:
        """Save the tokens, if there is a place for them and a user they belong to.

        Without `required`, what cannot be saved is a warning: the tokens are good in memory.
        """
        if self.store is None or self.access_token is None:
            return
        token = StoredToken(self.account or "", self.access_token, self.refresh_token, self.expires_at)
        try:
            self.store.save(self.key, token)
        except (ImgurError, OSError) as error:
            if required:
                raise
            self.warn_not_kept(error)

    def drop(self, key: Key) -> None:
        """Remove the revoked tokens of this key from the store; if that fails, log a warning."""
        if self.store is None or key.account is None:
            return
        try:
            self.store.save(key, None)
        except (ImgurError, OSError) as error:
            self._warn("the revoked tokens are still in the token store, where they are of no use: %s", error)

    def warn_not_kept(self, error: Exception) -> None:
        """Log, once, that new tokens stay in memory only."""
        self._warn("the new access token is kept in memory only, and is gone with this program: %s", error)

    def _warn(self, text: str, error: Exception) -> None:
        """Log the first failure of the token store."""
        if not self.warned:
            self.warned = True
            _log.warning(text, error)

    def load_tokens(self) -> bool:
        """Act for the user whose tokens the store has; whether it has any."""
        found = self._stored()
        if found is not None:
            self.act_for(found.account, found.access_token, found.refresh_token, found.expires_at)
        return found is not None

    def adopt_newer_token(self) -> bool:
        """Go on with the newer token that another program has got for this user; whether there is one."""
        if self.account is None:  # whose the store's are, nobody knows
            return False
        found = self._stored()
        if found is None or found.access_token == self.access_token or self._ends_soon(found.expires_at):
            return False
        refresh_token = found.refresh_token or self.refresh_token
        self.act_for(found.account, found.access_token, refresh_token, found.expires_at)
        return True

    def _stored(self) -> StoredToken | None:
        """What the store has, if it is this user's: a store that a program brings may know no users."""
        found = self.store.load(self.key) if self.store is not None else None
        other = found is not None and self.account is not None and found.account.lower() != self.account.lower()
        return None if other else found
