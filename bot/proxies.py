"""The proxy that the environment names: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as httpx reads them too."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

from yarl import URL

# aiohttp speaks to these. httpx refuses to start with another one.
_SCHEMES = frozenset({"http", "https"})


def proxy_for(address: URL) -> URL | None:
    """The proxy to ask for this address; None where it is to be reached directly."""
    if proxy_bypass(address.host or ""):
        return None
    proxies = getproxies()
    named = proxies.get(address.scheme) or proxies.get("all")
    if not named:
        return None
    proxy = URL(named if "://" in named else f"http://{named}")
    return proxy if proxy.scheme in _SCHEMES else None
