"""Redirect programs that only know imgur.com to your own server, with an HTTP proxy on this machine.

    with relay("http://127.0.0.1:4648") as environment:
        subprocess.run(["gallery-dl", "https://imgur.com/a/x"], env={**os.environ, **environment})

The proxy listens on loopback. It terminates TLS to `imgur.com` and `*.imgur.com` with a certificate that only this
program trusts, and forwards the requests to the server with a new `Host` header. Connections to other hosts are
tunneled unread, or refused. The certificate authority may sign for Imgur's names only. Its key exists only in memory,
and only until the block ends; nothing on the machine is changed.
"""

from __future__ import annotations

from .certificate_authority import CertificateAuthority
from .imgur_hosts import OtherHosts
from .proxy_environment import environment
from .relay_thread import relay

__all__ = ["CertificateAuthority", "OtherHosts", "environment", "relay"]
