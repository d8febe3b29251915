"""A limit on attempts per key, with bounded memory."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

from tracker.errors import TooMany

MOST_KEYS = 10_000  # about 2 MB; beyond it the key that was quiet longest is forgotten


class AttemptLimiter:
    """At most `limit` attempts for one key in a window of `window_ms` that begins with its first attempt."""

    def __init__(self, *, limit: int, window_ms: int, most_keys: int = MOST_KEYS) -> None:
        self._limit = limit
        self._window_ms = window_ms
        self._most_keys = most_keys
        self._windows: OrderedDict[str, tuple[int, int]] = OrderedDict()  # key -> (window's end in ms, attempts)

    def check(self, key: str, now_ms: int) -> None:
        """Raise TooMany when the key has used up its attempts; counts nothing."""
        ends_ms, count = self._windows.get(key, (0, 0))
        if now_ms < ends_ms and count >= self._limit:
            raise TooMany("too many attempts from this address", retry_after_s=-((now_ms - ends_ms) // 1000))

    def count(self, key: str, now_ms: int) -> None:
        """Note one attempt."""
        ends_ms, count = self._windows.get(key, (0, 0))
        if now_ms >= ends_ms:
            ends_ms, count = now_ms + self._window_ms, 0
        self._windows[key] = (ends_ms, count + 1)
        self._windows.move_to_end(key)
        if len(self._windows) > self._most_keys:
            self._windows.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take one attempt back: it turned out well."""
        if key in self._windows:
            ends_ms, count = self._windows[key]
            self._windows[key] = (ends_ms, max(0, count - 1))

    def __len__(self) -> int:
        return len(self._windows)


def address_key(address: str) -> str:
    """One caller's address as a limiter key: IPv6 by its /64, which one subscriber owns as a whole."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return address
