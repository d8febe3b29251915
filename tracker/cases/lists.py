"""Pages of cases: a queue, the most urgent first, or all cases, the newest first."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec

from tracker.cases.queues import Queue
from tracker.cases.rows import CaseFile, read
from tracker.cases.states import OPEN_STATES, State
from tracker.clock import NowMs, to_datetime, to_ms
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue
from tracker.geo.area import Area, Level

SQL = Queries.beside(__file__, "lists.sql")
# For a department: its own open cases out of their index, and those where it helps, which are few, out of theirs. Left
# to choose, the planner reads the whole queue.
OPEN_OF_DEPARTMENT = SQL.open_cases.replace(
    "from case_file f\n",
    """from (
      select * from case_file where closed_at is null and department_code = $6
      union all (select * from case_file
        where closed_at is null and co_departments @> array[$6] and department_code is distinct from $6 offset 0)
    ) as f\n""",
)
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)  # as in lists.sql: where no clock runs
MOST_ID = (1 << 63) - 1
# What no index knows is looked for in so many cases by one question, which takes some ten ms; so many questions make a
# page at most: half a million cases, 40,000 open ones. Who wants to look further asks for the next page.
WINDOW = 25_000
OPEN_WINDOW = 2_000
LOOKS = 20
Place = tuple[datetime, int]  # in a queue: next deadline and id
_FIRST: Place = (datetime(1970, 1, 1, tzinfo=UTC), 0)
_NEVER = FOR_EVER + timedelta(hours=1)
_NUMBER = re.compile(r"[0-9]{14}")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to."""

    area: Area
    states: list[State] | None = None
    queue: Queue | None = None
    department: str | None = None
    category: str | None = None
    channel: str | None = None
    light: str | None = None
    words: str | None = None
    cursor: str | None = None
    limit: int = 100

    @property
    def is_search(self) -> bool:
        """Whether it may have to pass over very many cases that are not wanted."""
        return any(one is not None for one in (self.words, self.channel, self.states, self.department))


class Lists:
    """`page()`; each question to the database is a short one, however many cases there are."""

    def __init__(self, *, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms

    async def page(self, wanted: Wanted, hidden_from: str | None) -> tuple[list[CaseFile], str | None]:
        """Cases and the cursor of the next page; a page may be short, or empty, while there is a next one."""
        if wanted.queue is None:
            return await self._newest(wanted, hidden_from)
        return await self._urgent(wanted, wanted.queue, hidden_from)

    async def _urgent(self, wanted: Wanted, queue: Queue, hidden_from: str | None) -> tuple[list[CaseFile], str | None]:
        cases: list[CaseFile] = []
        after = _after(wanted.cursor)
        for _ in range(LOOKS):
            rows = await self._urgent_of(wanted, queue, hidden_from, after, wanted.limit + 1 - len(cases))
            cases += [read(CaseFile, row) for row in rows if row["is_wanted"]]
            if len(cases) > wanted.limit:
                last = cases[wanted.limit - 1]
                return cases[: wanted.limit], f"{last.red_ms or ''}.{last.id}"
            if not rows or rows[-1]["place"] < OPEN_WINDOW:
                return cases, None
            after = rows[-1]["red_sort"], rows[-1]["id"]
        return cases, f"{'' if after[0] == FOR_EVER else to_ms(after[0])}.{after[1]}"

    async def _urgent_of(
        self, wanted: Wanted, queue: Queue, hidden_from: str | None, after: Place, most: int
    ) -> list[Row]:
        states = [one.value for one in wanted.states or queue.states]
        one, several = (states[0], None) if len(states) == 1 else (None, states)
        if set(states) == set(OPEN_STATES):
            several = None  # said already by being open; twice would mislead the planner
        now = to_datetime(self._now_ms())
        first, until = _span(wanted.light, now)
        inner = (one, several, *_place(wanted.area), wanted.department, *max(first, after), until, OPEN_WINDOW)
        outer = (hidden_from, wanted.category, wanted.channel, wanted.light, now, wanted.words, most)
        statement = OPEN_OF_DEPARTMENT if wanted.department else SQL.open_cases
        return await self._planned(statement, *inner, *outer)

    async def _newest(self, wanted: Wanted, hidden_from: str | None) -> tuple[list[CaseFile], str | None]:
        if wanted.light:
            raise BadValue(field="light", value=wanted.light, allowed="only together with a queue")
        before, window, least = await self._reach(wanted)
        rows: list[Row] = []
        for _ in range(LOOKS):
            low = max(before - window, least)
            rows += await self._newest_of(wanted, hidden_from, low, before, wanted.limit + 1 - len(rows))
            before = low
            if len(rows) > wanted.limit or low <= least:
                break
        cases = [read(CaseFile, row) for row in rows[: wanted.limit]]
        if len(rows) > wanted.limit:
            return cases, str(cases[-1].id)
        return cases, str(before) if before > least else None

    async def _reach(self, wanted: Wanted) -> tuple[int, int, int]:
        """Below which id to look, how far in one question, and where to end: a number is looked up by its key."""
        if wanted.words and _NUMBER.fullmatch(wanted.words):
            found = await self._database.fetchval(SQL.id_of_number, wanted.words)
            if found is not None:
                return found + 1, 1, found
        before = _number(wanted.cursor) if wanted.cursor else MOST_ID
        if not wanted.is_search:
            return before, MOST_ID, 0
        newest: int = await self._database.fetchval(SQL.newest_id)
        return min(before, newest + 1), WINDOW, 0

    async def _newest_of(self, wanted: Wanted, hidden_from: str | None, low: int, before: int, most: int) -> list[Row]:
        states = [one.value for one in wanted.states] if wanted.states else None
        values = (low, before, states, *_place(wanted.area), hidden_from, wanted.department, wanted.category)
        return await self._planned(SQL.newest_cases, *values, wanted.channel, wanted.words, most)

    async def _planned(self, statement: str, *values: object) -> list[Row]:
        """Planned for these very values: what is not asked for falls away, so that the fitting index is used."""
        async with self._database.transaction() as connection:
            await connection.execute("set local plan_cache_mode = force_custom_plan")
            rows: list[Row] = await connection.fetch(statement, *values)
            return rows


def _span(light: str | None, now: datetime) -> tuple[Place, datetime]:
    """From where and until when a light is: what is over, what is not, what has no clock."""
    match light:
        case "red":
            return _FIRST, now
        case "yellow" | "green":
            return (now, 0), FOR_EVER
        case "none":
            return (FOR_EVER, 0), _NEVER
        case None:
            return _FIRST, _NEVER
        case _:
            raise BadValue(field="light", value=light, allowed="red, yellow, green, none")


def _place(area: Area) -> tuple[str | None, str | None, str | None]:
    """Prefix, township and village, only what is needed: the planner knows how many cases a township has."""
    prefix = area.prefix if area.level in (Level.COUNTY, Level.GRID) else None
    township = area.code[:9] if area.level is Level.TOWNSHIP else None
    return prefix, township, area.code[:12] if area.level in (Level.VILLAGE, Level.GRID) else None


def _after(cursor: str | None) -> Place:
    if not cursor:
        return _FIRST
    red, _, key = cursor.partition(".")
    return (to_datetime(_number(red)) if red else FOR_EVER), _number(key)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadValue(field="cursor", value=text, allowed="the `next` of an earlier answer")
    return int(text)
