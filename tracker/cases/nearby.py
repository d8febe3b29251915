"""Who is nearest to a case: workers of its township by live position, for the desk and for the map."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from tracker.cases import access, store
from tracker.cases.alike import distance_m
from tracker.cases.model import Actor
from tracker.cases.rows import CaseFile
from tracker.clock import NowMs
from tracker.county.model import Worker
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.geo.area import Area, Level

_SQL = Queries.beside(__file__, "reading.sql")
STALE_S = 600  # who was seen longer ago may be anywhere: they stand behind those who were seen


class Seen(Protocol):
    """A worker's newest live position, WGS-84 degrees; of who is off duty none is known."""

    @property
    def worker_id(self) -> int:
        """Whose."""

    @property
    def recorded_at_ms(self) -> int:
        """When."""

    @property
    def lat(self) -> float:
        """North."""

    @property
    def lon(self) -> float:
        """East."""


Positions = Callable[[str], Iterable[Seen]]  # of the workers whose grid begins with these digits
OnDuty = Callable[[int], bool]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A worker who could go there; distance and age are None where no live position is known."""

    worker_id: int
    name: str
    number: str
    role: str
    grid: str
    grid_name: str
    on_duty: bool
    distance_m: float | None
    position_age_s: int | None
    open_tasks: int


class CandidateList(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest first; `more` is how many are not shown."""

    candidates: list[Candidate]
    more: int


class Nearby:
    """Answers one question; `positions` is the live board, `on_duty` the duty book."""

    def __init__(
        self, *, database: Database, register: Register, positions: Positions, on_duty: OnDuty, now_ms: NowMs
    ) -> None:
        self._database = database
        self._register = register
        self._positions = positions
        self._on_duty = on_duty
        self._now_ms = now_ms

    async def of_case(self, case_id: int, actor: Actor, limit: int) -> CandidateList:
        """Who could verify or check the case, never the worker that it complains of; raises NotFound."""
        async with self._database.connection() as connection:
            case = await store.present(connection, case_id)
            access.require(case, actor)
        area = _searched(Area.parse(case.area_code), Area.parse(actor.area))
        workers = [one for one in self._register.workers_in(area) if not access.is_complained_of(case, one.id)]
        seen = {one.worker_id: one for one in self._positions(area.prefix)}
        found = [self._candidate(case, one, seen) for one in workers]
        shown = ranked(found, case.area_code)[:limit]
        tasks = await self._open_tasks([one.worker_id for one in shown])
        shown = [msgspec.structs.replace(one, open_tasks=tasks.get(one.worker_id, 0)) for one in shown]
        return CandidateList(candidates=shown, more=len(found) - len(shown))

    def _candidate(self, case: CaseFile, worker: Worker, seen: Mapping[int, Seen]) -> Candidate:
        worker_id = worker.id or 0
        on_duty = self._on_duty(worker_id)
        at = seen.get(worker_id) if on_duty else None
        away = None
        if at is not None and case.lat_e7 is not None and case.lon_e7 is not None:
            away = round(distance_m(case.lat_e7, case.lon_e7, round(at.lat * 1e7), round(at.lon * 1e7)), 1)
        return Candidate(
            worker_id=worker_id,
            name=worker.name,
            number=worker.number,
            role=worker.role,
            grid=worker.grid_code,
            grid_name=self._register.area_name(worker.grid_code),
            on_duty=on_duty,
            distance_m=away,
            position_age_s=None if at is None else max(0, (self._now_ms() - at.recorded_at_ms) // 1000),
            open_tasks=0,
        )

    async def _open_tasks(self, worker_ids: Sequence[int]) -> dict[int, int]:
        rows = await self._database.fetch(_SQL.open_tasks, list(worker_ids))
        return {row["worker_id"]: row["total"] for row in rows}


def ranked(candidates: Iterable[Candidate], area_code: str) -> list[Candidate]:
    """On duty before off, seen lately before long ago, then by distance; the case's own grid where nothing is known."""

    def key(one: Candidate) -> tuple[object, ...]:
        is_stale = one.position_age_s is None or one.position_age_s > STALE_S
        away = math.inf if one.distance_m is None else one.distance_m
        shared = next((n for n in range(len(area_code), 0, -1) if one.grid[:n] == area_code[:n]), 0)
        return (not one.on_duty, is_stale, away, -shared, one.role == "leader", one.worker_id)

    return sorted(candidates, key=key)


def _searched(place: Area, own: Area) -> Area:
    """The township of the case (a whole county only for cases that lie in none), never beyond the asker's own area."""
    township = Area.parse(f"{place.prefix[:9]:0<12}") if place.level > Level.COUNTY else place
    return own if own.level > township.level else township
