"""Phones that wait for news of their worker's cases: each holds one request, which the bus ends at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from tracker.bus.model import AreaEvent, Message

MOST = 5_000  # requests held; whoever comes then is answered at once and asks again in a minute
LONGEST_S = 50  # shorter than proxies wait (nginx: 60 s)
_PLACE = "worker:"


def worker_place(worker_id: int) -> str:
    """The code of a part of an event that is for one worker's phone."""
    return f"{_PLACE}{worker_id}"


class Waiting:
    """`read` listens on the bus; `listen()` gives what is set when there is news, or when a newer request comes."""

    def __init__(self) -> None:
        self._of_worker: dict[int, asyncio.Event] = {}
        self._is_closed = False

    @contextlib.contextmanager
    def listen(self, worker_id: int) -> Iterator[asyncio.Event]:
        """Set already where nobody may wait. One request waits for each worker: an older one is let go."""
        older = self._of_worker.pop(worker_id, None)
        if older is not None:
            older.set()
        heard = asyncio.Event()
        if self._is_closed or len(self._of_worker) >= MOST:
            heard.set()
        else:
            self._of_worker[worker_id] = heard
        try:
            yield heard
        finally:
            if self._of_worker.get(worker_id) is heard:
                del self._of_worker[worker_id]

    def read(self, message: Message) -> None:
        """Wake the phones that an event names."""
        if not isinstance(message, AreaEvent) or message.kind != "case":
            return
        for place, _ in message.parts:
            if place.startswith(_PLACE):
                self._wake(int(place.removeprefix(_PLACE)))

    def close(self) -> None:
        """Answer everybody: the server stops."""
        self._is_closed = True
        for heard in self._of_worker.values():
            heard.set()

    def __len__(self) -> int:
        return len(self._of_worker)

    def _wake(self, worker_id: int) -> None:
        heard = self._of_worker.get(worker_id)
        if heard is not None:
            heard.set()
