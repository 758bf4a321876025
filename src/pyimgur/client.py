"""`Imgur` and `AsyncImgur`: what a user makes first, with everything that belongs to no single thing.

Both have the same methods, defined once in `Client`; on an `AsyncImgur` they are awaited.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from secrets import token_hex
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from . import _flow, oauth
from ._drive import DEADLINE, TIMEOUT, AsyncRunner, SyncRunner
from ._endpoint import Async, Bound, M, Sync, action, endpoint
from ._media import Progress, Uploadable, source
from ._request import Flow, Refresh, Request, Together, get, post
from ._state import State
from ._upload import upload
from .budget import DEFAULT_POLICY, Budget, Policy
from .exceptions import AuthenticationError, ImgurError, NotAuthorizedError
from .objects import Album, Image, Object, User
from .objects.album import ImageLike, Layout, Privacy, ids_field, image_id, image_keys
from .sites import Site, choose
from .tokens import TokenStore, default_store

if TYPE_CHECKING:
    import httpx2

O_co = TypeVar("O_co", bound=Object[Any])
C = TypeVar("C", bound="Client[Any]")

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
    limits: Policy,
    clock: Callable[[], float],
    store: TokenStore | None,
) -> State:
    """What a client starts with; the site is checked before any secret can travel to it."""
    site = choose(base_url).check(allow_insecure=allow_insecure)
    commercial = key is not None and site.api.startswith("https://api.imgur.com")
    return State(
        site=site,
        client_id=client_id,
        client_secret=client_secret,
        access_token=access_token,
        refresh_token=refresh_token,
        retries=retries,
        limits=limits,
        store=store,
        gateway=GATEWAY if commercial else None,
        gateway_key=key,
        clock=clock,
    )


class Client(Bound[M]):
    """What `Imgur` and `AsyncImgur` share: their one definition of every call."""

    @property
    def DEFAULT_LIMIT(self) -> int:  # noqa: N802 - PyImgur's name
        """How many items a listing gives when called without `limit`; may be set."""
        return self._runner.state.default_limit

    @DEFAULT_LIMIT.setter
    def DEFAULT_LIMIT(self, limit: int) -> None:  # noqa: N802
        self._runner.state.default_limit = limit

    # ---- who asks

    @property
    def client_id(self) -> str:
        """The application's id."""
        return self._runner.state.client_id

    @property
    def client_secret(self) -> str | None:
        """The application's secret."""
        return self._runner.state.client_secret

    @property
    def access_token(self) -> str | None:
        """The user's token; None while nobody has authorized the application."""
        return self._runner.state.access_token

    @property
    def refresh_token(self) -> str | None:
        """What gets a new access token when the old one has ended."""
        return self._runner.state.refresh_token

    @property
    def site(self) -> Site:
        """Which Imgur this client talks to."""
        return self._runner.state.site

    @property
    def budget(self) -> Budget:
        """The credits left, as Imgur last told."""
        return self._runner.state.budget

    def __repr__(self) -> str:
        who = "authorized" if self.access_token else "anonymous"
        return f"<{type(self).__name__} of {self.client_id!r} at {self.site.api}, {who}>"

    def authorization_url(self, response: str, state: str = "") -> str:
        """The address to send a user to, so that they allow this application.

        Args:
            response: 'pin' (the user types a pin into the program), 'code' (Imgur sends the
                browser to the application's callback), or 'token' (as code, without a second step).
            state: comes back unchanged with the answer.

        Raises:
            ValueError: any other response.
        """
        return oauth.authorization_url(self.site.api, self.client_id, response, state)

    @action
    def exchange_pin(self, pin: str) -> Flow[oauth.Tokens]:
        """Trade the pin the user read for `(access_token, refresh_token)`, and act for the user from now on.

        Raises:
            AuthenticationError: the pin is wrong, used or too old.
            NotAuthorizedError: this client has no secret.
        """
        return _flow.authorize(self._runner.state, "pin", pin=pin.strip())

    @action
    def exchange_code(self, code: str) -> Flow[oauth.Tokens]:
        """Trade the code that came to the callback for `(access_token, refresh_token)`, and act for the user.

        Raises:
            AuthenticationError: the code is wrong, used or too old.
            NotAuthorizedError: this client has no secret.
        """
        return _flow.authorize(self._runner.state, "authorization_code", code=code.strip())

    @action
    def refresh_access_token(self) -> Flow[str]:
        """Get a new access token and give it; calls made with an old one do this by themselves.

        Raises:
            NotAuthorizedError: there is no refresh token or no client secret.
            AuthenticationError: Imgur does not know the refresh token any more.
        """
        state = self._runner.state
        yield Refresh(state.access_token)
        assert state.access_token is not None
        return state.access_token

    @action
    def use_redirect(self, address: str, *, state: str | None = None) -> Flow[str]:
        """Act for the user from now on with the token in the address their browser ended at (token flow).

        Returns:
            the access token.

        Raises:
            AuthenticationError: the user refused, or there is no token in it; a code belongs to `exchange_code`.
        """
        found = oauth.parse_redirect(address, state=state)
        if isinstance(found, str):
            raise AuthenticationError("this address holds a code, no token", hint="give the code to exchange_code")
        return (yield from _flow.use(self._runner.state, found)).access_token

    @action
    def use_token(self, token: oauth.Token) -> Flow[oauth.Token]:
        """Act for the user from now on with a token that was got elsewhere."""
        return _flow.use(self._runner.state, token)

    def change_authentication(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        access_token: str | None = None,
        refresh_token: str | None = None,
    ) -> None:
        """Go on as another application or user; what is None or empty becomes unset, but for the client id."""
        state = self._runner.state
        state.client_id = client_id or state.client_id
        state.client_secret = client_secret or None
        state.access_token = access_token or None
        state.refresh_token = refresh_token or None
        state.expires_at = None

    # ---- things, without asking for them yet

    def image(self, id: str) -> Image[M]:
        """The image of this id; its fields are fetched when they are first read (async: `await .load()`)."""
        return Image(self._runner, {"id": id}, loaded=False)

    def album(self, id: str) -> Album[M]:
        """The album of this id, nothing fetched yet."""
        return Album(self._runner, {"id": id}, loaded=False)

    def user(self, name: str) -> User[M]:
        """The user of this name ('me': the user who authorized this client), nothing fetched yet."""
        return User(self._runner, {"url": name}, loaded=False)

    def bind(self, obj: O_co) -> O_co:
        """The same object, belonging to this client: what a pickle gave can fetch and call again."""
        return type(obj)(self._runner, obj.raw, loaded=obj.__dict__["_loaded"])

    # ---- calls

    @endpoint
    def get_image(self, image_id: str) -> Request[Image[M]]:
        """The image of this id, with its fields.

        Raises:
            ResourceNotFoundError: there is none.
        """
        return get("3/image/{id}", Image[M], id=image_id)

    @endpoint
    def get_album(self, album_id: str) -> Request[Album[M]]:
        """The album of this id, with its images.

        Raises:
            ResourceNotFoundError: there is none, or it is secret and another user's.
        """
        return get("3/album/{id}", Album[M], id=album_id)

    @endpoint
    def get_user(self, username: str) -> Request[User[M]]:
        """The user of this name; 'me' is the user who authorized this client.

        Raises:
            ResourceNotFoundError: there is none.
        """
        return get("3/account/{name}", User[M], name=username)

    @endpoint
    def create_album(
        self,
        title: str | None = None,
        description: str | None = None,
        images: Sequence[ImageLike] | None = None,
        cover: ImageLike | None = None,
        privacy: Privacy | None = None,
        layout: Layout | None = None,
    ) -> Request[Album[M]]:
        """Make an album: the user's own, or without a user an anonymous one, edited by its delete hash.

        Args:
            title: at most 128 characters are kept.
            description: any text.
            images: what is in it, in this order; the user's own, or anonymous ones with their delete hashes.
            cover: the image that stands for the album.
            privacy: 'public', 'hidden' (by address only) or 'secret' (for its owner only).
            layout: how imgur.com once laid it out.
        """
        anonymous = self.access_token is None
        known = {"title": title, "description": description, "privacy": privacy}
        listed = None if images is None else image_keys(images, anonymous=anonymous)
        request = post("3/album", Album[M], cover=image_id(cover), layout=layout, **known, **ids_field(listed))
        return replace(request, known={name: value for name, value in known.items() if value is not None})

    @action
    def upload_image(
        self,
        path: Uploadable | None = None,
        url: str | None = None,
        title: str | None = None,
        description: str | None = None,
        album: Album[Any] | str | None = None,
        *,
        name: str | None = None,
        progress: Progress | None = None,
    ) -> Flow[Image[M]]:
        """Upload a picture or video and give it, as Imgur has it now.

        Args:
            path: a path, bytes, or a file opened in binary mode; read in steps, never whole.
            url: instead of `path`: an address Imgur fetches the picture from.
            title: at most 128 characters are kept.
            description: any text.
            album: where to put it: an album, its id, or without a user its delete hash.
            name: the file's name to keep, if not that of the file.
            progress: called with the bytes sent so far and in all (None: not known).

        Raises:
            FileError: the file is missing, empty or too large; nothing was sent.
            UnsupportedFileError: Imgur takes no such file.
            UploadUncertain: all was sent and no answer came; it may have arrived and is not sent again.
            ValueError: not exactly one of path and url was given.
        """
        if (path is None) == (url is None):
            raise ValueError("give either a path (or bytes, or an open file) or a url")
        fields = {"title": title, "description": description, "album": self._album_key(album), "name": name}
        request = post("3/image", Image[M], **fields, **({"image": url, "type": "url"} if url else {})).costing(10)
        if path is None:
            return (yield from _flow.call(self._runner, request))
        return (yield from upload(self._runner, replace(request, file=source(path)), token_hex(16), progress))

    @action
    def upload_images(
        self, files: Iterable[Uploadable], album: Album[Any] | str | None = None, *, concurrency: int = 4
    ) -> Flow[list[Image[M] | ImgurError]]:
        """Upload many, a few at a time; gives for each, in order, the picture or the error that stopped it.

        Args:
            files: what `upload_image` takes.
            album: where to put them all; they stand there in the order in which they arrived.
            concurrency: how many are on their way at once.
        """
        flows = [Client.upload_image.describe(self, file, album=album) for file in files]
        return (yield Together(flows, max(1, concurrency)))

    def _album_key(self, album: Album[Any] | str | None) -> str | None:
        if not isinstance(album, Album):
            return album
        return album.id if self.access_token else album.deletehash or album.id

    @endpoint
    def get_credits(self) -> Request[dict[str, Any]]:
        """The credits left, in Imgur's own words: UserLimit, UserRemaining, UserReset, ClientLimit, ClientRemaining."""
        return get("3/credits", dict[str, Any]).costing(0)


def _rate(field: str) -> property:
    return property(lambda self: getattr(self.budget, field), doc=f"`budget.{field}` under PyImgur's name.")


for _field in ("client_limit", "client_remaining", "user_limit", "user_remaining", "user_reset"):
    setattr(Client, f"ratelimit_{_field.replace('_', '')}", _rate(_field))


def recalled(client: C, account: str | None) -> C:
    """The client, acting for a user whose tokens its store has.

    Raises:
        NotAuthorizedError: nobody has authorized this application at this site, or several have.
    """
    state = client._runner.state  # pyright: ignore[reportPrivateUsage]
    state.account = account
    if not state.recall():
        who = f" as {account!r}" if account else ""
        raise NotAuthorizedError(f"nobody has authorized this program{who} at {state.site.api}: use pyimgur.login()")
    return client


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
        deadline: seconds a whole call may take.
        retries: how often a call that does no harm twice is tried again; 0 switches it off.
        limits: what to do when Imgur's credits are used up: raise, wait, or ignore it.
        token_store: where to save what an exchange or a refresh brings; see `from_store`.
        clock: gives the unix time, for tests that move it.
        transport: an httpx2 transport to use instead of the network.

    Raises:
        InsecureSiteError: plain http to another machine, and not `allow_insecure`.
    """

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
        limits: Policy = DEFAULT_POLICY,
        token_store: TokenStore | None = None,
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        state = make_state(
            client_id, client_secret, access_token, refresh_token, rapidapi_key or mashape_key,
            base_url=base_url, allow_insecure=allow_insecure, retries=retries, limits=limits,
            clock=clock, store=token_store,
        )  # fmt: skip
        self._driver = SyncRunner(state, transport, timeout, deadline)
        super().__init__(self._driver)

    @classmethod
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
        return recalled(cls(client_id, client_secret, token_store=store or default_store(), **options), account)

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncImgur(Client[Async]):
    """As `Imgur`, for one event loop: its methods are awaited, its `.iter()` is walked with `async for`."""

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
        limits: Policy = DEFAULT_POLICY,
        token_store: TokenStore | None = None,
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        state = make_state(
            client_id, client_secret, access_token, refresh_token, rapidapi_key or mashape_key,
            base_url=base_url, allow_insecure=allow_insecure, retries=retries, limits=limits,
            clock=clock, store=token_store,
        )  # fmt: skip
        self._driver = AsyncRunner(state, transport, timeout, deadline)
        super().__init__(self._driver)

    @classmethod
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
        return recalled(cls(client_id, client_secret, token_store=store or default_store(), **options), account)

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
