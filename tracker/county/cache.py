"""Finished answers kept compressed, within a bound of bytes; each is built once however many ask at the same time."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable

MAX_BYTES = 64 * 1024 * 1024  # every village plan of a county is about half of this, compressed
_LEVEL = 6

Build = Callable[[], Awaitable[bytes]]


class GzipCache:
    """Keys to gzip bytes; the least recently asked for goes first when the bound is reached."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._building: dict[str, asyncio.Task[bytes]] = {}
        self.bytes_held = 0

    async def get(self, key: str, build: Build) -> bytes:
        """The gzip bytes of the key; `build` gives the plain bytes where none are held, and its errors go to all."""
        held = self._held.get(key)
        if held is not None:
            self._held.move_to_end(key)
            return held
        task = self._building.get(key)
        if task is None:
            task = self._building[key] = asyncio.create_task(self._built(key, build), name=f"county answer {key}")
            task.add_done_callback(lambda _: self._building.pop(key, None))
        # Shielded: the one who asked first may go away while others wait for the same answer.
        return await asyncio.shield(task)

    def clear(self) -> None:
        """Forget everything, as when the register has changed."""
        self._held.clear()
        self.bytes_held = 0

    async def _built(self, key: str, build: Build) -> bytes:
        plain = await build()
        packed = await asyncio.to_thread(gzip.compress, plain, _LEVEL, mtime=0)
        self._held[key] = packed
        self.bytes_held += len(packed)
        while self.bytes_held > self._max_bytes:
            _, dropped = self._held.popitem(last=False)
            self.bytes_held -= len(dropped)
        return packed
