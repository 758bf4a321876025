"""One call from nobody to a client that acts for a user: `login()`, and `login_async()`.

With a browser on this machine, Imgur sends it to a listener on a loopback port, which takes one
answer and stops. Without one, the user reads a pin, or pastes the address the browser ended at.
"""

from __future__ import annotations

import asyncio
import http.server
import secrets
import threading
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlencode, urlsplit

from . import oauth
from ._decode import whole
from .exceptions import AuthenticationError, NoAnswerError

if TYPE_CHECKING:
    from .client import AsyncImgur, Imgur
    from .sites import Site
    from .tokens import TokenStore

T = TypeVar("T")

Way = Literal["code", "token", "pin", "paste"]
"""How the answer comes back: to a listener (code, token), or by the user's hands (pin, paste)."""

_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><body><main><h1>{title}</h1><p>{text}</p>"
)
_DONE = ("Authorized", "You can close this page and go back to the program.")
_FAILED = ("Not authorized", "This answer belongs to another request, or you refused. Go back to the program.")
_HAND_OVER = """<script>
fetch("/fragment", {method: "POST", body: location.hash.slice(1) + "&" + location.search.slice(1)})
  .then(r => r.text()).then(t => { document.open(); document.write(t); document.close(); });
history.replaceState(null, "", location.pathname);
</script>"""
_LARGEST = 16 * 1024


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
        AuthenticationError: the user refused, or the pin or code was not good.
        NoAnswerError: nobody answered in time.
    """
    from .client import Imgur

    im = Imgur(client_id, client_secret, base_url=base_url, token_store=store, **options)
    proof = _ask(im, way, port, timeout, show or _open, ask, threading.Event())
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
    from .client import AsyncImgur

    im = AsyncImgur(client_id, client_secret, base_url=base_url, token_store=store, **options)
    ended = threading.Event()
    try:
        proof = await _meanwhile(lambda: _ask(im, way, port, timeout, show or _open, ask, ended))
    finally:
        ended.set()  # a login that was given up leaves its port
    if isinstance(proof, oauth.Token):
        await im.use_token(proof)
    elif way == "pin":
        await im.exchange_pin(proof)
    else:
        await im.exchange_code(proof)
    return im


async def _meanwhile(work: Callable[[], T]) -> T:
    """What this gives, from a thread that no program waits for at its end: people may never answer."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            given = work()
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(given)

    outcome.set_running_or_notify_cancel()  # from here on nobody cancels it, and it can always be told
    threading.Thread(target=run, name="imgur login", daemon=True).start()
    return await asyncio.wrap_future(outcome)


def _open(address: str) -> None:
    """Show an address in the browser, and in words where there is none."""
    if not webbrowser.open(address):
        print(f"Open this address in a browser:\n{address}")  # noqa: T201 - it is for the user


def _ask(
    im: Imgur | AsyncImgur,
    way: Way,
    port: int,
    timeout: float,
    show: Callable[[str], object],
    ask: Callable[[str], str],
    ended: threading.Event,
) -> oauth.Token | str:
    """What the user's consent came back as: a token, a code, or a pin."""
    if way == "pin":
        show(im.authorization_url("pin"))
        return ask("The pin that the page shows: ")
    state = secrets.token_urlsafe(16)
    if way == "paste":
        show(im.authorization_url("token", state))
        return oauth.parse_redirect(ask("The address that the browser shows now: "), state=state)
    with closing(_Listener(port, state, ended)) as listener:
        address = im.authorization_url(way, state)
        show(f"{address}&{urlencode({'redirect_uri': listener.address})}")
        return listener.wait(timeout)


class _Listener:
    """Waits on a loopback port for the one answer that carries our state, or until `ended` is set by who gives up."""

    def __init__(self, port: int, state: str, ended: threading.Event) -> None:
        self.state = state
        self.found: oauth.Token | str | AuthenticationError | None = None
        self._ended = ended
        listener = self

        class Handler(_Handler):
            owner = listener

        try:
            self._server = _Server(("127.0.0.1", port), Handler)
        except OSError as error:
            raise NoAnswerError(
                f"cannot listen on port {port} of 127.0.0.1 ({error.strerror}): take another port, or 0 for any"
            ) from error
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def offer(self, address: str) -> bool:
        """Take an answer if it carries our state; anything else is not ours and changes nothing."""
        fields = oauth.redirect_fields(address)
        if not secrets.compare_digest(fields.get("state", "").encode(), self.state.encode()):
            return False
        if self.found is None:
            try:
                self.found = oauth.parse_redirect(address, state=self.state)
            except AuthenticationError as error:
                self.found = error
            self._ended.set()
        return not isinstance(self.found, AuthenticationError)

    def wait(self, timeout: float) -> oauth.Token | str:
        """The answer.

        Raises:
            AuthenticationError: the user refused.
            NoAnswerError: none came in time.
        """
        if not self._ended.wait(timeout) or self.found is None:
            raise NoAnswerError(
                f"nobody allowed the program within {timeout:g} s: start again, or ask for a pin instead"
            )
        if isinstance(self.found, AuthenticationError):
            raise self.found
        return self.found

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    """Says nothing of those who break off, or speak no HTTP: they are not the browser that is waited for."""

    daemon_threads = True
    request_queue_size = 128  # the usual 5 are soon taken by others that say nothing

    def handle_error(self, request: object, client_address: object) -> None: ...


class _Handler(http.server.BaseHTTPRequestHandler):
    """The few pages the browser sees; nothing from a request is ever shown or logged."""

    owner: _Listener
    timeout = 10

    def do_GET(self) -> None:
        """The redirect: with a code or an error in the query, or with everything in the fragment."""
        fields = oauth.redirect_fields(self.path)
        if urlsplit(self.path).path != "/":
            self._answer(404, *_FAILED)
        elif "code" in fields or "error" in fields:
            self._tell(self.owner.offer(self.path))
        else:
            self._answer(200, "One moment …", _HAND_OVER)

    def do_POST(self) -> None:
        """The fragment, handed over by the page."""
        length = whole(self.headers.get("Content-Length"))
        if self.path != "/fragment" or length is None or length > _LARGEST:
            self._answer(404, *_FAILED)
            return
        self._tell(self.owner.offer(f"/#{self.rfile.read(length).decode('utf-8', 'replace')}"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no request that a browser makes."""
        self._answer(code, *_FAILED)

    def _tell(self, good: bool) -> None:
        self._answer(200 if good else 400, *(_DONE if good else _FAILED))

    def _answer(self, status: int, title: str, text: str) -> None:
        body = _PAGE.format(title=title, text=text).encode()
        self.send_response(status)
        for name, value in _HEADERS:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: addresses hold codes."""


_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
    ),
    ("Connection", "close"),
)
