"""`login()` and `login_async()`: let a user authorize the program, and return a client that acts for the user.

With a browser on this machine, Imgur redirects it to a server on a loopback port. Without one, the user types in a pin,
or pastes the URL that the browser was redirected to.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import webbrowser
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlencode

from .. import oauth
from .._core.request import check_choice
from .._traceback_locals import clears_locals
from .._transport.daemon_thread import run_in_daemon_thread
from ..exceptions import NotAuthorizedError
from ..tokens import CheckedTokenStore
from .callback_server import CallbackServer

if TYPE_CHECKING:
    from ..client import AsyncImgur, Imgur
    from ..sites import Site
    from ..tokens import TokenStore

T = TypeVar("T")

Way = Literal["code", "token", "pin", "paste"]
"""How the authorization gets back: by a redirect to a local server (code, token), or by the user (pin, paste)."""


@clears_locals
def login(
    client_id: str,
    client_secret: str | None = None,
    *,
    way: Way = "code",
    store: TokenStore | None = None,
    base_url: str | Site | None = None,
    port: int = 0,
    timeout: float = 300.0,
    show: Callable[[str], object] | None = None,
    ask: Callable[[str], str] = input,
    **options: Any,
) -> Imgur:
    """Let a user authorize the application, and return a client that acts for the user.

    Args:
        client_id: the application's id.
        client_secret: its secret; not needed for 'token'.
        way: 'code' and 'token' open a browser and wait on 127.0.0.1 for its redirect; the application's callback
            URL must then be http://127.0.0.1:PORT/ (a server of this package accepts any port). 'pin' and 'paste'
            prompt the user, who may use a browser on another machine.
        store: where to save the tokens, for `Imgur.from_store`; without one they are not saved.
        base_url: the URL of another Imgur than the environment's or the real one.
        port: the port to listen on; 0 for any free one.
        timeout: seconds to wait for the redirect.
        show: opens a URL; by default in the browser, or printed if there is none.
        ask: prompts the user for the pin or the URL.
        options: further arguments of `Imgur`.

    Raises:
        ArgumentError: `way` is another word.
        NotAuthorizedError: 'code' and 'pin' need a client_secret; the user was not asked.
        ImgurError: the store cannot save tokens; the user was not asked.
        AuthenticationError: the user refused, or the pin or code was not valid.
        NoAnswerError: there was no redirect in time.
    """
    from ..client import Imgur

    im = Imgur(client_id, client_secret, base_url=base_url, token_store=store, **options)
    grant = _wait_for_consent(im, way, store, port, timeout, show or _open, ask, threading.Event())
    if isinstance(grant, oauth.Token):
        im.use_token(grant)
    elif way == "pin":
        im.exchange_pin(grant)
    else:
        im.exchange_code(grant)
    return im


async def login_async(
    client_id: str,
    client_secret: str | None = None,
    *,
    way: Way = "code",
    store: TokenStore | None = None,
    base_url: str | Site | None = None,
    port: int = 0,
    timeout: float = 300.0,  # noqa: ASYNC109 - for the server, in its thread
    show: Callable[[str], object] | None = None,
    ask: Callable[[str], str] = input,
    **options: Any,
) -> AsyncImgur:
    """As `login`, for an `AsyncImgur`; the event loop is not blocked while the user decides."""
    from ..client import AsyncImgur

    im = AsyncImgur(client_id, client_secret, base_url=base_url, token_store=store, **options)
    del client_secret
    done = threading.Event()
    try:
        wait = partial(_wait_for_consent, im, way, store, port, timeout, show or _open, ask, done)
        grant = await asyncio.wrap_future(run_in_daemon_thread(wait, "imgur login"))
    finally:
        done.set()  # a cancelled login frees its port
    try:
        if isinstance(grant, oauth.Token):
            await im.use_token(grant)
        elif way == "pin":
            await im.exchange_pin(grant)
        else:
            await im.exchange_code(grant)
    finally:
        del grant
    return im


def _open(url: str) -> None:
    """Open a URL in the browser, or print it if there is none."""
    if not webbrowser.open(url):
        print(f"Open this URL in a browser:\n{url}")  # noqa: T201 - it is for the user


def _check_store(im: Imgur | AsyncImgur, way: Way, store: TokenStore | None) -> None:
    """Check, before the user is asked, that the consent can be used and its tokens can be saved."""
    check_choice("way", way, Way)
    if way in {"code", "pin"} and not im.client_secret:
        raise NotAuthorizedError(f"login by {way} needs a client_secret")
    if isinstance(store, CheckedTokenStore):
        store.check()


def _wait_for_consent(
    im: Imgur | AsyncImgur,
    way: Way,
    store: TokenStore | None,
    port: int,
    timeout: float,
    show: Callable[[str], object],
    ask: Callable[[str], str],
    done: threading.Event,
) -> oauth.Token | str:
    """Ask the user to authorize, and return the token, code or pin."""
    _check_store(im, way, store)
    if way == "pin":
        show(im.authorization_url("pin"))
        return ask("The pin that the page shows: ")
    state = secrets.token_urlsafe(16)
    if way == "paste":
        show(im.authorization_url("token", state))
        return oauth.parse_redirect(ask("The URL that the browser shows now: "), state=state)
    with closing(CallbackServer(port, state, done)) as server:
        url = im.authorization_url(way, state)
        show(f"{url}&{urlencode({'redirect_uri': server.url})}")
        return server.wait(timeout)
