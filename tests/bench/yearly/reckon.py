"""Sets the figures of the program beside those of the oracle, count by count and rate by rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise

from tests.oracle.cases import Hours, Rules, Story, hundredths, nearest_rank, reckon, step_up, tell
from tracker.cases.kpi import FORMULAS, composites, rates, volume_score
from tracker.cases.kpi_counts import COUNTS
from tracker.cases.stats_read import Period, Statistics
from tracker.clock import day_start_ms, to_ms
from tracker.db.pool import Database

_MINUTES = [(510, 720), (810, 1080)]  # 08:30-12:00, 13:30-18:00
_EVENTS = "select * from case_event where case_id > $1 and case_id <= $2 order by case_id, seq"
_ANSWERED = "select case_id, answered_at from case_reporter where answered_at is not null"


@dataclass
class Compared:
    """How many figures were set side by side, and those that differ."""

    figures: int = 0
    differing: list[str] = field(default_factory=list)

    def check(self, what: str, ours: object, theirs: object) -> None:
        """Two figures that must be the same."""
        self.figures += 1
        if ours != theirs:
            self.differing.append(f"{what}: program {ours}, oracle {theirs}")


async def stories(database: Database) -> list[Story]:
    """Every case told again from its raw events."""
    rules = await _rules(database)
    answered: dict[int, set[int]] = defaultdict(set)
    for row in await database.fetch(_ANSWERED):
        answered[row["case_id"]].add(to_ms(row["answered_at"]))
    cases = {row["id"]: dict(row) for row in await database.fetch("select * from case_file")}
    found, most = [], max(cases, default=0)
    for low in range(0, most, 2000):
        rows = await database.fetch(_EVENTS, low, low + 2000)
        for case_id, group in groupby(rows, key=lambda row: int(row["case_id"])):
            events = [dict(row) | {"at": to_ms(row["at"])} for row in group]
            for event in events:
                event["data"].pop("kpi", None)  # the oracle must not see what the program reckoned
            found.append(tell(cases[case_id], events, answered[case_id], rules))
    return found


async def _rules(database: Database) -> Rules:
    days = await database.fetch("select day, kind from calendar_day")
    special = {row["day"]: row["kind"] == "work" for row in days}
    limits = await database.fetch("select stage as key, limit_value, limit_unit from case_stage_limit")
    categories = await database.fetch("select code as key, limit_value, limit_unit from case_category")
    workers = await database.fetch("select code from case_channel where kind = 'worker'")
    serving: dict[str, list[int]] = defaultdict(list)
    for row in await database.fetch("select id, grid_code from worker where role = 'worker' order by id"):
        serving[row["grid_code"]].append(row["id"])
    return Rules(
        hours=Hours(_MINUTES, special, date(2025, 12, 1), date(2029, 1, 1)),
        limits={row["key"]: (row["limit_value"], row["limit_unit"]) for row in limits},
        categories={row["key"]: (row["limit_value"], row["limit_unit"]) for row in categories},
        worker_channels=frozenset(row["code"] for row in workers),
        grid_workers=serving,
    )


def scopes_of(village: str, department: str, channel: str) -> Iterator[str]:
    """Every scope that one thing is counted for."""
    yield from (village[:6], village[:9], village, f"{village[:6]}|c:{channel}", f"{village[:9]}|c:{channel}")
    if department:
        yield from (f"{village[:6]}|d:{department}", f"{village[:9]}|d:{department}")


def periods(first: date, end: date) -> list[Period]:
    """Every month that is touched, and the whole."""
    starts = [first]
    while starts[-1] < end:
        last = starts[-1]
        starts.append(min(end, date(last.year + last.month // 12, last.month % 12 + 1, 1)))
    return [Period(first=a, end=b) for a, b in pairwise(starts)] + [Period(first=first, end=end)]


async def compare(
    statistics: Statistics, told: Sequence[Story], wanted: Sequence[Period], say: Callable[[str], None]
) -> Compared:
    """Every count, rate, percentile, department's and worker's score of every scope and period."""
    compared = Compared()
    owners = {(story.village, department, story.channel) for story in told for _, _, department in story.flows}
    people = {f"{story.village[:6]}|w:{worker}" for story in told for _, _, worker in story.deeds}
    scopes = sorted({scope for owner in owners for scope in scopes_of(*owner)} | people)
    for period in wanted:
        from_ms, to_ms = day_start_ms(period.first), day_start_ms(period.end)
        theirs = reckon(told, from_ms, to_ms, scopes_of)
        ours = await statistics.counts(scopes, period)
        for scope in scopes:
            _counts(compared, f"{scope} {period.first}..{period.end}", ours[scope], theirs.get(scope, {}))
        _departments(compared, str(period.first), ours, theirs)
        _workers(compared, str(period.first), ours, theirs)
        await _spans(compared, statistics, told, scopes, period)
        say(f"{period.first}..{period.end}: {compared.figures} figures, {len(compared.differing)} differ")
    return compared


def _counts(compared: Compared, where: str, ours: dict[str, int], theirs: dict[str, int]) -> None:
    for count in COUNTS:
        compared.check(f"{where} {count}", ours[count], theirs.get(count, 0))
    for one in rates(ours):
        formula = FORMULAS[one.key]
        plus, minus, below = (_sum(theirs, keys) for keys in (formula.plus, formula.minus, formula.below))
        compared.check(f"{where} {one.zh}", one.percent, hundredths(plus - minus, below))


def _sum(counts: dict[str, int], keys: Sequence[str]) -> int:
    return sum(counts.get(key, 0) for key in keys)


def _departments(
    compared: Compared, where: str, ours: dict[str, dict[str, int]], theirs: dict[str, dict[str, int]]
) -> None:
    """数量分 10 + 结案率 30 % + 按时处置率 30 % + (1 - 返工率) 30 %, to the hundredth."""
    scopes = [scope for scope in ours if scope[6:9] == "|d:"]
    most = max((theirs.get(scope, {}).get("handled", 0) for scope in scopes), default=0)
    for scope in scopes:
        volume = volume_score(ours[scope]["handled"], [ours[one]["handled"] for one in scopes])
        found = {one.key: one for one in composites(ours[scope], {"volume_score": volume})}["department"].score
        shown = None if found is None else f"{found:.2f}"
        compared.check(f"{where} {scope} 部门", shown, _score(theirs.get(scope, {}), most))


def _score(counts: dict[str, int], most: int) -> str | None:
    due, owed = counts.get("due", 0), counts.get("to_handle", 0)
    if not (due and owed and most):
        return None
    parts = 10 * Fraction(counts.get("handled", 0), most) + 30 * Fraction(counts.get("closed", 0), due)
    parts += 30 * Fraction(counts.get("handled_on_time", 0), owed) + 30 * (1 - Fraction(counts.get("reworks", 0), due))
    return f"{float(parts):.2f}"


def _workers(
    compared: Compared, where: str, ours: dict[str, dict[str, int]], theirs: dict[str, dict[str, int]]
) -> None:
    """有效上报率 40 % + (1 - 漏报率) 20 % + 按时核实率 20 % + 按时核查率 20 %, to the hundredth."""
    for scope in (one for one in ours if one[6:9] == "|w:"):
        found = {one.key: one for one in composites(ours[scope], {})}["worker"].score
        compared.check(
            f"{where} {scope} 监督员", None if found is None else f"{found:.2f}", _of_worker(theirs.get(scope, {}))
        )


def _of_worker(counts: dict[str, int]) -> str | None:
    reports, filed, to_verify, to_check = (counts.get(key, 0) for key in ("reports", "filed", "to_verify", "to_check"))
    if not (reports and filed and to_verify and to_check):
        return None
    parts = 40 * Fraction(counts.get("valid_reports", 0), reports)
    parts += 20 * max(Fraction(0), 1 - Fraction(counts.get("public_verified", 0), filed))
    parts += 20 * Fraction(counts.get("verified_on_time", 0), to_verify)
    parts += 20 * Fraction(counts.get("checked_on_time", 0), to_check)
    return f"{float(parts):.2f}"


async def _spans(
    compared: Compared, statistics: Statistics, told: Sequence[Story], scopes: Sequence[str], period: Period
) -> None:
    from_ms, to_ms = day_start_ms(period.first), day_start_ms(period.end)
    values: dict[tuple[str, str], list[int]] = defaultdict(list)
    for story in told:
        for at, kind, minutes, department in story.spans:
            if from_ms <= at < to_ms:
                for scope in scopes_of(story.village, department, story.channel):
                    values[scope, kind].append(step_up(minutes))
    ours = await statistics.spans(scopes, period)
    for key in {*values, *ours}:
        for percent in (50, 90):
            found = ours[key].rank(percent) if key in ours else None
            compared.check(f"{key} P{percent}", found, nearest_rank(values[key], Fraction(percent, 100)))


def table(cases: int, counts: dict[str, int]) -> list[str]:
    """The year's rates as lines."""
    shown = rates(counts)
    return [
        f"{cases} cases",
        *(f"{one.zh:<12} {one.numerator:>8} / {one.denominator:<8} {one.percent or '—'} %" for one in shown),
    ]
