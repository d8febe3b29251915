"""What an import changes, checked against the small county without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from shapely import box

from tests.unit.county.county_house import SINCE, SOUTH, WEST, small_county
from tracker.county.imports.checks import World, check
from tracker.county.imports.drafts import drafts_of
from tracker.county.imports.merge import Changes, merge
from tracker.county.imports.record import Record
from tracker.county.imports.report import Kind, Problems
from tracker.county.store import Contents

NOW = date(2026, 6, 1)
FIRST = "130533106201001"


def attempt(
    kind: Kind, *rows: dict[str, Any], valid_from: date = NOW, contents: Contents | None = None
) -> tuple[Changes, Problems]:
    contents = contents or small_county()
    problems = Problems()
    records = [
        Record(file="f.csv", line=n, values={k: v for k, v in row.items() if k != "shape"}, geometry=row.get("shape"))
        for n, row in enumerate(rows, 2)
    ]
    drafts = drafts_of(kind, records, None, problems)
    every: dict[Kind, Any] = {Kind.WORKERS: {one.number: one for one in contents.workers}}
    present = every.get(kind) or {one.code: one for one in getattr(contents, kind.value)}
    changes = merge(kind, drafts, present, valid_from, problems)
    divisions, grids = {one.code: one for one in contents.divisions}, {one.code: one for one in contents.grids}
    check(kind, changes.all(), World(divisions, grids, {one.number: one for one in contents.workers}), problems)
    return changes, problems


def allowed(problems: Problems) -> str:
    return " | ".join(f"{one.severity} {one.line} {one.field}: {one.allowed}" for one in problems.shown)


def test_a_renamed_grid_closes_its_row_and_opens_one() -> None:
    changes, problems = attempt(Kind.GRIDS, {"网格编码": FIRST, "网格名称": "新名"})
    (change,) = changes.changed
    assert (change.value.name, change.value.valid_from, change.closes) == ("新名", NOW, (FIRST, NOW, SINCE))
    assert problems.errors == 0


def test_a_rename_keeps_the_boundary_and_colour() -> None:
    changes, _ = attempt(Kind.GRIDS, {"code": FIRST, "name": "新名"})
    old = small_county().grids[0]
    assert (changes.changed[0].value.boundary, changes.changed[0].value.color) == (old.boundary, old.color)


def test_the_same_values_change_nothing() -> None:
    old = small_county().grids[0]
    changes, _ = attempt(Kind.GRIDS, {"code": old.code, "name": old.name, "shape": old.boundary.reverse()})
    assert (changes.unchanged, changes.all()) == (1, [])


def test_a_correction_of_the_same_day_keeps_one_row() -> None:
    changes, _ = attempt(Kind.GRIDS, {"code": FIRST, "name": "新名"}, valid_from=SINCE)
    assert changes.changed[0].closes is None


def test_a_change_before_the_present_row_is_refused() -> None:
    _, problems = attempt(Kind.GRIDS, {"code": FIRST, "name": "新名"}, valid_from=date(2023, 1, 1))
    assert "2024-01-01 or later" in allowed(problems)


def test_an_end_alone_keeps_the_row() -> None:
    old = small_county().grids[0]
    changes, _ = attempt(Kind.GRIDS, {"code": old.code, "name": old.name, "失效日期": "2026-12-31"})
    (change,) = changes.changed
    assert (change.value.valid_from, change.value.valid_to, change.closes) == (SINCE, date(2026, 12, 31), None)


def test_a_moved_grid_gets_its_label_anew() -> None:
    shape = box(WEST, SOUTH, WEST + 0.008, SOUTH + 0.01)
    changes, _ = attempt(Kind.GRIDS, {"code": FIRST, "name": "第1网格", "shape": shape})
    assert changes.changed[0].value.lon == pytest.approx(WEST + 0.004)


def test_every_problem_is_told_with_its_line() -> None:
    _, problems = attempt(
        Kind.WORKERS,
        {"工号": "W1", "姓名": "甲", "角色": "村长", "网格编码": FIRST},
        {"工号": "W2", "姓名": "乙", "角色": "网格员", "网格编码": "1.30533E+14"},
        {"工号": "", "姓名": "丙", "角色": "网格员", "网格编码": FIRST},
        {"工号": "W4", "姓名": "丁", "角色": "网格员", "网格编码": "130533106201009"},
        {"工号": "W5", "姓名": "戊", "角色": "网格员", "网格编码": FIRST, "手机号": "123"},
    )
    assert sorted((one.line, one.field) for one in problems.shown) == [
        (2, "role"), (3, "grid_code"), (4, "number"), (5, "grid_code"), (6, "phone"),
    ]  # fmt: skip


def test_a_missing_column_is_told_with_its_names() -> None:
    _, problems = attempt(Kind.WORKERS, {"姓名": "甲", "角色": "网格员", "网格编码": FIRST})
    assert "工号" in allowed(problems)


def test_a_code_twice_is_refused() -> None:
    row = {"code": FIRST, "name": "新名"}
    assert "line 2 has it" in allowed(attempt(Kind.GRIDS, row, row)[1])


def test_a_grid_of_an_unknown_village_is_refused() -> None:
    row = {"code": "130533106299001", "name": "x", "shape": box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01)}
    assert "import divisions first" in allowed(attempt(Kind.GRIDS, row)[1])


def test_a_grid_of_another_county_is_refused() -> None:
    row = {"code": "130534106201001", "name": "x", "shape": box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01)}
    assert "a code of the county 130533" in allowed(attempt(Kind.GRIDS, row)[1])


def test_a_stated_village_that_the_code_denies_is_refused() -> None:
    row = {"code": FIRST, "name": "x", "所属村": "130533106202"}
    assert "as the code begins" in allowed(attempt(Kind.GRIDS, row)[1])


def test_a_new_grid_needs_a_boundary() -> None:
    assert "needs its boundary" in allowed(attempt(Kind.GRIDS, {"code": "130533106201003", "name": "x"})[1])


def test_a_new_grid_needs_a_name() -> None:
    shape = box(WEST, SOUTH + 0.0101, WEST + 0.01, SOUTH + 0.0103)
    _, problems = attempt(Kind.GRIDS, {"code": "130533106201003", "name": "", "shape": shape})
    assert [(one.field, one.allowed) for one in problems.shown] == [("name", "not empty")]


def test_half_a_label_point_is_refused() -> None:
    assert "lon" in allowed(attempt(Kind.GRIDS, {"code": FIRST, "name": "x", "经度": "115.2"})[1])


def test_an_overlap_is_refused() -> None:
    row = {"code": "130533106201003", "name": "x", "shape": box(WEST, SOUTH, WEST + 0.002, SOUTH + 0.002)}
    assert f"shared with {FIRST}" in allowed(attempt(Kind.GRIDS, row)[1])


def test_a_grid_outside_its_village_is_refused() -> None:
    row = {"code": FIRST, "name": "x", "shape": box(WEST + 0.041, SOUTH, WEST + 0.05, SOUTH + 0.01)}
    assert "inside its village 130533106201" in allowed(attempt(Kind.GRIDS, row)[1])


def test_a_place_far_away_is_refused() -> None:
    row = {"code": FIRST, "name": "x", "shape": box(100, 30, 100.01, 30.01)}
    assert "error 2 boundary: longitude 115.15..115.29" in allowed(attempt(Kind.GRIDS, row)[1])


def test_one_swapped_feature_among_many_is_recognised() -> None:
    grids = small_county().grids
    rows = [{"code": one.code, "name": one.name, "shape": one.boundary} for one in grids]
    rows[0]["shape"] = box(SOUTH, WEST, SOUTH + 0.01, WEST + 0.01)
    _, problems = attempt(Kind.GRIDS, *rows)
    assert problems.errors == 1


def test_a_bow_tie_is_repaired_with_a_warning() -> None:
    east, north = WEST + 0.01, SOUTH + 0.01
    text = f"POLYGON(({WEST} {SOUTH},{east} {north},{east} {SOUTH},{WEST} {north},{WEST} {SOUTH}))"
    changes, problems = attempt(Kind.GRIDS, {"code": FIRST, "name": "x", "边界WKT": text})
    assert changes.changed[0].value.boundary.is_valid
    assert "warning 2 boundary: a valid polygon: repaired" in allowed(problems)


def test_a_colour_by_name_is_chosen_instead() -> None:
    shape = box(WEST, SOUTH + 0.0101, WEST + 0.01, SOUTH + 0.0103)
    _, problems = attempt(Kind.GRIDS, {"code": "130533106201003", "name": "x", "颜色": "红", "shape": shape})
    assert "warning 2 color" in allowed(problems)


def test_a_division_without_its_parent_is_refused() -> None:
    assert "its parent 130533107000" in allowed(attempt(Kind.DIVISIONS, {"code": "130533107201", "name": "x"})[1])


def test_a_division_may_come_with_its_parent() -> None:
    changes, problems = attempt(
        Kind.DIVISIONS,
        {"区划代码": "130533107", "名称": "常庄镇", "级别": "镇"},
        {"区划代码": "130533107201", "名称": "x"},
    )
    assert (len(changes.added), problems.errors) == (2, 0)


def test_a_phone_of_two_workers_is_a_warning() -> None:
    row = {"number": "W009", "name": "甲", "role": "leader", "grid_code": FIRST, "phone": "13800001234"}
    changes, problems = attempt(Kind.WORKERS, row)
    assert (len(changes.added), problems.errors, problems.warnings) == (1, 0, 1)


def test_a_worker_keeps_the_id() -> None:
    row = {"number": "W001", "name": "李四", "role": "网格长", "grid_code": FIRST}
    assert attempt(Kind.WORKERS, row)[0].changed[0].value.id == 1
