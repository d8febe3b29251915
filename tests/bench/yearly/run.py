"""Drives the cases of a year through the functions that the program uses, in the order of their time."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from tests.bench.yearly.life import HOUR_MS, Step, actor_of, at_work, next_step, report
from tests.bench.yearly.town import BEGINS_MS, GRIDS, Town
from tracker.cases.book import Book
from tracker.cases.intake import Intake, checked
from tracker.cases.model import Actor, Change
from tracker.cases.records import AnswerBody, NoteBody, RatingBody, ReplyBody, SuperviseBody, VisitBody
from tracker.cases.rows import CaseFile
from tracker.cases.states import Doer, State
from tracker.clock import DAY_MS
from tracker.errors import BadValue, Conflict, Forbidden, NotFound

WINDOW_MS = HOUR_MS // 2  # acts of different cases within it run side by side
AT_ONCE = 6
FORESEEN = (BadValue, Conflict, Forbidden, NotFound)
_OPEN = (
    "select case_id, ordinal from case_reporter where outcome is null "
    "and (case_id = $1 or case_id in (select id from case_file where merged_into = $1))"
)
_LAST_ASKED = "select max(ordinal) from case_supervision where case_id = $1"
_OUTCOMES = {"satisfied": 62, "basic": 18, "unsatisfied": 8, "no_contact": 9, "anonymous": 3}
Act = tuple[int, int, int | None, Step | None]  # when, its number, the case or None for a report, what


@dataclass(kw_only=True)
class Year:
    """A queue of (time, number, case or None for a report, step)."""

    town: Town
    dice: random.Random
    queue: list[Act] = field(default_factory=list)
    pool: list[int] = field(default_factory=list)  # cases that others may be merged into
    acts: int = 0
    refused: int = 0
    number: int = 0

    def plan(self, cases: int, days: int) -> None:
        """Reports over the days: more by day than by night, more in summer, fewer on days of rest."""
        for _ in range(cases):
            day = self.dice.randrange(days)
            hour = min(23.9, max(0.0, self.dice.gauss(11.5, 4)))
            self.push(BEGINS_MS + day * DAY_MS + int(hour * HOUR_MS), None, None)

    def push(self, at_ms: int, case_id: int | None, step: Step | None) -> None:
        self.number += 1
        heapq.heappush(self.queue, (at_ms, self.number, case_id, step))

    async def run(self, until_ms: int, say: Callable[[str], None]) -> None:
        """Everything before an instant; the watch rings once in each window that has acts or due clocks."""
        month = -1
        while self.queue and self.queue[0][0] < until_ms:
            ends_ms = self.queue[0][0] // WINDOW_MS * WINDOW_MS + WINDOW_MS
            window = []
            while self.queue and self.queue[0][0] < ends_ms:
                window.append(heapq.heappop(self.queue))
            gate = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(self._one(gate, one) for one in _apart(window)))
            self.town.at(ends_ms)
            await self.town.watch.tick()
            if (reached := (ends_ms - BEGINS_MS) // (30 * DAY_MS)) != month:
                month = reached
                say(f"day {(ends_ms - BEGINS_MS) // DAY_MS}: {self.acts} acts, {self.refused} refused")

    async def _one(self, gate: asyncio.Semaphore, acts: list[Act]) -> None:
        async with gate:
            for at_ms, _, case_id, step in acts:
                self.town.at(at_ms)
                self.acts += 1
                try:
                    case = await self._act(case_id, step)
                except FORESEEN:
                    self.refused += 1
                    case = await self.town.case(case_id) if case_id is not None else None
                if case is not None:
                    self._next(case, at_ms, await self.town.books.get())

    def _next(self, case: CaseFile, at_ms: int, book: Book) -> None:
        found = next_step(case, self.dice, book, self.pool[-40:])
        if found is not None:
            self.push(at_work(self.dice, at_ms + 1000 + int(found[0] * HOUR_MS)), case.id, found[1])
        if case.state is State.HANDLING and case.id not in self.pool[-40:]:
            self.pool.append(case.id)

    async def _act(self, case_id: int | None, step: Step | None) -> CaseFile | None:
        town, dice = self.town, self.dice
        if case_id is None or step is None:
            actor, body = report(dice, await town.books.get())
            intake = msgspec.convert(body, Intake)
            new = checked(intake, await town.books.get(), town.register.grid_at, town.clock())
            return await town.case((await town.cases.create(new, actor)).id)
        case = await town.case(case_id)
        worker = GRIDS.index(case.area_code) + 1 if case.worker_id is None else case.worker_id
        actor = actor_of(step.doer, dice, worker_id=worker, department=case.department_code)
        if step.act == "change":
            body = {"to": step.to, "version": case.version} | (step.body or {})
            return await town.cases.change(case_id, msgspec.convert(body, Change), actor)
        done: CaseFile | None = await getattr(self, f"_{step.act}")(case, actor)
        return done

    async def _look(self, case: CaseFile, _actor: Actor) -> CaseFile:
        """The watch has resumed it meanwhile."""
        return case

    async def _suspend(self, case: CaseFile, actor: Actor) -> CaseFile:
        until_ms = self.town.clock() + int((3 + self.dice.random() * 17) * DAY_MS)
        change = Change(to=State.SUSPEND_REQ, version=case.version, reason="冬季不能施工", until_ms=until_ms)
        return await self.town.cases.change(case.id, change, actor)

    async def _supervise(self, case: CaseFile, actor: Actor) -> CaseFile:
        body = SuperviseBody(kind="urge" if self.dice.random() < 0.6 else "supervise", text="请抓紧办理", level="key")
        after = await self.town.records.supervise(case.id, body, actor)
        if self.dice.random() < 0.8:
            doer = actor_of(Doer.DEPARTMENT, self.dice, department=case.department_code)
            ordinal = await self.town.database.fetchval(_LAST_ASKED, case.id)
            after = await self.town.records.answer(case.id, ordinal, AnswerBody(reply="正在办理"), doer)
        if self.dice.random() < 0.3:
            return await self.town.records.note(case.id, NoteBody(text="已电话沟通"), actor)
        return after

    async def _finish(self, case: CaseFile, actor: Actor) -> CaseFile:
        """Answer everybody, call everybody, close."""
        case = await self.town.records.reply(
            case.id, ReplyBody(version=case.version, text="您反映的问题已经处理"), actor
        )
        for row in await self.town.database.fetch(_OPEN, case.id):
            outcome = self.dice.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
            for _ in range(3 if outcome == "no_contact" else 1):
                solved = None if outcome in ("no_contact", "anonymous") else self.dice.random() < 0.85
                body = {"version": case.version, "reporter": row["ordinal"], "outcome": outcome}
                visit = msgspec.convert(body | {"case_id": row["case_id"], "solved": solved}, VisitBody)
                case = await self.town.records.visit(case.id, visit, actor)
        leader = actor_of(Doer.SHIFT_LEADER, self.dice)
        return await self.town.cases.change(case.id, Change(to=State.CLOSED, version=case.version), leader)

    async def _rate(self, case: CaseFile, actor: Actor) -> CaseFile | None:
        body = RatingBody(rating=self.dice.randint(1, 5), solved=self.dice.random() < 0.7)
        await self.town.records.rate(case.id, 1, body, actor)
        return None


def _apart(window: list[Act]) -> list[list[Act]]:
    """Acts of one case one after the other; everything else side by side."""
    by_case: dict[int, list[Act]] = {}
    for one in window:
        by_case.setdefault(one[1] if one[2] is None else -one[2], []).append(one)
    return list(by_case.values())
