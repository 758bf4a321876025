"""One call from nobody to a client that acts for a user: `login()`, and `login_async()`.

With a browser on this machine, Imgur sends it to a listener on a loopback port, which takes one
answer and stops. Without one, the user reads a pin, or pastes the address the browser ended at.
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
"""How the answer comes back: to a listener (code, token), or by the user's hands (pin, paste)."""


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
    """A client that acts for the user who allowed it just now.

    Args:
        client_id: the application's id.
        client_secret: its secret; not needed for 'token'.
        way: 'code' and 'token' open a browser and listen on 127.0.0.1 for its answer; the
            application's callback must then be http://127.0.0.1:PORT/ (a server of this package
            takes any port). 'pin' and 'paste' ask the user, who may sit at another machine.
        store: where to keep the tokens, for `Imgur.from_store`; without one they are kept nowhere.
        base_url: another Imgur than the environment's or the real one.
        port: where to listen; 0 takes any free port.
        timeout: seconds to wait for the browser's answer.
        show: what opens an address; by default the browser, or for 'pin' and 'paste' also a line of text.
        ask: what asks the user for the pin or the address.
        options: further arguments of `Imgur`.

    Raises:
        ArgumentError: there is no such way.
        NotAuthorizedError: 'code' and 'pin' need a client_secret; nobody was asked.
        ImgurError: the store can keep nothing; nobody was asked.
        AuthenticationError: the user refused, or the pin or code was not good.
        NoAnswerError: nobody answered in time.
    """
    from ..client import Imgur

    im = Imgur(client_id, client_secret, base_url=base_url, token_store=store, **options)
    proof = _wait_for_consent(im, way, store, port, timeout, show or _open, ask, threading.Event())
    if isinstance(proof, oauth.Token):
        im.use_token(proof)
    elif way == "pin":
        im.exchange_pin(proof)
    else:
        im.exchange_code(proof)
    return im


async def login_async(
    client_id: str,
    client_secret: str | None = None,
    *,
    way: Way = "code",
    store: TokenStore | None = None,
    base_url: str | Site | None = None,
    port: int = 0,
    timeout: float = 300.0,  # noqa: ASYNC109 - the listener's, in its thread
    show: Callable[[str], object] | None = None,
    ask: Callable[[str], str] = input,
    **options: Any,
) -> AsyncImgur:
    """As `login`, giving an `AsyncImgur`; the loop goes on while the user decides."""
    from ..client import AsyncImgur

    im = AsyncImgur(client_id, client_secret, base_url=base_url, token_store=store, **options)
    del client_secret
    ended = threading.Event()
    try:
        asking = partial(_wait_for_consent, im, way, store, port, timeout, show or _open, ask, ended)
        proof = await asyncio.wrap_future(run_in_daemon_thread(asking, "imgur login"))
    finally:
        ended.set()  # a login that was given up leaves its port
    try:
        if isinstance(proof, oauth.Token):
            await im.use_token(proof)
        elif way == "pin":
            await im.exchange_pin(proof)
        else:
            await im.exchange_code(proof)
    finally:
        del proof
    return im


def _open(address: str) -> None:
    """Show an address in the browser, and in words where there is none."""
    if not webbrowser.open(address):
        print(f"Open this URL in a browser:\n{address}")  # noqa: T201 - it is for the user


def _check_store(im: Imgur | AsyncImgur, way: Way, store: TokenStore | None) -> None:
    """Make sure that the consent will be good for something; a store that cannot be checked is not."""
    check_choice("way", way, Way)
    if way in {"code", "pin"} and not im.client_secret:
        raise NotAuthorizedError(f"a {way} is good for a token together with a client_secret only, and none is given")
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
    ended: threading.Event,
) -> oauth.Token | str:
    """What the user's consent came back as: a token, a code, or a pin."""
    _check_store(im, way, store)
    if way == "pin":
        show(im.authorization_url("pin"))
        return ask("The pin that the page shows: ")
    state = secrets.token_urlsafe(16)
    if way == "paste":
        show(im.authorization_url("token", state))
        return oauth.parse_redirect(ask("The URL that the browser shows now: "), state=state)
    with closing(CallbackServer(port, state, ended)) as listener:
        address = im.authorization_url(way, state)
        show(f"{address}&{urlencode({'redirect_uri': listener.address})}")
        return listener.wait(timeout)
