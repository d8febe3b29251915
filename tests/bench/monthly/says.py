"""What the reports said of each truth: tables out of the stored rounds, the signals, and the answers of the routes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import openpyxl
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.bench.monthly.house import FIRST, House
from tests.bench.monthly.truths import EXPECTED, HONEST, Truth
from tracker.demo.county.model import COUNTY_CODE
from tracker.patrol.model import State

STATES = (State.DONE, State.LATE, State.MISSED, State.NO_DATA, State.EXCUSED)
COLUMNS = {
    "应巡": "due",
    "按时完成": "done",
    "补巡完成": "late",
    "未巡": "missed",
    "无数据": "no_data",
    "请假": "excused",
}
Key = tuple[str, date, int]  # grid, day, ordinal
Client = TestClient[web.Request, web.Application]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scripted:
    """What is kept of one worker's round: enough to compare."""

    worker_id: int
    grid: str
    day: date
    ordinal: int
    truth: Truth
    covered: int | None
    signals: frozenset[str]


@dataclass(kw_only=True, slots=True)
class Said:
    """The comparison; a test asks it, the program prints it."""

    states: Counter[tuple[Truth, str]] = field(default_factory=Counter)
    wrong: list[tuple[Scripted, str, float]] = field(default_factory=list)  # with the state and the share covered
    errors: dict[Truth, list[float]] = field(default_factory=dict)  # share in the report - the true one
    hits: Counter[tuple[Truth, str]] = field(default_factory=Counter)  # rounds of a cheat whose day has the signal
    misses: Counter[tuple[Truth, str]] = field(default_factory=Counter)
    accused: list[tuple[int, date, str]] = field(default_factory=list)  # honest days with a signal
    honest_days: int = 0
    revised: Counter[Truth] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)  # between routes, files and the truth


async def compare(house: House, scripted: Sequence[Scripted], signals_from: date) -> Said:
    """Lay the stored rounds and signals beside the truth."""
    said = Said()
    rows = await house.database.fetch(
        "select grid_code, day, ordinal, state, covered, cells, revised_at from patrol_round where day >= $1", FIRST
    )
    rounds: dict[Key, Any] = {(row["grid_code"], row["day"], row["ordinal"]): row for row in rows}
    last = max(one.day for one in scripted)
    stored = sum(1 for _, day, _ in rounds if day <= last)
    if stored != len(scripted):
        said.differences.append(f"{stored} rounds stored, {len(scripted)} scripted")
    for one in scripted:
        row = rounds.get((one.grid, one.day, one.ordinal))
        state = row["state"] if row else "absent from the table"
        said.states[one.truth, state] += 1
        share = row["covered"] / row["cells"] if row else 0.0
        if state != EXPECTED[one.truth].state and one.truth is not Truth.LANES:
            said.wrong.append((one, state, share))
        if row and one.covered is not None:
            said.errors.setdefault(one.truth, []).append(share - one.covered / row["cells"])
        said.revised[one.truth] += bool(row and row["revised_at"])
        if row and (row["revised_at"] is not None) != (one.truth is Truth.LATE_UPLOAD):
            said.differences.append(f"{one.truth}: revised {row['revised_at']}, {one.grid} {one.day} {one.ordinal}")
    await _signals(house, [one for one in scripted if one.day >= signals_from], said)
    return said


async def _signals(house: House, scripted: Sequence[Scripted], said: Said) -> None:
    rows = await house.database.fetch("select worker_id, day, kind from patrol_signal")
    found = {(row["worker_id"], row["day"], row["kind"]) for row in rows}
    wanted: set[tuple[int, date, str]] = set()
    days: dict[tuple[int, date], set[Truth]] = {}
    for one in scripted:
        days.setdefault((one.worker_id, one.day), set()).add(one.truth)
        for kind in one.signals:
            wanted.add((one.worker_id, one.day, kind))
            is_found = (one.worker_id, one.day, kind) in found
            (said.hits if is_found else said.misses)[one.truth, kind] += 1
    said.honest_days = sum(1 for truths in days.values() if truths <= HONEST)
    said.accused = sorted(key for key in found - wanted if key[:2] in days and days[key[:2]] <= HONEST)


async def ask_reports(house: House, scripted: Sequence[Scripted], said: Said, days: int) -> None:
    """The month by worker, grid, village and township through the routes and as files, added up against the truth."""
    last = FIRST + timedelta(days=days - 1)
    truth = Counter(str(EXPECTED[one.truth].state) for one in scripted)
    async with house.desk() as client:
        for by in ("worker", "grid", "village", "township"):
            query = f"area={COUNTY_CODE}&from={FIRST}&to={last}&by={by}"
            rows = await _pages(client, query)
            sums = {name: sum(row[name] for row in rows) for name in ("due", *STATES, "by_others")}
            if sums["due"] != len(scripted):
                said.differences.append(f"by {by}: due {sums['due']}, scripted {len(scripted)}")
            if sums["excused"] != truth["excused"]:
                said.differences.append(f"by {by}: excused {sums['excused']}, on leave {truth['excused']}")
            said.files.append(f"{by:9} {len(rows):6} rows  " + "  ".join(f"{k} {v}" for k, v in sums.items()))
            for suffix in ("csv", "xlsx"):
                await _check_file(client, suffix, query, rows, said)


async def _pages(client: Client, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await client.get(f"/api/v1/patrol/compliance?{query}{cursor}")
        page = await answer.json()
        rows += page["rows"]
        if page["next"] is None:
            return rows
        cursor = f"&cursor={page['next']}"


async def _check_file(client: Client, suffix: str, query: str, rows: Sequence[dict[str, Any]], said: Said) -> None:
    answer = await client.get(f"/api/v1/patrol/compliance.{suffix}?{query}")
    body = await answer.read()
    lines = _csv(body) if suffix == "csv" else _xlsx(body)
    head, table, last = lines[0], lines[1:-1], lines[-1]
    said.files.append(f"          {len(table):6} lines of {suffix}, {len(body) / 1024:.0f} KiB")
    for title, name in COLUMNS.items():
        place, wanted = head.index(title), sum(row[name] for row in rows)
        totals = sum(int(line[place]) for line in table), int(last[place])  # the last line is the sum
        if totals != (wanted, wanted) or len(table) != len(rows):
            said.differences.append(f"{suffix}?{query}: {title} {totals}, route {wanted}")


def _csv(body: bytes) -> list[list[Any]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def _xlsx(body: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(body), read_only=True).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def lines_of(said: Said) -> Iterable[str]:
    """The tables as text."""
    yield "Truth × reported state (rounds)"
    yield f"{'':30}" + "".join(f"{state:>9}" for state in STATES) + "  expected   as expected   revised"
    for truth in Truth:
        counts = [said.states[truth, state] for state in STATES]
        if total := sum(n for (one, _), n in said.states.items() if one is truth):
            right = said.states[truth, EXPECTED[truth].state] / total
            cells = "".join(f"{count:9}" for count in counts)
            yield f"{truth:30}{cells}  {EXPECTED[truth].state:9}{right:13.2%}{said.revised[truth]:10}"
    yield ""
    yield "Coverage in the report minus the true one (share of cells)"
    for truth, errors in said.errors.items():
        low, middle, high = np.percentile(errors, [1, 50, 99])
        yield (
            f"{truth:30}{len(errors):9} rounds  mean {np.mean(errors):+.4f}  1 % {low:+.4f}  median {middle:+.4f}"
            f"  99 % {high:+.4f}  worst {max(errors, key=abs):+.4f}"
        )
    yield ""
    yield "Truth × signals (rounds of examined days)"
    for truth, kind in sorted({*said.hits, *said.misses}):
        yield f"{truth:30}{kind:10} found {said.hits[truth, kind]:6}  missed {said.misses[truth, kind]:6}"
    yield f"signals on {said.honest_days} days of honest workers: {len(said.accused)}"
    yield from (f"  {kind}: {n}" for kind, n in Counter(kind for _, _, kind in said.accused).items())
    yield ""
    yield "Compliance by route and file"
    yield from said.files
    yield from said.differences or ["no difference between routes, files and truth"]
    yield ""
    yield f"{len(said.wrong)} rounds are not reported as expected"
    for one, state, share in said.wrong[:12]:
        yield f"  {one.truth}: {state}, {share:.2f} covered: worker {one.worker_id}, {one.day}, round {one.ordinal}"
