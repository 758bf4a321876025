"""What a program's environment must say, so that it goes through the relay and trusts it; nothing else is needed.

Programs differ in the variable they read. Those that name a file of authorities replace the usual ones by it: so that
file holds the usual ones as well.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

PROXY = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
DIRECT = ("NO_PROXY", "no_proxy")
TRUST = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NODE = {"NODE_USE_ENV_PROXY": "1"}
"""Node reads the proxy of its environment only when told so (22.21, 24.5 and later)."""
USUAL = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def environment(proxy: str, bundle: Path) -> dict[str, str]:
    """The variables to add; links that the server gives lead straight to it, past the proxy."""
    return {
        **dict.fromkeys(PROXY, proxy),
        **dict.fromkeys(DIRECT, ",".join(LOOPBACK)),
        **dict.fromkeys(TRUST, str(bundle)),
        **NODE,
    }


def authorities(inherited: Mapping[str, str]) -> bytes:
    """The certificates that are trusted so far, as one file: what the environment names, else the system's."""
    named = [path for name in TRUST if (path := inherited.get(name))]
    usual = [path for path in (ssl.get_default_verify_paths().cafile, *USUAL) if path]
    for path in (*named, *usual):
        if Path(path).is_file():
            return Path(path).read_bytes()
    return b""
