"""Imgur's own addresses, answered by a server of yours: for programs that know no other address than Imgur's.

    with relay("http://127.0.0.1:4648") as environment:
        subprocess.run(["gallery-dl", "https://imgur.com/a/x"], env={**os.environ, **environment})

A proxy on loopback takes what such a program sends to `imgur.com` and `*.imgur.com`, ends its TLS with a certificate
that only this program is told to trust, and hands the requests to the server: nothing in them is changed but `Host`.
All else passes unseen, or is refused. The authority that signs may sign for imgur.com alone, lives in memory, and is
gone with the block; nothing on the machine is changed.
"""

from __future__ import annotations

from .certificate_authority import CertificateAuthority
from .imgur_hosts import OtherHosts
from .proxy_environment import environment
from .relay_thread import relay

__all__ = ["CertificateAuthority", "OtherHosts", "environment", "relay"]
