"""Uploads that wait for their commit: bounded by fixes and by bytes, and fair between workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tracker.errors import SanxunError, Unavailable
from tracker.ingest.model import Receipt, Upload
from tracker.people.model import Device

MAX_BYTES = 256 * 1024 * 1024  # reached only by floods of rejected parts: 100,000 packed fixes are 8 MB
MOST_BEHIND = 0.5  # of the room for those who have an upload waiting already, so that the others always find some
RETRY_AFTER_S = 5
_UPLOAD_BYTES = 700  # objects about one upload
_FIX_BYTES = 350  # a RawFix with its numbers

Done = Callable[[Receipt | SanxunError], None]


def no_room() -> Unavailable:
    """What an upload is told for which there is no room."""
    return Unavailable("too many uploads are waiting", retry_after_s=RETRY_AFTER_S)


class Waiting:
    """One upload and whom to answer."""

    __slots__ = ("device", "done", "fixes", "received_at_ms", "size", "upload")

    def __init__(self, device: Device, upload: Upload, received_at_ms: int, done: Done) -> None:
        self.device = device
        self.upload = upload
        self.received_at_ms = received_at_ms
        self.done = done
        self.fixes = upload.packed_fixes or max(1, len(upload.fixes) + len(upload.rejected))
        self.size = _UPLOAD_BYTES + len(upload.packed)
        if upload.fixes or upload.rejected:
            self.size += _FIX_BYTES * len(upload.fixes) + sum(_FIX_BYTES + len(one.body) for one in upload.rejected)


class Queue:
    """Gives groups with at most one upload of each worker, the longest waiting first.

    So no two uploads of a group can overlap, and a phone that sends a month cannot hold up the others.
    """

    def __init__(self, max_fixes: int, max_bytes: int = MAX_BYTES) -> None:
        self._max_fixes = max_fixes
        self._max_bytes = max_bytes
        self._first: deque[Waiting] = deque()
        self._behind: dict[int, deque[Waiting]] = {}  # by worker with an upload in `_first`: the next ones
        self._shut = False  # since the last group left, an upload found no room
        self._shut_behind = False  # the same for a worker's second upload
        self.fixes = 0
        self.size = 0

    def __len__(self) -> int:
        """How many workers wait."""
        return len(self._first)

    def put(self, one: Waiting) -> None:
        """Take an upload in; raises Unavailable if there is no room for it."""
        fixes, size = self.fixes + one.fixes, self.size + one.size
        behind = self._behind.get(one.device.worker_id)
        share = 1.0 if behind is None else MOST_BEHIND
        if fixes > self._max_fixes * share or size > self._max_bytes * share:
            self._shut, self._shut_behind = self._shut or behind is None, True
            raise no_room()
        self.fixes, self.size = fixes, size
        if behind is None:
            self._first.append(one)
            self._behind[one.device.worker_id] = deque()
        else:
            behind.append(one)

    def is_shut_for(self, worker_id: int) -> bool:
        """Whether it is not worth while to read an upload of this worker before the next group leaves.

        Saying no to a flood must cost less than what is still stored: unread uploads cost a tenth of read ones.
        """
        return self._shut or (self._shut_behind and worker_id in self._behind)

    def take(self, max_fixes: int) -> list[Waiting]:
        """The next group: at least one upload, if any waits, and no more fixes than this."""
        self._shut = self._shut_behind = False
        group: list[Waiting] = []
        fixes = 0
        waiting = self._first
        while waiting and (not group or fixes + waiting[0].fixes <= max_fixes):
            one = waiting.popleft()
            fixes += one.fixes
            self.size -= one.size
            group.append(one)
        self.fixes -= fixes
        for one in group:
            if behind := self._behind[one.device.worker_id]:
                waiting.append(behind.popleft())
            else:
                del self._behind[one.device.worker_id]
        return group
