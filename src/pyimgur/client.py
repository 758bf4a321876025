"""The clients `Imgur` and `AsyncImgur`.

Both have the same methods, which `Client` and its bases in `resources` define once; on `AsyncImgur` they are awaited.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from ._core.endpoint import Async, HasExecutor, M, Sync, endpoint
from ._core.request import Request, get
from ._policy.client_state import ClientState
from ._traceback_locals import clears_locals
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
from .resources.gallery_search import GallerySearchCalls
from .resources.image import ImageCalls
from .resources.link_states import LinkStateCalls
from .resources.memes import MemeCalls
from .resources.notification import NotificationCalls
from .resources.oembed import OEmbedCalls
from .resources.post_v1 import PostV1Calls
from .resources.raw_request import RawCalls
from .resources.subreddits import SubredditCalls
from .resources.tag import TagCalls
from .resources.topic import TopicCalls
from .resources.typed_dicts import Credits
from .resources.uploads import UploadCalls
from .resources.user import UserCalls
from .sites import Site, choose
from .tokens import TokenStore, default_store

if TYPE_CHECKING:
    import httpx2

    from ._transport.async_executor import AsyncExecutor
    from .ledger import Ledger

O_co = TypeVar("O_co", bound=Object[Any])

GATEWAY = "https://imgur-apiv3.p.rapidapi.com"
"""The base URL of the API for commercial applications; they still authorize at Imgur."""


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
    cookie: str | None = None,
) -> ClientState:
    """Create the state of a client; the site is checked before any secret can be sent to it.

    Raises:
        ArgumentError: `base_url` is not the URL of a server.
        InsecureSiteError: the site is neither https nor on this machine, and not `allow_insecure`.
    """
    site = choose(base_url).check(allow_insecure=allow_insecure)
    commercial = key is not None and site.api.startswith("https://api.imgur.com")
    return ClientState(
        site=site,
        client_id=client_id or "",  # programs without settings pass None; calls that need the id raise
        client_secret=client_secret,
        access_token=access_token,
        refresh_token=refresh_token,
        retries=retries,
        limits=limits if isinstance(limits, Policy) else Policy(limits),
        store=store,
        gateway=GATEWAY if commercial else None,
        gateway_key=key,
        cookie=cookie,
        clock=clock,
    )


class Client(
    AuthorizationCalls[M],
    DownloadCalls[M],
    LinkStateCalls[M],
    ImageCalls[M],
    AlbumCalls[M],
    OEmbedCalls[M],
    GalleryCalls[M],
    GallerySearchCalls[M],
    SubredditCalls[M],
    MemeCalls[M],
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
    """The common base of `Imgur` and `AsyncImgur`: every call, defined once."""

    @property
    def DEFAULT_LIMIT(self) -> int:  # noqa: N802 - PyImgur's name
        """The number of items that a list method returns without `limit`; can be set."""
        return self._executor.state.default_limit

    @DEFAULT_LIMIT.setter
    def DEFAULT_LIMIT(self, limit: int) -> None:  # noqa: N802
        self._executor.state.default_limit = limit

    @property
    def site(self) -> Site:
        """The site that this client uses."""
        return self._executor.state.site

    @property
    def base_url(self) -> str:
        """The base URL of the API: of the site, or for a commercial application of the gateway."""
        return self._executor.state.gateway or self.site.api

    @property
    def budget(self) -> Budget:
        """The credits left, from the last response that reported them."""
        return self._executor.state.credits.budget

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
        raise TypeError("a client holds tokens and cannot be pickled: pickle its objects, and bind them to a client")

    def __repr__(self) -> str:
        if not hasattr(self, "_executor"):  # the constructor raised, and a traceback shows its locals
            return f"<{type(self).__name__}, not initialized>"
        who = "authorized" if self.access_token else "anonymous"
        return f"<{type(self).__name__} of {self.client_id!r} at {self.site.api}, {who}>"

    def bind(self, obj: O_co) -> O_co:
        """Return a copy of an object that belongs to this client, so that unpickled objects can make calls again."""
        bound = copy(obj)
        HasExecutor.__init__(bound, self._executor)
        return bound

    @endpoint
    def get_credits(self) -> Request[Credits]:
        """Return the credits left: UserLimit, UserRemaining, UserReset, ClientLimit and ClientRemaining."""
        return get("3/credits", Credits).costing(0)


class Imgur(Client[Sync]):
    """The synchronous client; threads can share it.

    Args:
        client_id: the application's id.
        client_secret: its secret; needed to authorize by pin or code, and to refresh tokens.
        access_token: a user's access token, if there is one already.
        refresh_token: the token that gets a new access token.
        mashape_key: a commercial application's key, under its older name.
        rapidapi_key: a commercial application's key.
        base_url: another site, such as http://127.0.0.1:4648; by default the environment variable PYIMGUR_BASE_URL,
            otherwise imgur.com.
        allow_insecure: allow sending tokens over plain http to another machine.
        timeout: seconds that one read or write may take.
        deadline: seconds from the start of an attempt to the end of its response; each retry has its own.
        retries: how often an idempotent call is retried; 0 disables retries.
        limits: what to do when Imgur's credits are used up: raise, wait, or ignore it.
        token_store: where to save tokens after an exchange or a refresh; see `from_store`.
        ledger: where to record uploads before they are sent, so that a crash neither loses nor repeats one.
        cookie: the `Cookie` header of a browser that is signed in, sent with API calls to this site only, and secret.
        clock: returns the unix time; tests can replace it.
        transport: an httpx2 transport to use instead of the network.

    Raises:
        ArgumentError: `base_url` is not the URL of a server.
        InsecureSiteError: `base_url` is plain http to another machine, and not `allow_insecure`.
    """

    _executor: SyncExecutor  # pyright: ignore[reportIncompatibleVariableOverride] - set once

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
        cookie: str | None = None,
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        state = make_state(
            client_id, client_secret, access_token, refresh_token, rapidapi_key or mashape_key,
            base_url=base_url, allow_insecure=allow_insecure, retries=retries, limits=limits,
            clock=clock, store=token_store, cookie=cookie,
        )  # fmt: skip
        super().__init__(SyncExecutor(state, transport, timeout, deadline))
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
        """Return a client that acts for a user who authorized this application before.

        Args:
            client_id: the application's id.
            client_secret: its secret; without it the token cannot be refreshed.
            account: the name of the user; can be omitted if there is only one.
            store: the token store; by default the system's keyring, otherwise the user's file.
            options: further arguments of the client. Only tokens for its site are used.

        Raises:
            NotAuthorizedError: nobody has authorized this application at this site, or several have.
        """
        return cls(client_id, client_secret, token_store=store or default_store(), **options)._load_stored_tokens(
            account
        )

    def close(self) -> None:
        """Close the connections; later calls open new ones."""
        self._executor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncImgur(Client[Async]):
    """The asynchronous client: its methods are awaited, `.iter()` is used with `async for`.

    The arguments are those of `Imgur`. Each event loop has its own connections.
    """

    _executor: AsyncExecutor  # pyright: ignore[reportIncompatibleVariableOverride] - set once

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
        cookie: str | None = None,
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        state = make_state(
            client_id, client_secret, access_token, refresh_token, rapidapi_key or mashape_key,
            base_url=base_url, allow_insecure=allow_insecure, retries=retries, limits=limits,
            clock=clock, store=token_store, cookie=cookie,
        )  # fmt: skip
        from ._transport.async_executor import AsyncExecutor  # here, as asyncio is slow to import

        super().__init__(AsyncExecutor(state, transport, timeout, deadline))
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
        """Return a client that acts for a user who authorized this application before.

        This reads the token store synchronously, so call it before the event loop is busy.

        Args:
            client_id: the application's id.
            client_secret: its secret; without it the token cannot be refreshed.
            account: the name of the user; can be omitted if there is only one.
            store: the token store; by default the system's keyring, otherwise the user's file.
            options: further arguments of the client. Only tokens for its site are used.

        Raises:
            NotAuthorizedError: nobody has authorized this application at this site, or several have.
        """
        return cls(client_id, client_secret, token_store=store or default_store(), **options)._load_stored_tokens(
            account
        )

    async def close(self) -> None:
        """Close the connections; later calls open new ones."""
        await self._executor.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
