"""Which addresses are public: others lead into the network that the bot runs in.

https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import ipaddress
import re
import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.aistudios.errors import AIStudiosError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the IPv4 address is in the last 32 bits
_NUMERIC_END = re.compile(r"(^|\.)([0-9]+|0[xX][0-9a-fA-F]*)\.?$")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnsafeAddress(AIStudiosError):
    """The bot refuses to connect to the address, or to one that it redirects or resolves to."""


class PublicResolver(AbstractResolver):
    """Resolves only names whose addresses are all public, so that no name leads into the bot's network."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolves a name. Raises UnsafeAddress if one of the addresses is not public; OSError if it is unknown."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public_literal(address["host"]) for address in found):
            raise UnsafeAddress(f"{host} is not a public host")
        return found

    async def close(self) -> None:
        """Closes the underlying resolver."""
        await self._resolver.close()


def looks_numeric(host: str) -> bool:
    """Whether the host is an IP address in some spelling, such as 2130706433 or 0x7f.1 (WHATWG URL §3.5)."""
    return ":" in host or _NUMERIC_END.search(host) is not None


def is_public_literal(host: str) -> bool:
    """Whether the host is a public IP address in its usual spelling."""
    try:
        return _is_public(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_public(address: IPAddress) -> bool:
    embedded = _embedded_ipv4(address)
    if embedded is not None:
        return _is_public(embedded)
    # Python counts multicast and some reserved ranges as global.
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded_ipv4(address: IPAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address embedded in an IPv6 address (mapped, 6to4 or NAT64); None if there is none."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
