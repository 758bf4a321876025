"""A server on a loopback port that accepts one OAuth redirect from the browser."""

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
_FAILED = ("Not authorized", "This response belongs to another request, or you refused. Go back to the program.")
_SEND_FRAGMENT = """<script>
fetch("/fragment", {method: "POST", body: location.hash.slice(1) + "&" + location.search.slice(1)})
  .then(r => r.text()).then(t => { document.open(); document.write(t); document.close(); });
history.replaceState(null, "", location.pathname);
</script>"""
_MAX_FRAGMENT = 16 * 1024
"""Bytes of a fragment, which contains tokens."""


class CallbackServer:
    """Waits on a loopback port for the one redirect with our state; the caller sets `done` to give up.

    Args:
        port: 0 for any free port.
        state: the state that the redirect must have.
        done: set when there is a result, or by a caller that gives up.

    Raises:
        NoAnswerError: the port cannot be used.
    """

    def __init__(self, port: int, state: str, done: threading.Event) -> None:
        self.state = state
        self.result: oauth.Token | str | AuthenticationError | None = None
        self._done = done
        callback_server = self

        class Handler(_Handler):
            owner = callback_server

        try:
            self._server = _Server(("127.0.0.1", port), Handler)
        except OSError as error:
            raise NoAnswerError(
                f"cannot listen on port {port} of 127.0.0.1 ({error.strerror}): take another port, or 0 for any"
            ) from error
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def accept_redirect(self, url: str) -> bool:
        """Accept a redirect URL with our state, and return whether it authorizes; any other is ignored."""
        fields = oauth.redirect_fields(url)
        if not secrets.compare_digest(fields.get("state", "").encode(), self.state.encode()):
            return False
        if self.result is None:
            try:
                self.result = oauth.parse_redirect(url, state=self.state)
            except AuthenticationError as error:
                self.result = error
            self._done.set()
        return not isinstance(self.result, AuthenticationError)

    def wait(self, timeout: float) -> oauth.Token | str:
        """Wait for the redirect, and return its token or code.

        Raises:
            AuthenticationError: the user refused.
            NoAnswerError: there was no redirect within `timeout` seconds.
        """
        if not self._done.wait(timeout) or self.result is None:
            raise NoAnswerError(f"nobody authorized within {timeout:g} s: start again, or log in by pin instead")
        if isinstance(self.result, AuthenticationError):
            raise self.result
        return self.result

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    """Logs no connection errors: clients that disconnect or send no HTTP are not the browser."""

    daemon_threads = True
    request_queue_size = 128  # the default of 5 is soon used up by silent connections

    def handle_error(self, request: object, client_address: object) -> None: ...


class _Handler(http.server.BaseHTTPRequestHandler):
    """Serves the few pages for the browser; nothing of a request is ever shown or logged."""

    owner: CallbackServer
    timeout = 10

    def do_GET(self) -> None:
        """Accept the redirect, with a code or an error in its query, or else send the page that posts its fragment."""
        fields = oauth.redirect_fields(self.path)
        if urlsplit(self.path).path != "/":
            self._send_page(404, *_FAILED)
        elif "code" in fields or "error" in fields:
            self._send_result_page(self.owner.accept_redirect(self.path))
        else:
            self._send_page(200, "One moment …", _SEND_FRAGMENT)

    def do_POST(self) -> None:
        """Accept the fragment that the page has sent."""
        length = to_int(self.headers.get("Content-Length"))
        if self.path != "/fragment" or length is None or length > _MAX_FRAGMENT:
            self._send_page(404, *_FAILED)
            return
        self._send_result_page(self.owner.accept_redirect(f"/#{self.rfile.read(length).decode('utf-8', 'replace')}"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an invalid request."""
        self._send_page(code, *_FAILED)

    def _send_result_page(self, authorized: bool) -> None:
        self._send_page(200 if authorized else 400, *(_DONE if authorized else _FAILED))

    def _send_page(self, status: int, title: str, text: str) -> None:
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
        """Log nothing: URLs contain codes."""


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
