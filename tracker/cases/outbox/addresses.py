"""Where webhooks may go: http(s) and, unless it is allowed, no address inside; checked when the connection is made.

Names are resolved by our own resolver at every connection: a name that points elsewhere a minute later is caught then.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp import DefaultResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from tracker.errors import BadValue

MOST_URL = 500
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 behind NAT64
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressInside(OSError):
    """The receiver's name leads to an address that is not public."""


class OutsideResolver(AbstractResolver):
    """Resolves names and refuses those with any address that is not public."""

    def __init__(self) -> None:
        self._inner = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises AddressInside."""
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise AddressInside(f"{host} leads inside")
        return found

    async def close(self) -> None:
        """Release what the resolver holds."""
        await self._inner.close()


def checked_url(url: str, *, allow_private: bool) -> str:
    """The address of a receiver; raises BadValue."""
    allowed = "https://… or http://…, no name and password in it, no address inside"
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    is_good = parts.scheme in ("http", "https") and bool(host) and port != 0 and parts.username is None
    if not is_good or len(url) > MOST_URL or not url.isprintable():
        raise BadValue(field="url", value=url, allowed=allowed).because("webhook.url")
    if not allow_private and not may_be_public(host or ""):
        raise BadValue(field="url", value=url, allowed=allowed).because("webhook.inside")
    return url.strip()


def may_be_public(host: str) -> bool:
    """False for literal addresses that are not public and for names that never are; other names are resolved later."""
    try:
        return is_public(host)
    except ValueError:
        return "." in host and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))


def is_public(address: str) -> bool:
    """Whether the address, and the one inside it if any, is reached through the open network; raises ValueError."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in (ip, *_inside(ip)))


def _inside(ip: Address) -> list[Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    teredo = ip.teredo[1] if ip.teredo else None
    translated = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _TRANSLATED else None
    return [one for one in (ip.ipv4_mapped, ip.sixtofour, teredo, translated) if one is not None]
