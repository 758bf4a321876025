"""`Imgur` and `AsyncImgur`: what a user makes first, with everything that belongs to no single thing.

Both have the same methods, defined once in `Client`; on an `AsyncImgur` they are awaited.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from ._core.endpoint import Async, Bound, M, Sync, endpoint
from ._core.request import Request, get
from ._policy.client_state import ClientState
from ._traceback_locals import clears_locals
from ._transport.async_executor import AsyncExecutor
from ._transport.deadline import DEADLINE, TIMEOUT
from ._transport.sync_executor import SyncExecutor
from .budget import DEFAULT_POLICY, Budget, Policy, PolicyName
from .resources._base import Object
from .resources.album import AlbumCalls
from .resources.authorization import AuthorizationCalls
from .resources.comment import CommentCalls
from .resources.conversation import ConversationCalls
from .resources.custom_gallery import CustomGalleryCalls
from .resources.downloads import DownloadCalls
from .resources.feed import FeedCalls
from .resources.folder import FolderCalls
from .resources.gallery import GalleryCalls
from .resources.image import ImageCalls
from .resources.notification import NotificationCalls
from .resources.oembed import OEmbedCalls
from .resources.post_v1 import PostV1Calls
from .resources.raw_request import RawCalls
from .resources.tag import TagCalls
from .resources.topic import TopicCalls
from .resources.typed_dicts import Credits
from .resources.uploads import UploadCalls
from .resources.user import UserCalls
from .sites import Site, choose
from .tokens import TokenStore, default_store

if TYPE_CHECKING:
    import httpx2

    from .ledger import Ledger

O_co = TypeVar("O_co", bound=Object[Any])

GATEWAY = "https://imgur-apiv3.p.rapidapi.com"
"""Where commercial applications reach the API; authorization stays with Imgur."""


def make_state(
    client_id: str,
    client_secret: str | None,
    access_token: str | None,
    refresh_token: str | None,
    key: str | None,
    *,
    base_url: str | Site | None,
    allow_insecure: bool,
    retries: int,
    limits: Policy | PolicyName,
    clock: Callable[[], float],
    store: TokenStore | None,
) -> ClientState:
    """What a client starts with; the site is checked before any secret can travel to it."""
    site = choose(base_url).check(allow_insecure=allow_insecure)
    commercial = key is not None and site.api.startswith("https://api.imgur.com")
    return ClientState(
        site=site,
        client_id=client_id or "",  # None of a program whose settings lack it: it is missed where it is needed
        client_secret=client_secret,
        access_token=access_token,
        refresh_token=refresh_token,
        retries=retries,
        limits=limits if isinstance(limits, Policy) else Policy(limits),
        store=store,
        gateway=GATEWAY if commercial else None,
        gateway_key=key,
        clock=clock,
    )


class Client(
    AuthorizationCalls[M],
    DownloadCalls[M],
    ImageCalls[M],
    AlbumCalls[M],
    OEmbedCalls[M],
    GalleryCalls[M],
    TagCalls[M],
    TopicCalls[M],
    CustomGalleryCalls[M],
    UserCalls[M],
    FeedCalls[M],
    FolderCalls[M],
    CommentCalls[M],
    ConversationCalls[M],
    NotificationCalls[M],
    UploadCalls[M],
    PostV1Calls[M],
    RawCalls[M],
):
    """What `Imgur` and `AsyncImgur` share: their one definition of every call."""

    @property
    def DEFAULT_LIMIT(self) -> int:  # noqa: N802 - PyImgur's name
        """How many items a listing gives when called without `limit`; may be set."""
        return self._runner.state.default_limit

    @DEFAULT_LIMIT.setter
    def DEFAULT_LIMIT(self, limit: int) -> None:  # noqa: N802
        self._runner.state.default_limit = limit

    @property
    def site(self) -> Site:
        """Which Imgur this client talks to."""
        return self._runner.state.site

    @property
    def base_url(self) -> str:
        """Where its API is: at its site, or for a commercial application at the gateway."""
        return self._runner.state.gateway or self.site.api

    @property
    def budget(self) -> Budget:
        """The credits left, as Imgur last told."""
        return self._runner.state.credits.budget

    @property
    def ratelimit_clientlimit(self) -> int | None:
        """`budget.client_limit` under PyImgur's name."""
        return self.budget.client_limit

    @property
    def ratelimit_clientremaining(self) -> int | None:
        """`budget.client_remaining` under PyImgur's name."""
        return self.budget.client_remaining

    @property
    def ratelimit_userlimit(self) -> int | None:
        """`budget.user_limit` under PyImgur's name."""
        return self.budget.user_limit

    @property
    def ratelimit_userremaining(self) -> int | None:
        """`budget.user_remaining` under PyImgur's name."""
        return self.budget.user_remaining

    @property
    def ratelimit_userreset(self) -> int | None:
        """`budget.user_reset` under PyImgur's name."""
        return self.budget.user_reset

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds tokens and is not pickled: pickle what it gave, and bind that to a client")

    def __repr__(self) -> str:
        if not hasattr(self, "_runner"):  # its constructor raised: a traceback shows it all the same
            return f"<{type(self).__name__}, not initialized>"
        who = "authorized" if self.access_token else "anonymous"
        return f"<{type(self).__name__} of {self.client_id!r} at {self.site.api}, {who}>"

    def bind(self, obj: O_co) -> O_co:
        """The same object, belonging to this client: what a pickle gave can fetch and call again."""
        bound = copy(obj)
        Bound.__init__(bound, self._runner)
        return bound

    @endpoint
    def get_credits(self) -> Request[Credits]:
        """The credits left, in Imgur's own words: UserLimit, UserRemaining, UserReset, ClientLimit, ClientRemaining."""
        return get("3/credits", Credits).costing(0)


class Imgur(Client[Sync]):
    """A program's way to Imgur; safe to share between threads.

    Args:
        client_id: the application's id.
        client_secret: its secret; needed to authorize by pin or code, and to refresh.
        access_token: a user's token, if there is one already.
        refresh_token: what gets a new one.
        mashape_key: a commercial application's key, under its older name.
        rapidapi_key: a commercial application's key.
        base_url: another Imgur, such as http://127.0.0.1:4648; by default the environment's
            PYIMGUR_BASE_URL, else the real one.
        allow_insecure: let tokens travel over plain http to another machine.
        timeout: seconds one read or write may take.
        deadline: seconds from the start of one attempt to the end of its answer; a retry starts anew.
        retries: how often a call that does no harm twice is tried again; 0 switches it off.
        limits: what to do when Imgur's credits are used up: raise, wait, or ignore it.
        token_store: where to save what an exchange or a refresh brings; see `from_store`.
        ledger: where to write uploads down before they are sent, so that a crash neither loses nor doubles one.
        clock: gives the unix time, for tests that move it.
        transport: an httpx2 transport to use instead of the network.

    Raises:
        ArgumentError: `base_url` is no address of a server.
        InsecureSiteError: plain http to another machine, and not `allow_insecure`.
    """

    @clears_locals
    def __init__(
        self,
        client_id: str,
        client_secret: str | None = None,
        access_token: str | None = None,
        refresh_token: str | None = None,
        mashape_key: str | None = None,
        rapidapi_key: str | None = None,
        *,
        base_url: str | Site | None = None,
        allow_insecure: bool = False,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        retries: int = 2,
        limits: Policy | PolicyName = DEFAULT_POLICY,
        token_store: TokenStore | None = None,
        ledger: Ledger | None = None,
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        state = make_state(
            client_id, client_secret, access_token, refresh_token, rapidapi_key or mashape_key,
            base_url=base_url, allow_insecure=allow_insecure, retries=retries, limits=limits,
            clock=clock, store=token_store,
        )  # fmt: skip
        self._driver = SyncExecutor(state, transport, timeout, deadline)
        super().__init__(self._driver)
        self._ledger = ledger

    @classmethod
    @clears_locals
    def from_store(
        cls,
        client_id: str,
        client_secret: str | None = None,
        *,
        account: str | None = None,
        store: TokenStore | None = None,
        **options: Any,
    ) -> Self:
        """A client that acts for a user who authorized this application before.

        Args:
            client_id: the application's id.
            client_secret: its secret; without it the token cannot be refreshed.
            account: which user; may be left out if there is only one.
            store: where the tokens are; by default the system's keyring, else the user's file.
            options: further arguments of the client. Tokens are found for its site only.

        Raises:
            NotAuthorizedError: nobody has authorized this application at this site, or several have.
        """
        return cls(client_id, client_secret, token_store=store or default_store(), **options)._load_stored_tokens(
            account
        )

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncImgur(Client[Async]):
    """As `Imgur`: its methods are awaited, its `.iter()` is walked with `async for`; each loop has its connections."""

    @clears_locals
    def __init__(
        self,
        client_id: str,
        client_secret: str | None = None,
        access_token: str | None = None,
        refresh_token: str | None = None,
        mashape_key: str | None = None,
        rapidapi_key: str | None = None,
        *,
        base_url: str | Site | None = None,
        allow_insecure: bool = False,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        retries: int = 2,
        limits: Policy | PolicyName = DEFAULT_POLICY,
        token_store: TokenStore | None = None,
        ledger: Ledger | None = None,
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        state = make_state(
            client_id, client_secret, access_token, refresh_token, rapidapi_key or mashape_key,
            base_url=base_url, allow_insecure=allow_insecure, retries=retries, limits=limits,
            clock=clock, store=token_store,
        )  # fmt: skip
        self._driver = AsyncExecutor(state, transport, timeout, deadline)
        super().__init__(self._driver)
        self._ledger = ledger

    @classmethod
    @clears_locals
    def from_store(
        cls,
        client_id: str,
        client_secret: str | None = None,
        *,
        account: str | None = None,
        store: TokenStore | None = None,
        **options: Any,
    ) -> Self:
        """As `Imgur.from_store`; reads the store at once, so make it before the loop is busy.

        Args:
            client_id: the application's id.
            client_secret: its secret; without it the token cannot be refreshed.
            account: which user; may be left out if there is only one.
            store: where the tokens are; by default the system's keyring, else the user's file.
            options: further arguments of the client. Tokens are found for its site only.

        Raises:
            NotAuthorizedError: nobody has authorized this application at this site, or several have.
        """
        return cls(client_id, client_secret, token_store=store or default_store(), **options)._load_stored_tokens(
            account
        )

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
