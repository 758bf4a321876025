"""What a program's environment must say, so that it goes through the relay and trusts it; nothing else is needed.

Programs differ in the variable they read. Those that name a file of authorities replace the usual ones by it: so that
file holds the usual ones as well. What is said without TLS goes its usual way, for the relay would have to read it;
only where nothing but Imgur may be reached is it led through the relay, too.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from .imgur_hosts import NAMES

PROXY = ("HTTPS_PROXY", "https_proxy")
PLAIN_PROXY = ("HTTP_PROXY", "http_proxy")
DIRECT = ("NO_PROXY", "no_proxy")
TRUST = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PERL_LWP_SSL_CA_FILE")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NODE = {"NODE_USE_ENV_PROXY": "1"}
"""Node reads the proxy of its environment only when told so (22.21, 24.5 and later)."""
USUAL = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def environment(proxy: str, bundle: Path, inherited: Mapping[str, str], *, server: str, plain: bool) -> dict[str, str]:
    """The variables to add.

    Args:
        proxy: its address.
        bundle: the file of authorities.
        inherited: what the program's environment says so far.
        server: the host that links of the server lead to: they pass by the proxy.
        plain: whether requests without TLS are led through the relay, too.
    """
    return {
        **dict.fromkeys((*PROXY, *(PLAIN_PROXY if plain else ())), proxy),
        **dict.fromkeys(DIRECT, ",".join(dict.fromkeys((*LOOPBACK, server, *_no_proxy(inherited))))),
        **dict.fromkeys(TRUST, str(bundle)),
        **NODE,
    }


def _no_proxy(inherited: Mapping[str, str]) -> Iterable[str]:
    """Hosts that go past a proxy already, save where Imgur is among them."""
    named = ",".join(inherited.get(name, "") for name in DIRECT).replace(" ", ",").split(",")
    return (each for each in named if each and not any(_covers(each.lower(), name) for name in NAMES))


def _covers(entry: str, name: str) -> bool:
    """Whether an entry of NO_PROXY says a name, or a part that ends it."""
    part, host = entry.lstrip("*").lstrip(".").partition(":")[0], name.removeprefix("*.")
    return not part or host == part or host.endswith(f".{part}") or part.endswith(f".{host}")


def ca_bundle(inherited: Mapping[str, str]) -> bytes:
    """The certificates that are trusted so far, as one file: what the environment names, else the system's."""
    named = [path for name in TRUST if (path := inherited.get(name))]
    usual = [path for path in (ssl.get_default_verify_paths().cafile, *USUAL) if path]
    for path in (*named, *usual):
        if Path(path).is_file():
            return Path(path).read_bytes()
    found = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, found)).encode()
