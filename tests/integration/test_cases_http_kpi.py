from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.cases_desk import Desk, desk_on
from tests.integration.cases_house import OTHER_GRID, OTHER_TOWNSHIP, TOWNSHIP, by
from tracker.cases.states import Doer, State
from tracker.clock import DAY_MS
from tracker.db.pool import Database

LEAGUE = "/api/v1/case-kpi/league"
_COUNTED = """
insert into case_kpi_day (scope, day, hangs_on, reports, valid_reports, filed, done_verifying, ontime_verifying,
  done_checking, ontime_checking)
select '130523|w:' || id, '2026-11-23', '2026-11-23', case when id = 23 then 9 else 20 end, id - 15, 5, 5, 5, 5, 5
from worker where id > 18
"""


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with desk_on(database) as made:
        yield made


def period(desk: Desk) -> dict[str, str]:
    return {"from": str(desk.cases.now_ms - DAY_MS), "to": str(desk.cases.now_ms + DAY_MS)}


async def test_figures_are_those_of_the_cases(desk: Desk) -> None:
    """By hand: 4 reports; one closed on time, one handled late and closed, one due and open, one rejected."""
    on_time, late, waiting, rejected = [await desk.create() for _ in range(4)]
    await desk.change(rejected, "rejected", "operator", reason="重复反映", reply="已在办理")
    await desk.cases.until(on_time, State.CLOSED)
    for case_id in (late, waiting):
        await desk.cases.until(case_id, State.HANDLING)
    desk.cases.go_to("2026-11-23 15:00")  # the limit of 4 working hours ended at 14:30
    await desk.cases.until(late, State.CLOSED)
    status, figures = await desk.call("GET", "/api/v1/case-kpi", "shift_leader", **period(desk))
    assert status == 200
    counts = figures["counts"]
    wanted = {"reports": 4, "filed": 3, "due": 3, "closed": 2, "closed_on_time": 1, "handled_on_time": 1, "handled": 2}
    assert {key: counts[key] for key in wanted} == wanted
    status, refused = await desk.call("GET", "/api/v1/case-kpi", "shift_leader", to=period(desk)["to"])
    assert (status, refused["error"]["field"]) == (400, "from")
    assert "from is missing" in refused["error"]["message"]
    rates = {one["key"]: (one["percent"], one["formula"]) for one in figures["rates"]}
    assert rates["closing"] == ("66.67", "结案率 = 结案数 / 应结案数")
    assert rates["closing_on_time"][0] == "33.33"
    assert rates["answered"][0] == "100.00"
    assert rates["verified_on_time"][0] is None
    _, page = await desk.call("GET", "/api/v1/case-kpi/cases", "shift_leader", count="closed", **period(desk))
    assert [one["id"] for one in page["cases"]] == [late, on_time]


async def of_five_workers(desk: Desk) -> None:
    """Five workers, 19 to 23, of the other township with figures of 2026-11-23: the higher, the better."""
    await desk.cases.database.execute(
        "insert into worker (id, number, name, role, grid_code, valid_from) "
        "select n, 'W' || n, '赵' || n, 'worker', $1, '2020-01-01' from generate_series(19, 23) n",
        OTHER_GRID,
    )
    await desk.cases.database.execute("update register_version set version = version + 1")
    await desk.cases.register.refresh()
    await desk.cases.database.execute(_COUNTED)


async def test_a_worker_is_scored_with_the_formula_beside_it(desk: Desk) -> None:
    made = await desk.cases.create(by(Doer.WORKER), channel="grid")
    await desk.cases.until(made.id, State.CLOSED)
    told = await desk.cases.create(channel="code")
    await desk.change(told.id, "verifying", "operator")
    await desk.cases.until(told.id, State.ACCEPTED)
    status, found = await desk.call("GET", LEAGUE, "shift_leader", by="worker", **period(desk))
    assert status == 200
    [row] = found["rows"]
    assert (row["key"], row["name"], row["rank"]) == ("17", "王五（柳林村 第一网格）", None)  # few cases
    parts = {one["key"]: (one["percent"], one["numerator"], one["denominator"]) for one in row["rates"]}
    assert parts["valid_reports"] == ("100.00", 1, 1)
    assert parts["missed"] == ("100.00", 1, 1)
    assert (row["score"], row["grade"]) == (80.0, "B")  # 40 + 0 + 20 + 20
    assert found["composite"]["formula"].startswith("监督员 = 有效上报率×40% + (1−漏报率)×20%")
    assert [(one["above"], one["below"]) for one in found["rates"]][1] == (["public_verified"], ["filed"])


async def test_workers_are_ranked_among_all_before_a_page_or_a_name_is_cut(desk: Desk) -> None:
    await of_five_workers(desk)
    ask = {"by": "worker", **period(desk)}
    _, first = await desk.call("GET", LEAGUE, "shift_leader", limit="2", **ask)
    _, second = await desk.call("GET", LEAGUE, "shift_leader", limit="3", cursor=first["next"], **ask)
    assert [(row["key"], row["rank"]) for row in first["rows"]] == [("22", 1), ("21", 2)]
    assert [(row["key"], row["rank"]) for row in second["rows"]] == [("20", 3), ("19", 4), ("23", None)]
    assert (first["members"], first["next"], second["next"]) == (5, "2", None)
    _, named = await desk.call("GET", LEAGUE, "shift_leader", name="赵20", **ask)
    assert [(row["key"], row["rank"]) for row in named["rows"]] == [("20", 3)]


async def test_a_township_sees_its_own_workers_only(desk: Desk) -> None:
    await of_five_workers(desk)
    ask = {"by": "worker", **period(desk)}
    _, here = await desk.call("GET", LEAGUE, f"supervisor@{TOWNSHIP}", **ask)
    _, there = await desk.call("GET", LEAGUE, f"supervisor@{OTHER_TOWNSHIP}", **ask)
    assert (here["members"], there["members"]) == (0, 5)
    status, _ = await desk.call("GET", LEAGUE, f"supervisor@{TOWNSHIP}", area=OTHER_TOWNSHIP, **ask)
    assert status == 403
    behind = {"count": "filed", "worker": "20", **period(desk)}
    status, _ = await desk.call("GET", "/api/v1/case-kpi/cases", f"supervisor@{TOWNSHIP}", **behind)
    assert status == 404
    assert (await desk.call("GET", LEAGUE, "department:D-WATER", **ask))[0] == 403


async def test_behind_a_workers_number_stand_its_cases(desk: Desk) -> None:
    first, other = await desk.create(), await desk.create()
    await desk.cases.until(first, State.CLOSED)
    await desk.cases.until(other, State.FILED)
    ask = {"worker": "17", **period(desk)}
    _, filed = await desk.call("GET", "/api/v1/case-kpi/cases", "shift_leader", count="filed", **ask)
    _, checked = await desk.call("GET", "/api/v1/case-kpi/cases", "shift_leader", count="to_check", **ask)
    assert [one["id"] for one in filed["cases"]] == [other, first]
    assert [one["id"] for one in checked["cases"]] == [first]
