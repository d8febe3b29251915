"""What may be the same as a report: near it in place, time and words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from tracker.cases import access, store
from tracker.cases.alike import FAR_M, SAME, around, distance_m, likeness, score
from tracker.cases.answers import CaseCard
from tracker.cases.model import Actor
from tracker.cases.rows import CaseFile, read
from tracker.cases.states import Doer, State
from tracker.cases.worktime import DAY_MS
from tracker.clock import NowMs, to_datetime
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.db.queries import Queries

_SQL = Queries.beside(__file__, "reading.sql")
MOST_SIMILAR = 10
HINT_DAYS = 30
MOST_HINTS = 3
CENTRE = frozenset({Doer.OPERATOR, Doer.SHIFT_LEADER, Doer.DISPATCHER})
MERGEABLE = frozenset({State.REPORTED, State.VERIFYING, State.ACCEPTED})

Cards = Callable[[Sequence[CaseFile]], Awaitable[list[CaseCard]]]


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is compared by; `case_id` where it is a case already."""

    lat_e7: int | None
    lon_e7: int | None
    text: str
    category: str | None
    days: int
    area: str | None = None
    at_ms: int | None = None
    case_id: int | None = None


class Similar:
    """`cards` makes the short forms of cases."""

    def __init__(self, *, database: Database, register: Register, cards: Cards, now_ms: NowMs) -> None:
        self._database = database
        self._register = register
        self._cards = cards
        self._now_ms = now_ms

    async def to_report(self, wanted: Alike, actor: Actor) -> list[CaseCard]:
        """What was reported near here lately, the most alike first."""
        since = to_datetime(self._now_ms() - wanted.days * DAY_MS)
        rows = await self._database.fetch(_SQL.around, self._villages(wanted), since, wanted.category)
        cases = [case for row in rows if access.may_see(case := read(CaseFile, row), actor)]
        if wanted.case_id is not None:
            cases = [one for one in cases if wanted.case_id not in (one.id, one.merged_into)]
        found = []
        for one, short in zip(cases, await self._cards(cases), strict=True):
            away = None
            if None not in (wanted.lat_e7, one.lat_e7):
                away = distance_m(wanted.lat_e7 or 0, wanted.lon_e7 or 0, one.lat_e7 or 0, one.lon_e7 or 0)
            if away is None or away <= FAR_M:
                found.append(self._alike(wanted, one, short, away))
        return sorted(found, key=lambda one: -(one.score or 0))[:MOST_SIMILAR]

    async def to_case(self, case_id: int, actor: Actor, days: int) -> list[CaseCard]:
        """What may be the same as a case; raises NotFound."""
        async with self._database.connection() as connection:
            case = await store.present(connection, case_id)
        access.require(case, actor)
        return await self._to_case(case, actor, days)

    async def hints(self, case: CaseFile, actor: Actor) -> list[CaseCard]:
        """The centre sees at once what may be the same, while it can still be merged."""
        if case.state not in MERGEABLE or actor.doer not in CENTRE:
            return []
        alike = await self._to_case(case, actor, HINT_DAYS)
        return [one for one in alike if (one.score or 0) >= SAME][:MOST_HINTS]

    async def _to_case(self, case: CaseFile, actor: Actor, days: int) -> list[CaseCard]:
        wanted = Alike(
            lat_e7=case.lat_e7,
            lon_e7=case.lon_e7,
            text=case.description,
            category=None,
            days=days,
            area=case.area_code,
            at_ms=case.reported_ms,
            case_id=case.id,
        )
        return await self.to_report(wanted, actor)

    def _villages(self, wanted: Alike) -> list[str]:
        """The village of the place and those that a cause near by may lie in."""
        points = around(wanted.lat_e7, wanted.lon_e7) if wanted.lat_e7 is not None and wanted.lon_e7 is not None else []
        codes = [self._register.grid_at(*point) for point in points] + [wanted.area]
        return sorted({code[:12] for code in codes if code})

    def _alike(self, wanted: Alike, one: CaseFile, short: CaseCard, away_m: float | None) -> CaseCard:
        words = likeness(wanted.text, one.description)
        at_ms = self._now_ms() if wanted.at_ms is None else wanted.at_ms
        whole = score(words=words, away_m=away_m, apart_ms=at_ms - one.reported_ms)
        away = msgspec.UNSET if away_m is None else round(away_m, 1)
        return msgspec.structs.replace(short, distance_m=away, likeness=round(words, 3), score=round(whole, 3))
