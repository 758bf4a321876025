"""The environment variables that make a program use the relay and trust its certificate.

Programs read different variables. A CA bundle in a variable replaces the system's, so the relay's bundle has the
system's certificates too. Plain HTTP bypasses the relay, because the relay could read it, unless the relay reaches no
host except Imgur's.
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
"""Makes Node.js read the proxy variables (22.21, 24.5 and later)."""
SYSTEM_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def environment(proxy: str, bundle: Path, inherited: Mapping[str, str], *, server: str, plain: bool) -> dict[str, str]:
    """Return the variables to add to a program's environment.

    Args:
        proxy: the proxy's URL.
        bundle: the CA bundle.
        inherited: the environment so far.
        server: the host of the server, whose links bypass the proxy.
        plain: whether plain HTTP goes through the relay too.
    """
    return {
        **dict.fromkeys((*PROXY, *(PLAIN_PROXY if plain else ())), proxy),
        **dict.fromkeys(DIRECT, ",".join(dict.fromkeys((*LOOPBACK, server, *_no_proxy(inherited))))),
        **dict.fromkeys(TRUST, str(bundle)),
        **NODE,
    }


def _no_proxy(inherited: Mapping[str, str]) -> Iterable[str]:
    """Return the hosts that bypass a proxy already, without entries that cover Imgur's hosts."""
    entries = ",".join(inherited.get(name, "") for name in DIRECT).replace(" ", ",").split(",")
    return (entry for entry in entries if entry and not any(_covers(entry.lower(), name) for name in NAMES))


def _covers(entry: str, name: str) -> bool:
    """Return whether an entry of NO_PROXY matches a host name, or any of its subdomains."""
    suffix, host = entry.lstrip("*").lstrip(".").partition(":")[0], name.removeprefix("*.")
    return not suffix or host == suffix or host.endswith(f".{suffix}") or suffix.endswith(f".{host}")


def ca_bundle(inherited: Mapping[str, str]) -> bytes:
    """Return the CA certificates that programs trust without the relay: the environment's bundle, or the system's."""
    in_environment = [path for name in TRUST if (path := inherited.get(name))]
    of_system = [path for path in (ssl.get_default_verify_paths().cafile, *SYSTEM_BUNDLES) if path]
    for path in (*in_environment, *of_system):
        if Path(path).is_file():
            return Path(path).read_bytes()
    certificates = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, certificates)).encode()
