"""The environment's proxies."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

from ..sites import LOOPBACK


def proxy_for(scheme: str, host: str) -> str | None:
    """Return the URL of the environment's proxy for this server; this machine is always reached directly."""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
