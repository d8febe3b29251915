"""督促 and reminders: what supervisors and the clock tell workers about their rounds, and what workers answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial

import msgspec

from tracker.bus.model import AreaEvent, Bus
from tracker.clock import NowMs, day_start_ms, local_day, to_datetime, to_ms
from tracker.county.register import Register
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.errors import Conflict, NotFound, TooMany, Unavailable
from tracker.geo.area import Area
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.http_common import present_rounds
from tracker.patrol.model import MINUTE_MS, RoundResult, RoundWindow, State, Verdict, clock_text

_SQL = Queries.beside(__file__, "notices.sql")
_log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
BEFORE_END_MS = 30 * MINUTE_MS  # a grid's missing part can still be walked in half an hour
ALARM_WITHIN_MS = 2 * 3_600_000  # after a restart, rounds that ended long ago are not brought up again
SHOWN_MS = 24 * 3_600_000  # how long a notice stays on the phone
URGE_EVERY_MS = 60_000  # a double click, or two supervisors at once, must not ring twice
UNDO_MS = 60_000  # how long who urged may take it back: a slip of the finger, not a change of mind
DEFAULT_URGE = "请尽快完成本轮巡查，有困难请直接回复。"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice as the phone shows it; kind is urge, reminder or alarm."""

    id: int
    kind: str
    text: str
    created_ms: int


class Urged(msgspec.Struct, frozen=True, kw_only=True):
    """The last urging of a worker today, and what became of it."""

    urged_ms: int
    seen_ms: int | None
    answer: str | None
    answered_ms: int | None


class Notices:
    """Writes and reads notices; `run()` sends reminders and alarms, at most one each per worker and round."""

    def __init__(
        self, *, database: Database, engine: PatrolEngine, register: Register, bus: Bus, now_ms: NowMs
    ) -> None:
        self._database = database
        self._engine = engine
        self._register = register
        self._bus = bus
        self._now_ms = now_ms
        self._sent: set[tuple[str, date, int, int]] = set()  # (kind, day, ordinal, worker) written by this process

    async def urge(self, worker_id: int, grid_code: str, text: str, account_id: int) -> Notice:
        """Urge one worker; raises TooMany within a minute of the last time."""
        now_ms = self._now_ms()
        last = await self._database.fetchval(_SQL.newest_urge, worker_id)
        if last and now_ms - to_ms(last) < URGE_EVERY_MS:
            wait_s = -(-(URGE_EVERY_MS - now_ms + to_ms(last)) // 1000)
            raise TooMany(f"worker {worker_id} was urged a moment ago", retry_after_s=wait_s)
        window = self._engine.present(grid_code)
        about = self._engine.day, window.ordinal if window else None
        values = (worker_id, text or DEFAULT_URGE, to_datetime(now_ms), account_id, *about)
        notice_id = await self._database.fetchval(_SQL.add_urge, *values)
        notice = Notice(id=notice_id, kind="urge", text=text or DEFAULT_URGE, created_ms=now_ms)
        self._tell(worker_id, grid_code, msgspec.structs.asdict(notice))
        return notice

    async def withdraw(self, notice_id: int, account_id: int) -> int:
        """Take an own urging back and return its worker; raises NotFound, or Conflict when it is too late."""
        now_ms = self._now_ms()
        values = (notice_id, account_id, to_datetime(now_ms), to_datetime(now_ms - UNDO_MS))
        row = await self._database.fetchrow(_SQL.withdraw, *values)
        if row is None:
            known = await self._database.fetchrow(_SQL.urge_of, notice_id)
            if known is None:
                raise NotFound(kind="notice", key=notice_id)
            if known["withdrawn_at"] is None or known["created_by"] != account_id:
                raise Conflict(f"notice {notice_id} can no longer be taken back: it was answered, or a minute is over")
            return int(known["worker_id"])
        worker_id = int(row["worker_id"])
        grid = self._register.grid_of(worker_id) or ""
        self._tell(worker_id, grid, {"id": notice_id, "kind": "withdrawn", "was_seen": row["seen_at"] is not None})
        return worker_id

    async def for_phone(self, worker_id: int) -> list[Notice]:
        """What the phone shows now, newest first; they count as seen from now on."""
        now_ms = self._now_ms()
        rows = await self._database.fetch(_SQL.for_phone, worker_id, to_datetime(now_ms - SHOWN_MS))
        if rows:
            await self._database.execute(_SQL.mark_seen, [row["id"] for row in rows], to_datetime(now_ms))
        return [_notice(row) for row in rows]

    async def answer(self, worker_id: int, notice_id: int, text: str) -> None:
        """Take the worker's answer and show it to supervisors; raises NotFound or Conflict (answered before)."""
        now_ms = self._now_ms()
        row = await self._database.fetchrow(_SQL.add_answer, notice_id, worker_id, text, to_datetime(now_ms))
        if row is None:
            known = await self._database.fetchval(_SQL.is_known, notice_id, worker_id)
            raise (
                Conflict(f"notice {notice_id} was answered before") if known else NotFound(kind="notice", key=notice_id)
            )
        grid = self._register.grid_of(worker_id) or ""
        self._tell(worker_id, grid, {"id": notice_id, "kind": "answer", "answer": text, "answered_ms": now_ms})

    async def urged(self, worker_ids: Sequence[int], day: date) -> dict[int, Urged]:
        """The last urging of each worker on a day."""
        rows = await self._database.fetch(_SQL.urged_today, list(worker_ids), day)
        return {row["worker_id"]: _urged(row) for row in rows}

    async def last_seen(self, worker_ids: Sequence[int]) -> dict[int, tuple[int, float, float]]:
        """Newest position of each worker that ever sent one: time in ms, lat, lon."""
        rows = await self._database.fetch(_SQL.last_seen, list(worker_ids))
        return {row["worker_id"]: (to_ms(row["recorded_at"]), row["lat_e7"] / 1e7, row["lon_e7"] / 1e7) for row in rows}

    async def run(self) -> None:
        """Look at the clock for ever."""
        while True:
            try:
                await self.remind()
            except Unavailable as error:
                _log.warning("reminders wait: %s", error, extra={"action": "patrol.reminders_wait"})
            await asyncio.sleep(LOOK_EVERY_S)

    async def remind(self) -> int:
        """Write the reminders and alarms that are due now; returns how many were written."""
        county = self._register.snapshot.county
        if county is None or not self._engine.is_settled:  # what is not yet folded would be called not walked
            return 0
        area, day, now_ms = Area.parse(county.code), self._engine.day, self._now_ms()
        present = present_rounds(self._engine, self._register.snapshot.grids)
        written = 0
        for ordinal in range(1, max((window.ordinal for window in present.values()), default=0) + 1):
            found = await self._engine.rounds_of(area, day, ordinal)
            rounds = [one for one in found if one.grid_code in present]
            written += await self._send(
                "reminder", day, [(one, _reminder(one, partial(self._name, one), now_ms)) for one in rounds]
            )
            written += await self._send(
                "alarm",
                day,
                [(one, _alarm(one, partial(self._name, one), present[one.grid_code], now_ms)) for one in rounds],
            )
        return written

    def _name(self, one: RoundResult) -> str:
        windows = self._engine.windows_of(one.grid_code, one.day)
        return next((window.name for window in windows if window.ordinal == one.ordinal), "本轮巡查")

    async def _send(self, kind: str, day: date, told: Iterable[tuple[RoundResult, str | None]]) -> int:
        wanted: dict[tuple[int, int], str] = {}
        for one, text in told:
            if text is not None:
                for worker_id in self._engine.walkers_of(one.grid_code, day):
                    wanted.setdefault((worker_id, one.ordinal), text)
        fresh = {at: text for at, text in wanted.items() if (kind, day, at[1], at[0]) not in self._sent}
        if not fresh:
            return 0
        workers, ordinals = [at[0] for at in fresh], [at[1] for at in fresh]
        now_ms = self._now_ms()
        async with self._database.transaction() as connection:
            await connection.execute(_SQL.lock_automatic)
            values = (workers, kind, to_datetime(now_ms), day, list(fresh.values()), ordinals)
            rows = await connection.fetch(_SQL.add_automatic, *values)
        self._sent = {one for one in self._sent if one[1] == day} | {(kind, day, at[1], at[0]) for at in fresh}
        self._tell_all(kind, day, rows, now_ms)
        return len(rows)

    def _tell(self, worker_id: int, grid_code: str, data: dict[str, object]) -> None:
        worker = self._register.worker(worker_id)
        who = {"worker_id": worker_id, "name": worker.name if worker else ""}
        self._bus.publish(AreaEvent(kind="notice", data={**who, **data}, area_code=grid_code))

    def _tell_all(self, kind: str, day: date, rows: Sequence[Row], now_ms: int) -> None:
        parts = [
            (grid, {"code": grid, "worker_id": row["worker_id"], "id": row["id"], "ordinal": row["ordinal"]})
            for row in rows
            if (grid := self._register.grid_of(row["worker_id"]))
        ]
        if parts:
            data = {"kind": kind, "day": day.isoformat(), "created_ms": now_ms}
            self._bus.publish(AreaEvent(kind="notice", data=data, parts=parts))


def _reminder(one: RoundResult, name: Callable[[], str], now_ms: int) -> str | None:
    """The text of a reminder where one is due: the end is near, and the round not begun or too slow."""
    left_ms = one.ends_ms - now_ms
    if one.state is not State.OPEN or not 0 < left_ms <= BEFORE_END_MS:
        return None
    minutes = -(-left_ms // MINUTE_MS)
    if one.covered == 0:
        return f"{name()}还有 {minutes} 分钟结束，您还没有开始，请尽快上岗巡查。"
    if one.forecast is not None and one.forecast.verdict in {Verdict.AT_RISK, Verdict.WILL_MISS}:
        return f"{name()}还有 {minutes} 分钟结束，已走到 {_percent(one)}%，请抓紧走完剩下的地方。"
    return None


def _alarm(one: RoundResult, name: Callable[[], str], present: RoundWindow, now_ms: int) -> str | None:
    """The text of an alarm where one is due: the window passed, and the round was not done or nobody can say."""
    if not 0 <= now_ms - one.ends_ms <= ALARM_WITHIN_MS:
        return None
    can_mend = present.ordinal == one.ordinal and now_ms < present.until_ms
    then = f"{_clock(present.until_ms)} 前走完，可记为补巡。" if can_mend else ""
    if one.state is State.NO_DATA:
        what = "大部分时间没有收到您的定位，请检查手机的定位、网络和后台运行设置"
        return f"{name()}时间已过，{what}。{then or '如果已经巡查过，可以在手机上申诉。'}"
    if one.state is State.MISSED:
        return f"{name()}时间已过，走到 {_percent(one)}%，没有达到要求。{then}"
    return None


def _clock(at_ms: int) -> str:
    """HH:MM of the local day that is about to end there: midnight is 24:00."""
    return clock_text((at_ms - day_start_ms(local_day(at_ms - 1))) // MINUTE_MS)


def _percent(one: RoundResult) -> int:
    return one.covered * 100 // one.cells if one.cells else 0


def _notice(row: Row) -> Notice:
    return Notice(id=row["id"], kind=row["kind"], text=row["text"], created_ms=to_ms(row["created_at"]))


def _urged(row: Row) -> Urged:
    seen, answered = row["seen_at"], row["answered_at"]
    return Urged(
        urged_ms=to_ms(row["created_at"]),
        seen_ms=to_ms(seen) if seen else None,
        answer=row["answer"],
        answered_ms=to_ms(answered) if answered else None,
    )
