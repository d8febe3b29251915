"""Finds the cases behind a figure: candidates by their events, judged by the very statement that made the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.cases.stats_fold import SQL
from tracker.cases.stats_keys import STOCKS, kept_of
from tracker.cases.stats_read import MOST_EVENTS, Period, Statistics
from tracker.clock import day_start_ms, to_datetime
from tracker.db.pool import Database, Row
from tracker.errors import BadValue

MOST_DAYS = 62  # days with such cases looked through for one page; `next` goes on from there
MOST_AGE_DAYS = 400  # of cases that stood open at an instant
_CHUNK = 120  # cases judged at once
_MOST_ID = (1 << 63) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """Which events can bring a case into a figure; None: any state."""

    kinds: tuple[str, ...] = ("change",)
    before: tuple[str, ...] | None = None
    after: tuple[str, ...] | None = None


_CLOSED = Anchor(after=("closed",))
_KINDS: tuple[tuple[Anchor, str], ...] = (
    (Anchor(before=("",)), "reports valid_reports"),
    (_CLOSED, "closed closed_on_time reworks visited solved satisfied basic unsatisfied done_closing ontime_closing"),
    (Anchor(after=("closed", "rejected", "voided")), "ended answered"),
    (Anchor(kinds=("urge", "supervise", "clock")), "supervisions supervisions_answered"),
    (Anchor(after=("rejected", "voided", "merged", "reopened", "filed")), "rejected voided merged reopened filed"),
    (Anchor(after=("handled",)), "done_handling ontime_handling"),
    (Anchor(before=("filed", "void_req")), "dispatches done_dispatch ontime_dispatch"),
    (Anchor(before=("verifying",)), "public_verified done_verifying ontime_verifying"),
    (Anchor(before=("checking",)), "done_checking ontime_checking"),
)
_ANCHORS = {key: anchor for anchor, keys in _KINDS for key in keys.split()}
_ANY = Anchor()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Whose figure it is: place (code's prefix), maybe one department, one channel or one grid worker of it."""

    scope: str
    prefix: str
    department: str | None = None
    channel: str | None = None
    worker: int | None = None


class Behind:
    """Pages of case ids, newest day first."""

    def __init__(self, *, database: Database, statistics: Statistics) -> None:
        self._database = database
        self._statistics = statistics

    async def page(
        self, count: str, asked: Asked, period: Period, cursor: str | None, limit: int
    ) -> tuple[list[int], str | None]:
        """At most `limit` ids and the cursor of the next page; raises BadValue for a cursor that is not ours."""
        after_day, after_id = _read_cursor(cursor)
        await self._statistics.fold.now(MOST_EVENTS)
        found: list[int] = []
        keys = kept_of(count)
        if any(key in STOCKS for key in keys) and after_day is None:
            stock = [key for key in keys if key in STOCKS]
            ids, last = await self._standing(stock, asked, period, after_id, limit)
            found += ids
            if last is not None:
                return found, f"open.{last}"
        flows = [key for key in keys if key not in STOCKS]
        if not flows:
            return found, None
        more, following = await self._days(flows, asked, period, (after_day, after_id), limit - len(found))
        return found + [one for one in more if one not in found], following

    async def _days(
        self, keys: Sequence[str], asked: Asked, period: Period, after: tuple[date | None, int], limit: int
    ) -> tuple[list[int], str | None]:
        days = await self._days_with(keys, asked, period)
        days = [day for day in days if after[0] is None or day <= after[0]]
        found: list[int] = []
        for n, day in enumerate(days):
            below = after[1] if day == after[0] else _MOST_ID
            ids = [one for one in await self._candidates(keys, asked, day) if one < below]
            while ids:
                if len(found) >= limit:
                    return found, f"{day}.{max(ids) + 1}"
                chunk, ids = ids[:_CHUNK], ids[_CHUNK:]
                good = await self._judged(chunk, keys, asked, period, day)
                room = limit - len(found)
                found += good[:room]
                if len(good) > room:
                    return found, f"{day}.{good[room - 1] if room else good[0] + 1}"
            if n + 1 == MOST_DAYS and n + 1 < len(days):
                return found, f"{days[n + 1]}.{_MOST_ID}"
        return found, None

    async def _days_with(self, keys: Sequence[str], asked: Asked, period: Period) -> list[date]:
        """Days of the period on which anything of it was counted, newest first."""
        sums = " + ".join(keys)
        statement = (
            f"select distinct day from case_kpi_day where scope = $1 and day >= $2 and day < $3 and {sums} <> 0 "
            "order by day desc"
        )
        rows = await self._database.fetch(statement, asked.scope, period.first, period.end)
        return [row["day"] for row in rows]

    async def _candidates(self, keys: Sequence[str], asked: Asked, day: date) -> list[int]:
        ids: set[int] = set()
        from_at, to_at = (to_datetime(day_start_ms(one)) for one in (day, day + timedelta(days=1)))
        for anchor in {_ANCHORS.get(key, _ANY) for key in keys}:
            whose = (asked.prefix, asked.channel, asked.worker)
            which = (list(anchor.kinds), _listed(anchor.before), _listed(anchor.after))
            rows = await self._database.fetch(SQL.anchors, from_at, to_at, *whose, *which)
            ids |= {row["case_id"] for row in rows}
        return sorted(ids, reverse=True)

    async def _judged(
        self, ids: Sequence[int], keys: Sequence[str], asked: Asked, period: Period, day: date | None
    ) -> list[int]:
        """Those of the cases that count, on this day last where one is given."""
        # What was learnt later of an earlier day (a filing, an answer, a rating) counts there, too.
        until = _LATEST if any(key in _LEARNT for key in keys) else period.end
        rows = await self._database.fetch(SQL.events_of, list(ids), to_datetime(day_start_ms(until)))
        events = ([row["case_id"] for row in rows], [row["seq"] for row in rows])
        sums: dict[int, int] = {}
        last: dict[int, date] = {}
        for row in await self._database.fetch(SQL.deltas, *events):
            if row["key"] in keys and _is_of(row, asked) and row["day"] < period.end:
                if day is not None and row["hangs_on"] < period.first:
                    continue
                sums[row["case_id"]] = sums.get(row["case_id"], 0) + row["n"]
                if row["n"] > 0:
                    last[row["case_id"]] = max(last.get(row["case_id"], row["day"]), row["day"])
        good = [one for one in sorted(sums, reverse=True) if sums[one] > 0]
        return good if day is None else [one for one in good if last[one] == day]

    async def _standing(
        self, keys: Sequence[str], asked: Asked, period: Period, below: int, limit: int
    ) -> tuple[list[int], int | None]:
        """Cases that stood so at the end of the period, newest first; and the last id where there may be more."""
        until = self._statistics.until(period)
        oldest, ends_at = (to_datetime(day_start_ms(one)) for one in (until - timedelta(days=MOST_AGE_DAYS), until))
        found: list[int] = []
        while True:
            whose = (asked.prefix, asked.channel, asked.worker)
            rows = await self._database.fetch(SQL.standing, below, oldest, ends_at, *whose, _CHUNK)
            ids = [int(row["case_id"]) for row in rows]
            if not ids:
                return found, None
            found += await self._judged(ids, keys, asked, Period(first=period.first, end=until), None)
            below = ids[-1]
            if len(found) >= limit:
                return found[:limit], found[limit - 1]


_LATEST = date(9000, 1, 1)
_LEARNT = {"valid_reports", "supervisions_answered", "visited", "solved", "satisfied", "basic", "unsatisfied"}


def _listed(states: tuple[str, ...] | None) -> list[str] | None:
    return None if states is None else list(states)


def _is_of(row: Row, asked: Asked) -> bool:
    if asked.worker is not None:
        return asked.worker in (row["workers"] or ())
    return asked.department is None or row["department"] == asked.department


def _read_cursor(cursor: str | None) -> tuple[date | None, int]:
    if cursor is None:
        return None, _MOST_ID
    head, _, key = cursor.partition(".")
    try:
        return (None if head == "open" else date.fromisoformat(head)), int(key)
    except ValueError:
        raise BadValue(field="cursor", value=cursor, allowed="the `next` of an earlier answer") from None
