"""Take photos in, give them out, and sweep away what no case took up."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import NotFound, TooMany, Unavailable
from tracker.media.model import MOST_OF_A_REPORT, Sender, Stored, checked_ref
from tracker.media.picture import remake
from tracker.media.shelf import Shelf

log = logging.getLogger(__name__)

QUERIES = Queries.beside(__file__)
MOST_DECODERS = 2  # each may hold 200 MB for a moment
SWEEP_EVERY_S = 3600.0
UNUSED_MS = 7 * 86_400_000  # a phone that was offline may send its photo days before its report


class Media:
    """Photos of one server. `new_ref` gives random refs (32 hex digits)."""

    def __init__(
        self,
        *,
        database: Database,
        folder: Path,
        now_ms: NowMs,
        new_ref: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._database = database
        self._shelf = Shelf(folder)
        self._now_ms = now_ms
        self._new_ref = new_ref
        self._decoders = asyncio.Semaphore(MOST_DECODERS)
        self._files = asyncio.Lock()  # a sweep must not remove a file that an upload just found in place

    async def keep(self, data: bytes, sender: Sender) -> Stored:
        """Keep a photo; raises BadValue (no picture), TooMany (of one report), Unavailable."""
        if sender.client_id is not None:
            sent = await self._database.fetchval(QUERIES.sent_by_client, sender.client_id)
            if sent >= MOST_OF_A_REPORT:
                raise TooMany(f"at most {MOST_OF_A_REPORT} photos with one report", retry_after_s=3600)
        async with self._decoders:
            picture = await asyncio.to_thread(remake, data)
        async with self._files:
            await asyncio.to_thread(self._shelf.put, picture)
            ref = await self._add(picture.sha256, len(picture.full), (picture.width, picture.height), sender)
        return Stored(ref=ref, width=picture.width, height=picture.height, bytes=len(picture.full))

    async def _add(self, sha256: bytes, size: int, shape: tuple[int, int], sender: Sender) -> str:
        row = (self._new_ref(), sha256, size, *shape, to_datetime(self._now_ms()))
        ref = await self._database.fetchval(QUERIES.add, *row, sender.account_id, sender.worker_id, sender.client_id)
        return str(ref or await self._database.fetchval(QUERIES.same, sender.client_id, sha256))

    async def missing(self, refs: Sequence[str]) -> list[str]:
        """Those of the refs that no upload has."""
        rows = await self._database.fetch(QUERIES.known, list(refs))
        known = {row["ref"] for row in rows}
        return [ref for ref in refs if ref not in known]

    async def find(self, ref: str) -> Row:
        """The upload's row (ref, sha256, account_id, worker_id); raises NotFound."""
        row = await self._database.fetchrow(QUERIES.find, checked_ref(ref))
        if row is None:
            raise NotFound(kind="photo", key=ref)
        return row

    async def cases_of(self, ref: str) -> list[int]:
        """Ids of the cases that show the photo."""
        return [row["case_id"] for row in await self._database.fetch(QUERIES.cases_of, ref)]

    async def read(self, sha256: bytes, size: str) -> bytes:
        """The JPEG; `size` is full or thumb."""
        return await asyncio.to_thread(self._shelf.get, sha256, size)

    async def run(self) -> None:
        """Sweep for ever; a database that is away only makes it wait."""
        while True:
            try:
                await self.sweep()
            except Unavailable as error:
                log.warning("photos were not swept: %s", error, extra={"action": "media_sweep_failed"})
            await asyncio.sleep(SWEEP_EVERY_S)

    async def sweep(self) -> int:
        """Remove uploads that no case took up within a week; how many there were."""
        async with self._files:
            rows = await self._database.fetch(QUERIES.drop_unused, to_datetime(self._now_ms() - UNUSED_MS))
            contents = {row["sha256"] for row in rows}
            kept = {row["sha256"] for row in await self._database.fetch(QUERIES.still_used, list(contents))}
            for sha256 in contents - kept:
                await asyncio.to_thread(self._shelf.drop, sha256)
        return len(rows)
