"""Waits on a loopback port for the browser that comes back from a consent page, takes one answer, and stops."""

from __future__ import annotations

import http.server
import secrets
import threading
from urllib.parse import urlsplit

from .. import oauth
from .._core.decode import to_int
from ..exceptions import AuthenticationError, NoAnswerError

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


class CallbackServer:
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

    def accept_redirect(self, address: str) -> bool:
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
            raise NoAnswerError(f"nobody allowed access within {timeout:g} s: start again, or ask for a pin instead")
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

    owner: CallbackServer
    timeout = 10

    def do_GET(self) -> None:
        """The redirect: with a code or an error in the query, or with everything in the fragment."""
        fields = oauth.redirect_fields(self.path)
        if urlsplit(self.path).path != "/":
            self._answer(404, *_FAILED)
        elif "code" in fields or "error" in fields:
            self._send_result_page(self.owner.accept_redirect(self.path))
        else:
            self._answer(200, "One moment …", _HAND_OVER)

    def do_POST(self) -> None:
        """The fragment, handed over by the page."""
        length = to_int(self.headers.get("Content-Length"))
        if self.path != "/fragment" or length is None or length > _LARGEST:
            self._answer(404, *_FAILED)
            return
        self._send_result_page(self.owner.accept_redirect(f"/#{self.rfile.read(length).decode('utf-8', 'replace')}"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no request that a browser makes."""
        self._answer(code, *_FAILED)

    def _send_result_page(self, good: bool) -> None:
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
