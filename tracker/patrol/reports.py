"""Reads compliance from the rounds in the database; no rules, those stand in compliance.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from tracker.county.model import Worker
from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.geo.area import Area
from tracker.patrol.compliance import ComplianceRow, DayLine, Tally, mean_of, report, series, total

_SQL = Queries.beside(__file__, "compliance.sql")
LONGEST_DAYS = 92  # a quarter
_TALLIED = (
    "key", "done", "late", "missed", "no_data", "excused", "by_others", "coverage", "minutes", "key_points", "visited",
)  # fmt: skip


class By(StrEnum):
    """What one line of the report is about."""

    WORKER = "worker"
    GRID = "grid"
    VILLAGE = "village"
    TOWNSHIP = "township"


_DIGITS = {By.GRID: 15, By.VILLAGE: 12, By.TOWNSHIP: 9}
_BY_DAY = 0  # in place of digits


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Lines by rank, the area's own grid-rounds as one line and day by day, and the county's mean of `rate_known`."""

    rows: list[ComplianceRow]
    total: ComplianceRow
    county_mean: float | None
    days: list[DayLine]


class Reports:
    """Compliance of an area over a span of days, and one worker's own past rounds."""

    def __init__(self, *, database: Database, register: Register) -> None:
        self._database = database
        self._register = register

    async def read(self, area: Area, span: tuple[date, date], by: By) -> Report:
        """The report of an area and span; raises BadValue for a wrong span or level."""
        check_days(*span)
        if by is not By.WORKER and _DIGITS[by] < len(area.prefix):
            raise BadValue(field="by", value=by, allowed="worker, or a level inside the area")
        county = await self._areas(area.prefix[:6], span, 6)
        here = await self._areas(area.prefix, span, len(area.prefix))
        tallies = (
            await self._workers(area, span) if by is By.WORKER else await self._areas(area.prefix, span, _DIGITS[by])
        )
        names = {tally.key: self._named(tally.key, by) for tally in tallies}
        county_sum, own_sum = total(county, "county"), total(here, area.code)
        named_sum = {area.code: (self._register.area_name(area.code), "")}
        (whole,) = report([own_sum], county_sum, named_sum)
        return Report(
            rows=report(tallies, county_sum, names),
            total=msgspec.structs.replace(whole, rank=None),
            county_mean=mean_of(county_sum),
            days=series(await self._areas(area.prefix, span, _BY_DAY)),
        )

    async def own_rounds(self, worker_id: int, span: tuple[date, date]) -> list[Row]:
        """The worker's rounds, newest first, with what they gave and the newest dispute."""
        grid = self._register.grid_of(worker_id) or ""
        return await self._database.fetch(_SQL.own_rounds, worker_id, grid, *span)

    async def _areas(self, prefix: str, span: tuple[date, date], digits: int) -> list[Tally]:
        return _tallies(await self._database.fetch(_SQL.by_area, prefix, *span, digits))

    async def _workers(self, area: Area, span: tuple[date, date]) -> list[Tally]:
        served = [one for one in self._register.snapshot.workers.values() if _served(one, area, span)]
        columns = (
            [one.id for one in served],
            [one.grid_code for one in served],
            [one.valid_from for one in served],
            [one.valid_to for one in served],
        )
        return _tallies(await self._database.fetch(_SQL.by_worker, *columns, *span))

    def _named(self, key: str, by: By) -> tuple[str, str]:
        if by is not By.WORKER:
            return self._register.area_name(key), ""
        worker = self._register.worker(int(key))
        return (worker.name, worker.grid_code) if worker else (key, "")


def check_days(first: date, last: date) -> None:
    """Raise BadValue unless first ≤ last and the span is at most a quarter."""
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise BadValue(field="to", value=last, allowed=f"`from` or later, at most {LONGEST_DAYS} days in all")


def _served(worker: Worker, area: Area, span: tuple[date, date]) -> bool:
    began = worker.valid_from <= span[1] and (worker.valid_to is None or worker.valid_to > span[0])
    return worker.id is not None and began and area.contains(worker.grid_code)


def _tallies(rows: Sequence[Row]) -> list[Tally]:
    return [Tally(**{name: row[name] for name in _TALLIED}) for row in rows]
