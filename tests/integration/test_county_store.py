"""The county register on a real database: bulk loading, the read model, imports with their history."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from shapely import box

from tests.unit.county.county_house import SOUTH, WEST, a_grid, a_worker, small_county
from tracker.clock import day_start_ms
from tracker.county.exports.run import export
from tracker.county.imports.report import ImportReport, Kind
from tracker.county.imports.run import Author, ImportRequest, run_import
from tracker.county.model import PlanFeature
from tracker.county.register import Register
from tracker.county.store import QUERIES, bulk_load
from tracker.db.pool import Database
from tracker.errors import Conflict
from tracker.geo.area import Area

TODAY = date(2026, 11, 1)
FIRST = "130533106201001"
PLAN = [
    PlanFeature(kind="house", village_code="130533106201", geometry=box(WEST, SOUTH, WEST + 0.001, SOUTH + 0.001)),
    PlanFeature(
        kind="road", name="邢临线", geometry=box(WEST, SOUTH, WEST + 0.04, SOUTH + 0.0001), props={"width_m": 9}
    ),
]
AUTHOR = Author(address="127.0.0.1", area_code="130533000000")


@pytest.fixture
async def loaded(database: Database) -> Database:
    await bulk_load(database, replace(small_county(), plan=PLAN), synthetic=True, note="test")
    return database


def a_register(database: Database, *, poll_s: float = 5.0) -> Register:
    return Register(database, now=lambda: day_start_ms(TODAY), poll_s=poll_s)


async def bring(
    database: Database, path: Path, text: str | bytes, kind: Kind = Kind.GRIDS, *, dry_run: bool = False
) -> ImportReport:
    await asyncio.to_thread(path.write_bytes, text.encode() if isinstance(text, str) else text)
    request = ImportRequest(path=path, kind=kind, valid_from=date(2026, 6, 1), dry_run=dry_run)
    return await run_import(database, request, AUTHOR)


async def test_every_statement_fits_the_schema(database: Database) -> None:
    async with database.transaction() as connection:
        for name, statement in QUERIES.items():
            assert await connection.prepare(statement), name


async def test_what_is_loaded_is_read_back(loaded: Database) -> None:
    snapshot = await a_register(loaded).load()
    expected = small_county()
    assert list(snapshot.divisions.values()) == expected.divisions
    assert list(snapshot.grids.values()) == sorted(expected.grids, key=lambda one: one.code)
    assert list(snapshot.workers.values()) == expected.workers
    assert (snapshot.version.number, snapshot.version.synthetic) == (1, True)


async def test_plan_features_keep_their_properties(loaded: Database) -> None:
    rows = await loaded.fetch(QUERIES.overview_plan)
    assert [(row["kind"], row["name"], row["props"]) for row in rows] == [("road", "邢临线", {"width_m": 9})]


async def test_a_register_in_use_is_not_loaded_over(loaded: Database) -> None:
    with pytest.raises(Conflict, match="not empty"):
        await bulk_load(loaded, small_county(), synthetic=True)


async def test_new_workers_are_numbered_after_loaded_ones(loaded: Database, tmp_path: Path) -> None:
    await bring(loaded, tmp_path / "w.csv", f"工号,姓名,角色,网格编码\nW9,赵六,网格员,{FIRST}\n", Kind.WORKERS)
    assert await loaded.fetchval("select id from worker where number = 'W9'") == 4


async def test_the_register_answers_before_anything_is_loaded(database: Database) -> None:
    register = a_register(database)
    assert (register.worker(1), register.grid_of(1), register.grid_at(369_050_000, 1_152_050_000)) == (None, None, None)
    assert register.is_on_grid(FIRST, 369_050_000, 1_152_050_000)  # unknown village: nobody is accused


async def test_a_point_of_the_neighbouring_village_is_off_grid(loaded: Database) -> None:
    register = a_register(loaded)
    await register.load()
    assert register.is_on_grid(FIRST, 369_050_000, 1_152_195_000)
    assert register.is_on_grid(FIRST, 369_050_000, 1_152_205_000)  # 44 m over the border
    assert not register.is_on_grid(FIRST, 369_050_000, 1_152_208_000)  # 71 m


async def test_another_processs_change_is_seen_by_polling(loaded: Database, tmp_path: Path) -> None:
    register = a_register(loaded, poll_s=0.01)
    await register.load()
    changed = asyncio.Event()
    register.listeners.append(lambda _: changed.set())
    register.start()
    try:
        await bring(loaded, tmp_path / "g.csv", f"code,name\n{FIRST},新名\n")
        await asyncio.wait_for(changed.wait(), timeout=10)
    finally:
        await register.stop()
    assert register.area_name(FIRST) == "新名"


async def test_a_row_that_begins_tomorrow_is_not_valid_today(loaded: Database, tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    await asyncio.to_thread(path.write_text, f"code,name\n{FIRST},明天\n", encoding="utf-8")
    request = ImportRequest(path=path, kind=Kind.GRIDS, valid_from=date(2026, 11, 2))
    await run_import(loaded, request, AUTHOR)
    days = [TODAY]
    register = Register(loaded, now=lambda: day_start_ms(days[-1]))
    await register.load()
    before = register.area_name(FIRST)
    days.append(date(2026, 11, 2))
    assert await register.refresh()
    assert (before, register.area_name(FIRST)) == ("第1网格", "明天")


async def test_a_change_of_workers_keeps_the_tables_of_places(loaded: Database, tmp_path: Path) -> None:
    register = a_register(loaded)
    before = await register.load()
    await bring(loaded, tmp_path / "w.csv", f"工号,姓名,角色,网格编码\nW9,赵六,网格员,{FIRST}\n", Kind.WORKERS)
    await register.refresh()
    workers = register.snapshot
    await bring(loaded, tmp_path / "g.csv", f"code;name;wkt\n{FIRST};x;{box(WEST, SOUTH, 115.209, SOUTH + 0.01).wkt}\n")
    await register.refresh()
    assert workers.locator is before.locator
    assert register.snapshot.locator is not before.locator
    assert register.grid_at(369_050_000, 1_152_095_000) is None


async def test_history_of_a_grid_is_kept(loaded: Database, tmp_path: Path) -> None:
    report = await bring(loaded, tmp_path / "g.csv", f"网格编码,网格名称\n{FIRST},新名\n")
    rows = await loaded.fetch("select name, valid_from, valid_to from grid where code = $1 order by valid_from", FIRST)
    assert (report.applied, report.changed, report.version) == (True, 1, 2)
    assert [tuple(row) for row in rows] == [
        ("第1网格", date(2024, 1, 1), date(2026, 6, 1)), ("新名", date(2026, 6, 1), None),
    ]  # fmt: skip


async def test_a_dry_run_writes_nothing(loaded: Database, tmp_path: Path) -> None:
    report = await bring(loaded, tmp_path / "g.csv", f"code,name\n{FIRST},新名\n", dry_run=True)
    assert (report.applied, report.changed, report.version) == (False, 1, 1)
    assert await loaded.fetchval("select count(*) from grid") == 4


async def test_one_error_refuses_the_whole_file(loaded: Database, tmp_path: Path) -> None:
    report = await bring(loaded, tmp_path / "g.csv", f"code,name\n{FIRST},新名\n130533106201,x\n")
    assert (report.applied, report.problems.errors) == (False, 1)
    assert await loaded.fetchval("select count(*) from grid where name = '新名'") == 0


async def test_an_import_leaves_one_line_in_the_audit(loaded: Database, tmp_path: Path) -> None:
    await bring(loaded, tmp_path / "g.csv", f"code,name\n{FIRST},新名\n")
    rows = await loaded.fetch("select action, subject, detail, address from audit")
    detail = {"file": "g.csv", "added": 0, "changed": 1}
    assert [tuple(row) for row in rows] == [("county.import", "register:grids", detail, "127.0.0.1")]


async def test_a_new_grid_gets_a_colour_unlike_its_neighbours(loaded: Database, tmp_path: Path) -> None:
    new = a_grid("130533106202003", 4)
    text = f"code;name;wkt\n{new.code};第3网格;{box(WEST + 0.0302, SOUTH + 0.01, WEST + 0.0305, SOUTH + 0.0104).wkt}\n"
    report = await bring(loaded, tmp_path / "g.csv", text)
    assert report.applied, report.problems.shown
    assert await loaded.fetchval("select color from grid where code = $1", new.code) not in {2, 3}


async def test_a_change_meanwhile_is_a_conflict(loaded: Database, tmp_path: Path) -> None:
    texts = (f"code,name\n{FIRST},{name}\n" for name in ("甲", "乙"))
    imports = (bring(loaded, tmp_path / f"{n}.csv", text) for n, text in enumerate(texts))
    results = await asyncio.gather(*imports, return_exceptions=True)
    kinds = {type(one) for one in results}
    names = await loaded.fetch("select name from grid where code = $1 and valid_to is null", FIRST)
    assert len(names) == 1  # whoever was first; the other was told, or saw the first one's work
    assert kinds <= {ImportReport, Conflict}
    assert ImportReport in kinds


async def test_a_whole_register_moves_to_another_database_by_files(loaded: Database, tmp_path: Path) -> None:
    snapshot = await a_register(loaded).load()
    files = {
        (kind, form): export(snapshot, kind, form, Area("130533000000"))
        for kind, form in zip(Kind, ("shp", "geojson", "xlsx", "csv"), strict=True)
    }
    await loaded.execute("truncate division, grid, department, worker cascade")
    for (kind, _), file in files.items():
        report = await bring(loaded, tmp_path / file.filename, file.data, kind)
        assert report.applied, report.problems.shown
    again = await a_register(loaded).load()
    assert list(again.grids) == list(snapshot.grids)
    assert [(one.number, one.phone, one.duties) for one in again.workers.values()] == [
        (one.number, one.phone, one.duties) for one in snapshot.workers.values()
    ]


async def test_a_worker_of_the_file_alone_may_have_no_phone(loaded: Database, tmp_path: Path) -> None:
    worker = a_worker("W010", FIRST, phone=None)
    text = f"工号\t姓名\t角色\t网格编码\t联系电话\n{worker.number}\t{worker.name}\t网格员\t{FIRST}\t\n".encode(
        "gb18030"
    )
    assert (await bring(loaded, tmp_path / "w.txt", text, Kind.WORKERS)).added == 1
