"""The live room: the hub that encodes each change once, and the pulse that sends it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracker.app.base import Base
from tracker.app.county import CountyRoom
from tracker.app.people import PeopleRoom
from tracker.app.tracks import TracksRoom
from tracker.bus.model import Committed
from tracker.county.snapshot import Snapshot
from tracker.live import socket
from tracker.live.http import LiveHttp
from tracker.live.hub import Hub, Rhythm
from tracker.live.latest import LatestRow, latest_page
from tracker.live.pulse import Pulse
from tracker.routes import Route
from tracker.settings import Settings
from tracker.tracks.model import Position

MAX_WORKERS = 100_000  # of one county: all of them


class LiveRoom:
    """Knows every worker's newest position; `on_death` is told when the pulse fails."""

    def __init__(self, base: Base, people: PeopleRoom, *, on_death: Callable[[BaseException], None]) -> None:
        self._base = base
        self.hub = Hub(
            wire=socket.wire(),
            metrics=base.metrics,
            now_ms=base.now_ms,
            epoch=secrets.token_hex(6),
            rhythm=_rhythm(base.settings),
        )
        self.pulse = Pulse(self.hub, on_death=on_death)
        people.sessions.on_ended(self.hub.end_session)
        people.sessions.in_use(self.hub.session_hashes)

    async def load(self, county: CountyRoom, tracks: TracksRoom) -> None:
        """Read the newest positions; from here on the bus and the register keep them true."""
        self._base.bus.subscribe("live", self.hub.read)
        latest = [_committed(position) for position in await tracks.reader.latest()]
        self._load_hub(county.register.snapshot, latest)
        county.register.listeners.append(self._load_hub)

    def start(self) -> None:
        """Send until the process closes."""
        self.pulse.start()
        self._base.closing.push_async_callback(self.pulse.stop)

    def routes(self) -> list[Route]:
        """The live stream."""
        return LiveHttp(self.hub).routes()

    def positions(self, prefix: str) -> list[LatestRow]:
        """The newest position of every worker whose grid begins with these digits."""
        return latest_page(self.hub.board, prefix, after=0, limit=MAX_WORKERS).rows

    def _load_hub(self, snapshot: Snapshot, latest: Sequence[Committed] = ()) -> None:
        workers = [
            (worker.id, worker.grid_code, worker.role == "leader")
            for worker in snapshot.workers.values()
            if worker.id is not None and snapshot.is_valid(worker)
        ]
        self.hub.load(workers=workers, latest=latest, version=snapshot.version.number)


def _rhythm(settings: Settings) -> Rhythm:
    return Rhythm(tick_ms=settings.tick_ms, stale_s=settings.stale_s, offline_s=settings.offline_s)


def _committed(position: Position) -> Committed:
    fix = position.fix
    values: Mapping[str, Any] = {name: getattr(fix, name) for name in fix.__struct_fields__ if name != "altitude_m"}
    return Committed(worker_id=position.worker_id, received_at_ms=position.received_at_ms, **values)
