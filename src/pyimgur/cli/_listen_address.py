"""The listen address and TLS of `serve`, and the rules that keep it from sending passwords unencrypted."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ._errors import CommandError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_BIND = {
    errno.EADDRINUSE: "port {port} of {host} is in use: stop what uses it, or pass --port 0 for a free one",
    errno.EACCES: "this user may not listen on port {port}: pass --port with a number above 1023",
    errno.EADDRNOTAVAIL: "{host} is not an address of this machine: pass --host 127.0.0.1, or one that is",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenPlan:
    """The options of `serve` that decide who can reach the server, and how."""

    host: str
    loopback: bool
    """Whether only this machine can reach `host`."""
    public_url: str | None = None
    cert: Path | None = None
    key: Path | None = None
    proxy: str | None = None
    insecure: bool = False
    open: bool | None = None
    anybody: bool = False

    @property
    def exposed(self) -> bool:
        """Whether other machines are meant to reach the server: by address, by name, or through a proxy."""
        named_elsewhere = self.public_url is not None and not is_loopback(urlsplit(self.public_url).hostname or "")
        return not self.loopback or named_elsewhere or self.proxy is not None

    @property
    def allows_sign_up(self) -> bool:
        """Whether anybody may sign up and any client id is accepted."""
        return not self.exposed if self.open is None else self.open

    @property
    def scheme(self) -> str:
        """The scheme of the server itself, which may differ from the one of a proxy before it."""
        return "https" if self.cert else "http"


def reason_to_refuse(plan: ListenPlan) -> str | None:
    """Return why a server must not run like this, or None if it may."""
    public = urlsplit(plan.public_url or "").scheme
    tls = bool(plan.cert and plan.key)
    rules = (
        (bool(plan.cert) != bool(plan.key), "--tls-cert and --tls-key go together: pass both"),
        (tls and plan.insecure, "--insecure-http contradicts --tls-cert: leave one out"),
        (
            plan.exposed and not (plan.public_url and (tls or plan.proxy or plan.insecure)),
            (
                f"a server that others can reach (--host {plan.host}) needs --public-url with the address they use, "
                "and one of --tls-cert with --tls-key, --behind-proxy ADDR, or --insecure-http, with which passwords "
                "can be read in transit"
            ),
        ),
        (tls and public == "http", "with --tls-cert, the --public-url must begin with https://"),
        (
            public == "https" and not (tls or plan.proxy),
            (
                "an https --public-url needs --tls-cert with --tls-key, or the address of the proxy that serves "
                "https: --behind-proxy ADDR"
            ),
        ),
        (
            public == "http" and plan.exposed and not plan.insecure,
            "with an http --public-url passwords can be read in transit: make it https, or pass --insecure-http",
        ),
        (
            plan.exposed and plan.open is True and not plan.anybody,
            "--open lets everybody who can reach this server sign up and upload: to allow that, pass --anybody too",
        ),
    )
    return next((sentence for wrong, sentence in rules if wrong), None)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach that host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def public_url(text: str) -> str:
    """Return the URL as links and the Origin header spell it: without a default port and a slash at the end.

    Raises:
        ValueError: it is not the http(s) URL of a host.
    """
    parts = urlsplit(text)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not _plain(parts):
        raise ValueError(f"{text!r} is not the URL of a server: write it like https://img.example.org")
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{_bracketed(parts.hostname)}{port}"


def _plain(parts: SplitResult) -> bool:
    return parts.path in {"", "/"} and not parts.query and not parts.fragment and "@" not in parts.netloc


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def local_url(plan: ListenPlan, listener: socket.socket) -> str:
    """Return the URL of the server on this machine: the host as it was passed, and the actual port."""
    return f"{plan.scheme}://{_bracketed(plan.host)}:{listener.getsockname()[1]}"


def proxy_address(text: str) -> str:
    """Return the address of a proxy, or of a network like 10.0.0.0/8, whose forwarded headers are trusted.

    Raises:
        ValueError: the text is neither.
    """
    return str(ipaddress.ip_network(text)) if "/" in text else str(ipaddress.ip_address(text))


def resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Return the address family and the address to listen on; IPv4 first.

    Raises:
        CommandError: there is no such host.
    """
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CommandError(
            f"there is no host {host!r}: pass --host 127.0.0.1, or an address of this machine"
        ) from error
    # "localhost" is listed with ::1 first, which many programs do not try.
    family, _, _, _, address = min(infos, key=lambda info: info[0] != socket.AF_INET)
    return family, (str(address[0]), port)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to host and port, not yet listening; port 0 means any free one.

    Raises:
        CommandError: the address is in use, not of this machine, or not allowed.
    """
    family, address = resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        sentence = _BIND.get(error.errno or 0, "cannot listen on port {port} of {host}: " + (error.strerror or ""))
        raise CommandError(sentence.format(host=host, port=port)) from error
    return listener


def tls(cert: Path, key: Path) -> ssl.SSLContext:
    """Return the TLS context of a server with this certificate and key.

    Raises:
        CommandError: the files cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        for file in (cert, key):
            file.open("rb").close()
        context.load_cert_chain(cert, key, password=lambda: "")
    except ssl.SSLError as error:
        reason = error.reason or "unreadable"
        raise CommandError(
            f"{cert} and {key} are not a certificate and its key in PEM format without a password ({reason})"
        ) from error
    except OSError as error:
        raise CommandError(
            f"{error.filename} cannot be read ({error.strerror}): check --tls-cert and --tls-key"
        ) from error
    return context
