"""The state of one client: its site, credentials, tokens, credits and settings.

A client and all objects that came from it share one state. Nothing here does I/O, except the methods under
"the token store": executors call those where waiting for the disk is allowed.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import time
from typing import TypeAlias

from .._core.executor import Executor
from .._storage.json_file import UnwritableError
from ..budget import Policy
from ..exceptions import ImgurError
from ..oauth import Token
from ..sites import IMGUR, Site
from ..tokens import Key, SharedTokenStore, StoredToken, TokenStore
from .rate_limit import CreditTracker

_log = logging.getLogger("pyimgur.tokens")
REFRESH_BEFORE = 60.0
"""Seconds before an access token's known expiry at which it is replaced."""
TRUST = 3600.0
"""Seconds for which a new access token is assumed to be valid."""


@dataclass
class ClientState:
    """The site, credentials, tokens, credits and settings of one client."""

    site: Site = IMGUR
    client_id: str = ""
    client_secret: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    """Unix time at which the access token expires; None if unknown."""
    trusted_at: float | None = None
    """Unix time at which the access token was issued to this client, or could not be replaced by another; None for a
    token that the program passed in."""
    retries: int = 2
    """How often a request that is safe to repeat is sent again."""
    gateway: str | None = None
    """Base URL for the API calls of a commercial application; authorization stays with the site."""
    gateway_key: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    """The `Cookie` header of API calls: the cookies of a browser that is signed in to the site."""
    clock: Callable[[], float] = time
    credits: CreditTracker = field(default_factory=CreditTracker)
    limits: Policy = field(default_factory=Policy)
    """What to do when a rate limit is reached, or a request is known to exceed it."""
    uploading: Counter[tuple[str, int | None]] = field(default_factory=Counter[tuple[str, int | None]])
    """Names and sizes of the files that are being uploaded."""
    uploaded: deque[str] = field(default_factory=lambda: deque(maxlen=1000))
    """Ids of the latest images whose upload succeeded."""
    store: TokenStore | None = None
    """Where tokens are saved between runs of the program."""
    account: str | None = None
    """The user's name; None if unknown."""
    warned: bool = False
    """Whether a warning was logged that the token store cannot be written."""
    default_limit: int = 100
    """How many items a listing returns when it is called without `limit`."""

    def accept(self, token: Token) -> None:
        """Act for the user of this token from now on, even if it was another user before."""
        self.act_for(token.account_username, token.access_token, token.refresh_token, self._expiry(token))
        self.trust()

    def renew(self, token: Token) -> None:
        """Use this token for the same user; fields that the response omits keep their values."""
        account, refresh_token = token.account_username or self.account, token.refresh_token or self.refresh_token
        self.act_for(account, token.access_token, refresh_token, self._expiry(token))
        self.trust()

    def act_for(
        self,
        account: str | None,
        access_token: str | None,
        refresh_token: str | None = None,
        expires_at: float | None = None,
    ) -> None:
        """Act for this user from now on; without an access token, for nobody."""
        # The access token is set last: a thread that reads in between must not take the new one for expired.
        self.expires_at, self.account, self.trusted_at = expires_at, account, None
        self.refresh_token = refresh_token
        self.access_token = access_token

    def _expiry(self, token: Token) -> float | None:
        return None if token.expires_in is None else self.clock() + token.expires_in

    @property
    def can_refresh(self) -> bool:
        """Whether there is a refresh token and a client secret to get a new access token with."""
        return bool(self.refresh_token and self.client_secret)

    @property
    def recently_issued(self) -> bool:
        """True for an hour after Imgur issued the token; `expires_in` says ten years even if it expires earlier."""
        return self.trusted_at is not None and self.clock() < self.trusted_at + TRUST

    def trust(self) -> None:
        """Assume for an hour that the access token is valid."""
        self.trusted_at = self.clock()

    @property
    def needs_refresh(self) -> bool:
        """Whether the access token is known to expire within a minute, or is missing and can be requested."""
        return self.can_refresh if self.access_token is None else self._expires_soon(self.expires_at)

    def _expires_soon(self, expires_at: float | None) -> bool:
        return expires_at is not None and self.clock() > expires_at - REFRESH_BEFORE

    # ---- the token store; for executors only, as these wait for the disk

    @property
    def key(self) -> Key:
        """The key of the tokens in the store."""
        return Key(self.site.api, self.client_id, self.account)

    @contextmanager
    def store_lock(self) -> Generator[None]:
        """Lock a token store that other processes share; a read-only one is used unlocked, with a warning."""
        with ExitStack() as stack:
            if isinstance(self.store, SharedTokenStore):
                try:
                    stack.enter_context(self.store.hold())
                except (UnwritableError, OSError) as error:
                    self.warn_not_kept(error)
            yield

    def save_tokens(self, *, required: bool = True) -> None:
        """Save the tokens, if there are any and the client has a store.

        Raises:
            ImgurError, OSError: they cannot be saved. Without `required` this is logged as a warning instead, as the
                tokens in memory still work.
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
            self._warn_once("the revoked tokens are still in the token store, where they are of no use: %s", error)

    def warn_not_kept(self, error: Exception) -> None:
        """Log, once, that new tokens stay in memory only."""
        self._warn_once("the new access token is in memory only, and lost when this program ends: %s", error)

    def _warn_once(self, text: str, error: Exception) -> None:
        if not self.warned:
            self.warned = True
            _log.warning(text, error)

    def load_tokens(self) -> bool:
        """Act for the user whose tokens are in the store; return whether there are any."""
        stored = self._load()
        if stored is not None:
            self.act_for(stored.account, stored.access_token, stored.refresh_token, stored.expires_at)
        return stored is not None

    def adopt_newer_token(self) -> bool:
        """Use the newer token that another program has saved for this user; return whether there is one."""
        if self.account is None:  # the stored token may be another user's
            return False
        stored = self._load()
        if stored is None or stored.access_token == self.access_token or self._expires_soon(stored.expires_at):
            return False
        refresh_token = stored.refresh_token or self.refresh_token
        self.act_for(stored.account, stored.access_token, refresh_token, stored.expires_at)
        return True

    def _load(self) -> StoredToken | None:
        """Return the stored token of this user; a program's own store may return another user's, which is ignored."""
        stored = self.store.load(self.key) if self.store is not None else None
        if stored is None or self.account is None or stored.account.lower() == self.account.lower():
            return stored
        return None


ClientExecutor: TypeAlias = Executor[ClientState]
"""The executor of a client."""
