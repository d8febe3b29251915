"""Who is at the other end of a request: address, encryption and origin, with or without a proxy in front."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web

_PROXY_MARKS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


class Peers:
    """Reads requests. Headers of a proxy count only when the connection comes from one of `trusted` (CIDR texts).

    `public_url` is the address under which people reach the server, or "" to take it from each request.
    """

    def __init__(self, *, trusted: Sequence[str] = (), public_url: str = "") -> None:
        self._trusted = [ipaddress.ip_network(text) for text in trusted]
        self._public_url = public_url.rstrip("/")

    def address(self, request: web.Request) -> str:
        """The caller's address: the connection's, or the last one that a trusted proxy did not add itself."""
        remote = request.remote or ""
        hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        while self._is_trusted(remote) and hops and hops[-1]:
            remote = hops.pop()
        return remote[:64]

    def is_secure(self, request: web.Request) -> bool:
        """Whether the browser speaks https."""
        if request.secure:
            return True
        forwarded = request.headers.get("X-Forwarded-Proto", "")
        return self._is_trusted(request.remote or "") and forwarded.lower() == "https"

    def is_local(self, request: web.Request) -> bool:
        """Whether the caller sits on this machine, and is not merely passed on by a proxy on it."""
        if any(mark in request.headers for mark in _PROXY_MARKS):
            return False
        ip = _ip(request.remote or "")
        return ip is not None and (ip.ipv4_mapped or ip if ip.version == 6 else ip).is_loopback

    def is_own_origin(self, request: web.Request, origin: str) -> bool:
        """Whether the Origin header names this server."""
        hosts = {request.host.lower(), urlsplit(self._public_url).netloc.lower()}
        if self._is_trusted(request.remote or ""):
            hosts.add(request.headers.get("X-Forwarded-Host", "").lower())
        netloc = _netloc(origin)
        return bool(netloc) and netloc in hosts

    def base_url(self, request: web.Request) -> str:
        """Scheme and host under which this caller's phones can reach the server, without a slash at the end."""
        scheme = "https" if self.is_secure(request) else "http"
        return self._public_url or f"{scheme}://{request.host}"

    def _is_trusted(self, address: str) -> bool:
        ip = _ip(address)
        return ip is not None and any(ip in network for network in self._trusted)


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
