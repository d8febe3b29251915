"""An independent, slow reckoning of the figures of cases from the raw event log, event by event.

It shares nothing with the program but the definitions of docs/kpi.md: states, deadlines and departments are worked
out anew from what people did and when; the marks that the program leaves in its events are not read; working time is a
list of intervals that is searched; rates are `fractions.Fraction`, percents `decimal.Decimal`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

ZONE = timezone(timedelta(hours=8))
MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
STAGE_OF = {
    "reported": "acceptance", "verifying": "verifying", "accepted": "filing", "filed": "dispatch",
    "dispatched": "signing", "handled": "send_check", "checking": "checking", "reply_due": "closing",
    "reopened": "reopening",
}  # fmt: skip
SHUT = {"closed", "rejected", "voided", "merged"}
HEARD = {"satisfied", "basic", "unsatisfied"}


class Hours:
    """Working time of some years as sorted intervals with their sums."""

    def __init__(self, hours: Sequence[tuple[int, int]], special: Mapping[date, bool], first: date, last: date) -> None:
        self.day_ms = sum(b - a for a, b in hours) * MINUTE_MS
        spans = []
        day = first
        while day < last:
            if special.get(day, day.weekday() < 5):  # Monday to Friday
                midnight = int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) * 1000
                spans += [(midnight + a * MINUTE_MS, midnight + b * MINUTE_MS) for a, b in hours]
            day += timedelta(days=1)
        self.starts = [a for a, _ in spans]
        self.sums = [0, *accumulate(b - a for a, b in spans)]
        self.spans = spans

    def until(self, at_ms: int) -> int:
        """Working ms from the beginning to an instant."""
        n = bisect_right(self.starts, at_ms)
        return self.sums[n] - max(0, self.spans[n - 1][1] - at_ms) if n else 0

    def after(self, at_ms: int, amount_ms: int) -> int:
        """The first instant by which so much working time has passed."""
        wanted = self.until(at_ms) + amount_ms
        n = bisect_left(self.sums, wanted) - 1
        return self.spans[n][0] + wanted - self.sums[n]


@dataclass
class Clock:
    stage: str
    limit: int  # in its unit, extensions among it
    unit: str
    began: int
    pauses: list[tuple[int, int | None]] = field(default_factory=list)
    ended: int | None = None
    kept: bool = True  # False: cancelled
    sealed: int | None = None

    def deadline(self, hours: Hours) -> int | None:
        """None while it is paused."""
        if self.sealed is not None:
            return self.sealed
        if self.pauses and self.pauses[-1][1] is None:
            return None
        working = self.unit in ("work_hour", "work_day")
        each = {"minute": MINUTE_MS, "natural_day": DAY_MS, "work_hour": 60 * MINUTE_MS, "work_day": hours.day_ms}
        left, at = self.limit * each[self.unit], self.began
        for begins, ends in self.pauses:
            spent = hours.until(begins) - hours.until(at) if working else begins - at
            if spent >= left:
                break
            left, at = left - spent, int(ends or 0)
        return hours.after(at, left) if working else at + left


@dataclass
class Ending:
    at: int
    state: str
    department: str
    on_time: bool
    reworked: bool
    round: int
    answered: bool
    undone: int | None = None


@dataclass
class Story:
    """One case, told again from its events; `flows` are (at, count, department), `lines` (at, state) of changes.

    `deeds` are (at, count, worker): what counts for a grid worker.
    """

    channel: str
    village: str
    flows: list[tuple[int, str, str]] = field(default_factory=list)
    deeds: list[tuple[int, str, int]] = field(default_factory=list)
    lines: list[tuple[int, str, str, int | None, dict[str, int], int | None]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    said: dict[int, dict[tuple[int, int], list[tuple[int, str | None, bool]]]] = field(default_factory=dict)
    spans: list[tuple[int, str, int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Rules:
    """What a county configures."""

    hours: Hours
    limits: Mapping[str, tuple[int, str]]
    categories: Mapping[str, tuple[int, str]]
    worker_channels: frozenset[str]
    grid_workers: Mapping[str, Sequence[int]]


def tell(case: Mapping[str, Any], events: Iterable[Mapping[str, Any]], answered_at: set[int], rules: Rules) -> Story:
    """The story of a case; `answered_at` are the instants at which its first reporter was answered by the table."""
    return _Teller(case, answered_at, rules).tell(events)


class _Teller:
    def __init__(self, case: Mapping[str, Any], answered_at: set[int], rules: Rules) -> None:
        self.case, self.rules, self.answered_at = case, rules, answered_at
        self.story = Story(channel=case["channel"], village=case["area_code"][:12])
        self.clocks: list[Clock] = []
        self.department: str | None = None
        self.worker: int | None = None  # who was last asked to verify or to check
        self.whose = ""  # who is in charge of what a change ends, or else of what it begins
        self.state = ""
        self.late = self.reworked = self.heard = self.is_answered = False
        self.round = 0
        self.asked: list[tuple[int, str]] = []

    def limit(self, stage: str) -> tuple[int, str]:
        own = stage == "handling"
        value, unit = self.rules.categories[self.case["category_code"]] if own else self.rules.limits[stage]
        if self.case["urgent"] and unit in ("work_hour", "work_day"):
            return (value * 60, "minute") if unit == "work_hour" else (value, "natural_day")
        return value, unit

    def start(self, stage: str, at: int) -> None:
        self.clocks.append(Clock(stage, *self.limit(stage), began=at))

    def running(self, stage: str) -> Clock | None:
        return next((one for one in reversed(self.clocks) if one.stage == stage and one.ended is None), None)

    def stop(self, stage: str, at: int, *, kept: bool = True) -> bool | None:
        clock = self.running(stage)
        if clock is None:
            return None
        clock.sealed = clock.deadline(self.rules.hours)
        clock.ended, clock.kept = at, kept
        return clock.sealed is None or at <= clock.sealed

    def flow(self, at: int, count: str) -> None:
        self.story.flows.append((at, count, self.whose))
        self.story.deeds += [(at, count, worker) for worker in self.answering(count) if worker is not None]

    def answering(self, count: str) -> Sequence[int | None]:
        """The reporter for what is reported, the grid's workers for what happens there, else who was asked."""
        if count in ("reports", "valid"):
            return [self.case["reporter_worker"]]
        if count in ("filed", "public_verified"):
            return self.rules.grid_workers.get(self.case["area_code"], ())
        return [self.worker] if count.endswith((" verifying", " checking")) else []

    def tell(self, events: Iterable[Mapping[str, Any]]) -> Story:
        for event in events:
            getattr(self, f"_{event['kind']}", lambda _: None)(event)
        return self.story

    def _urge(self, event: Mapping[str, Any]) -> None:
        self.story.flows.append((event["at"], "supervisions", self.department or ""))
        self.asked.append((event["at"], self.department or ""))

    _supervise = _urge

    def _clock(self, event: Mapping[str, Any]) -> None:
        if event["data"]["what"] == "warning" and event["data"]["stage"] == "handling":
            self._urge(event)

    def _answer(self, event: Mapping[str, Any]) -> None:
        at, department = self.asked[event["data"]["ordinal"] - 1]
        self.story.flows.append((at, "supervisions_answered", department))

    def _reply(self, _event: Mapping[str, Any]) -> None:
        self.is_answered = True

    def _visit(self, event: Mapping[str, Any]) -> None:
        data = event["data"]
        who = (data.get("case_id", self.case["id"]), data["reporter"])
        told = self.story.said.setdefault(self.round, {}).setdefault(who, [])
        told.append((event["at"], data["outcome"], data.get("solved") is True))

    def _rating(self, event: Mapping[str, Any]) -> None:
        if self.state not in SHUT or self.state == "closed":
            self._visit(event)

    def _change(self, event: Mapping[str, Any]) -> None:
        source, target, at = event["from_state"], event["to_state"], event["at"]
        before = self.department
        self._departments(source, target, event)
        self.whose = before or self.department or ""
        if source is None:
            self.flow(at, "reports")
        self._stages(source, target, at, event)
        self._counts(source, target, at, event)
        if target in ("verifying", "checking"):
            self.worker = event["data"].get("worker_id", self.worker)
        self.state = target
        if event["actor"] in ("operator", "shift_leader", "dispatcher") and not self.heard and source is not None:
            self.heard = True
            self._span(at, "first", self.clocks[0].began, [])
        lines = {one.stage: one.deadline(self.rules.hours) for one in self.clocks if one.ended is None}
        due = {stage: line for stage, line in lines.items() if line is not None}
        self.story.lines.append((at, target, self.department or "", self._case_due(target), due, self.worker))

    def _departments(self, source: str | None, target: str, event: Mapping[str, Any]) -> None:
        if target == "dispatched" and source == "filed":
            self.department = event["data"].get("department") or self.department
        if target == "filed" and source in ("return_req", "reopened"):
            self.department = None

    def _case_due(self, target: str) -> int | None:
        last = [one for one in self.clocks if one.stage == "handling" and one.kept]
        is_owed = target not in SHUT and target != "reopened" and self.department and last
        return last[-1].deadline(self.rules.hours) if is_owed else None

    def _stages(self, source: str | None, target: str, at: int, event: Mapping[str, Any]) -> None:
        """Clocks of stages: what ends, what stops, what begins."""
        if target == "void_req" or source == "void_req":
            if target in SHUT:
                self._cancel(at)
            return
        if source in STAGE_OF:
            self._ended(STAGE_OF[source], at)
        if source == "handling" and target == "handled":
            clock = self.running("handling")
            self._ended("handling", at)
            if clock is not None:
                self._span(at, "handling", clock.began, clock.pauses)
        if source == "return_req" and target == "filed":
            self.stop("handling", at, kept=False)
        handling = self.running("handling")
        if target == "suspended" and handling:
            handling.pauses.append((at, None))
        if source == "suspended" and handling:
            handling.pauses[-1] = (handling.pauses[-1][0], at)
        if source == "extend_req" and event["data"].get("approve") and handling:
            handling.limit += event["data"].get("extend", 0)
        if target in SHUT:
            self._cancel(at)
            return
        if target in STAGE_OF and not (source is None and target != "reported"):
            self.start(STAGE_OF[target], at)
        if target == "dispatched":
            self.start("handling", at)

    def _cancel(self, at: int) -> None:
        for clock in self.clocks:
            if clock.ended is None:
                self.stop(clock.stage, at, kept=False)

    def _ended(self, stage: str, at: int) -> None:
        if self.running(stage) is None:
            return
        on_time = self.stop(stage, at)
        self.flow(at, f"done {stage}")
        if on_time:
            self.flow(at, f"on time {stage}")
        if stage == "handling" and not on_time:
            self.late = True

    def _span(self, at: int, kind: str, began: int, pauses: Sequence[tuple[int, int | None]]) -> None:
        hours = self.rules.hours
        spent = hours.until(at) - hours.until(began)
        spent -= sum(hours.until(at if b is None else min(b, at)) - hours.until(a) for a, b in pauses)
        self.story.spans.append((at, kind, spent // MINUTE_MS, self.department or ""))

    def _counts(self, source: str | None, target: str, at: int, event: Mapping[str, Any]) -> None:
        for count, holds in self._named(source, target, event).items():
            if holds:
                self.flow(at, count)
        if target in ("closed", "rejected", "voided"):
            answered = self.is_answered or at in self.answered_at or source == "reported"
            ending = Ending(at, target, self.whose, not self.late, self.reworked, self.round, answered)
            self.story.endings.append(ending)
        if source == "closed":
            self.story.endings[-1].undone = at
            self.round += 1
            self.is_answered = False
        self.reworked |= (source, target) == ("checking", "filed")

    def _named(self, source: str | None, target: str, event: Mapping[str, Any]) -> dict[str, bool]:
        pair = (source, target)
        ended = {count[8:] for at, count, _ in self.story.flows if at == event["at"] and count.startswith("on time")}
        public = self.case["channel"] not in self.rules.worker_channels
        return {
            "accepted": pair in (("reported", "accepted"), ("reported", "verifying")),
            "rejected": target == "rejected",
            "filed": pair == ("accepted", "filed"),
            "filed_on_time": pair == ("accepted", "filed") and "filing" in ended,
            "voided": target == "voided",
            "merged": target == "merged",
            "reopened": source == "closed",
            "dispatches": pair == ("filed", "dispatched"),
            "wrong_dispatches": pair in (("checking", "filed"), ("return_req", "filed")),
            "returned": pair == ("return_req", "filed"),
            "refused": pair == ("return_req", "handling"),
            "extended": pair == ("extend_req", "handling") and event["data"].get("approve") is True,
            "sent_to_verify": pair == ("reported", "verifying"),
            "sent_to_verify_on_time": pair == ("reported", "verifying") and "acceptance" in ended,
            "sent_to_check": pair == ("handled", "checking"),
            "sent_to_check_on_time": pair == ("handled", "checking") and "send_check" in ended,
            "public_verified": pair == ("verifying", "accepted") and public,
            "supervisor_verified": pair == ("accepted", "filed") and self.case["channel"] == "inspection",
            "valid": pair in (("accepted", "filed"), ("reported", "closed")),
        }


STAGE_COUNTS = {
    "verifying": ("to_verify", "", "verified_on_time"), "dispatch": ("to_dispatch", "", "dispatched_on_time"),
    "signing": ("to_sign", "", "signed_on_time"), "handling": ("to_handle", "handled", "handled_on_time"),
    "checking": ("to_check", "", "checked_on_time"), "closing": ("closings", "", "closings_on_time"),
}  # fmt: skip


def reckon(stories: Iterable[Story], from_ms: int, to_ms: int, scopes_of: Any) -> dict[str, dict[str, int]]:
    """Every count of a period by scope; `scopes_of(village, department, channel)` names the scopes of one thing."""
    found: dict[str, dict[str, int]] = {}

    def add(story: Story, department: str, count: str, n: int = 1) -> None:
        for scope in scopes_of(story.village, department, story.channel):
            counts = found.setdefault(scope, {})
            counts[count] = counts.get(count, 0) + n

    def lay_to(story: Story, worker: int, count: str) -> None:
        counts = found.setdefault(f"{story.village[:6]}|w:{worker}", {})
        counts[count] = counts.get(count, 0) + 1

    for story in stories:
        _flows(story, from_ms, to_ms, add)
        _deeds(story, from_ms, to_ms, lay_to)
        _stock(story, to_ms, add)
        for ending in story.endings:
            if from_ms <= ending.at < to_ms and not (ending.undone is not None and ending.undone < to_ms):
                _ending(story, ending, add)
    return found


def _flows(story: Story, from_ms: int, to_ms: int, add: Any) -> None:
    for at, count, department in story.flows:
        if from_ms <= _counts_at(story, at, count) < to_ms:
            for name in _names(count):
                add(story, department, name)


def _deeds(story: Story, from_ms: int, to_ms: int, lay_to: Any) -> None:
    """What workers did, what others found in their grids, and what they owe at the end of the period."""
    for at, count, worker in story.deeds:
        if from_ms <= _counts_at(story, at, count) < to_ms:
            for name in _names(count):
                lay_to(story, worker, name)
    known = [line for line in story.lines if line[0] < to_ms]
    if known:
        *_, due, holder = known[-1]
        for stage in ("verifying", "checking"):
            if holder is not None and stage in due and due[stage] < to_ms:
                lay_to(story, holder, STAGE_COUNTS[stage][0])


def _counts_at(story: Story, at: int, count: str) -> int:
    """A report that proves valid later is one of the day on which it came."""
    return story.flows[0][0] if count == "valid" else at


def _names(count: str) -> list[str]:
    """The counts that a flow belongs to."""
    kind, _, stage = count.rpartition(" ")
    if not kind:
        return ["valid_reports" if count == "valid" else count]
    owed, done, on_time = STAGE_COUNTS.get(stage, ("", "", ""))
    return [name for name in ((owed, done) if kind == "done" else (on_time,)) if name]


def _stock(story: Story, to_ms: int, add: Any) -> None:
    """What stands open at the end of the period, as it was known then."""
    known = [line for line in story.lines if line[0] < to_ms]
    if not known:
        return
    _, state, department, case_due, due, _ = known[-1]
    if state == "suspended":
        add(story, department, "suspended")
    if case_due is not None and case_due < to_ms:
        add(story, department, "due")
    for stage, line in due.items():
        if stage in STAGE_COUNTS and line < to_ms:
            add(story, department, STAGE_COUNTS[stage][0])
            if stage == "handling":
                add(story, department, "late_unhandled")


def _ending(story: Story, ending: Ending, add: Any) -> None:
    names = ["ended"] + ["answered"] * ending.answered
    if ending.state == "closed":
        names += ["closed", "due"] + ["closed_on_time"] * ending.on_time + ["reworks"] * ending.reworked
        for told in story.said.get(ending.round, {}).values():
            _, outcome, solved = told[-1]
            if outcome in HEARD:
                names += ["visited", outcome] + ["solved"] * solved
    for name in names:
        add(story, ending.department, name)


def step_up(minutes: int) -> int:
    """Minutes are told in steps: 1 up to 2 hours, 5 up to 10, 30 up to 100, 600 above."""
    for most, step in ((120, 1), (600, 5), (6000, 30)):
        if minutes <= most:
            return -(-minutes // step) * step
    return -(-minutes // 600) * 600


def nearest_rank(values: Sequence[int], share: Fraction) -> int | None:
    """The smallest value that at least this share of all does not exceed."""
    return sorted(values)[max(0, -(-len(values) * share.numerator // share.denominator) - 1)] if values else None


def hundredths(above: int, below: int) -> str | None:
    """A rate in percent, halves up; None where there is nothing to divide by."""
    if below <= 0:
        return None
    exact = Fraction(100 * above, below)
    return str((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP))
