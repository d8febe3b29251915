"""Puts the parts together that people and phones talk to: one list of routes, and the tasks that run beside them."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import date
from typing import Any

from tracker.bus.model import Bus
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.patrol.closed import ClosedLand
from tracker.patrol.disputes import Disputes
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.gaps import Gaps
from tracker.patrol.ground_job import GroundJob
from tracker.patrol.http_closed import ClosedHttp
from tracker.patrol.http_common import Scribe
from tracker.patrol.http_coverage import CoverageHttp
from tracker.patrol.http_leaves import LeavesHttp
from tracker.patrol.http_phone import PhoneHttp
from tracker.patrol.http_plans import PlansHttp
from tracker.patrol.http_review import ReviewHttp
from tracker.patrol.http_rounds import RoundsHttp
from tracker.patrol.http_work import WorkHttp
from tracker.patrol.leaves import Leaves
from tracker.patrol.notices import Notices
from tracker.patrol.plans_admin import PlansAdmin
from tracker.patrol.reports import Reports
from tracker.patrol.signals_job import Signals
from tracker.patrol.ticks import Ticks
from tracker.patrol.timemachine import TimeMachine
from tracker.people.audit import Audit
from tracker.people.peer import Peers
from tracker.routes import Route


class PatrolRooms:
    """Everything of the patrol but the engine. `tasks()` are to be run by the application."""

    def __init__(
        self,
        *,
        database: Database,
        engine: PatrolEngine,
        register: Register,
        bus: Bus,
        audit: Audit,
        peers: Peers,
        now_ms: NowMs,
    ) -> None:
        self._engine = engine
        self._register = register
        scribe = Scribe(audit, peers)
        self.notices = Notices(database=database, engine=engine, register=register, bus=bus, now_ms=now_ms)
        self.signals = Signals(
            database=database, register=register, audit=audit, round_ends=self._round_ends, now_ms=now_ms
        )
        self.ground = GroundJob(database=database, register=register, now_ms=now_ms)
        reports, disputes = Reports(database=database, register=register), Disputes(database=database, audit=audit)
        common: dict[str, Any] = {"register": register, "now_ms": now_ms}
        admin = PlansAdmin(database=database, register=register)
        ticks = Ticks(database=database, points_of=engine.key_points_of)
        times, gaps = TimeMachine(database), Gaps(database)
        self._parts = (
            RoundsHttp(engine=engine, gaps=gaps, ticks=ticks, scribe=scribe, **common),
            CoverageHttp(engine=engine, times=times, scribe=scribe, **common),
            WorkHttp(engine=engine, notices=self.notices, scribe=scribe, **common),
            ReviewHttp(reports=reports, signals=self.signals, disputes=disputes, scribe=scribe, **common),
            PlansHttp(admin=admin, engine=engine, scribe=scribe, **common),
            ClosedHttp(closed=ClosedLand(database), engine=engine, scribe=scribe, **common),
            LeavesHttp(leaves=Leaves(database), engine=engine, scribe=scribe, **common),
            PhoneHttp(engine=engine, notices=self.notices, reports=reports, disputes=disputes, ticks=ticks, **common),
        )

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        return [one for part in self._parts for one in part.routes()]

    def tasks(self) -> dict[str, Coroutine[Any, Any, None]]:
        """What runs beside the requests, by name."""
        return {
            "patrol notices": self.notices.run(),
            "patrol signals": self.signals.run(),
            "patrol ground": self.ground.run(),
        }

    def _round_ends(self, day: date) -> list[int]:
        county = self._register.snapshot.county
        return [one.ends_ms for one in self._engine.windows_of(county.code, day)] if county else []
