"""What is exported comes back unchanged, and does no harm to whoever opens it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.county.county_house import a_worker, small_county
from tracker.county.exports.run import export
from tracker.county.exports.tables import guarded, to_csv
from tracker.county.imports.crs import Reference
from tracker.county.imports.drafts import drafts_of
from tracker.county.imports.merge import merge
from tracker.county.imports.report import Kind, Problems
from tracker.county.imports.run import read_records
from tracker.county.snapshot import Snapshot
from tracker.county.store import Version
from tracker.errors import BadValue
from tracker.geo.area import Area

COUNTY = Area("130533000000")
PAIRS = [(kind, form) for kind in (Kind.DIVISIONS, Kind.GRIDS) for form in ("geojson", "shp", "csv", "xlsx")]
PAIRS += [(kind, form) for kind in (Kind.DEPARTMENTS, Kind.WORKERS) for form in ("csv", "xlsx")]


def read_back(path: Path, kind: Kind, present: dict[str, Any]) -> tuple[Any, Problems]:
    problems = Problems()
    records, crs = read_records(path, None)
    drafts = drafts_of(kind, records, Reference.parse(crs) if crs else None, problems)
    return merge(kind, drafts, present, date(2026, 1, 1), problems), problems


def by_key(kind: Kind) -> dict[str, Any]:
    contents = small_county()
    if kind is Kind.WORKERS:
        return {one.number: one for one in contents.workers}
    return {one.code: one for one in getattr(contents, kind.value)}


@pytest.mark.parametrize(("kind", "form"), PAIRS)
def test_an_export_reads_back_as_unchanged(snapshot: Snapshot, tmp_path: Path, kind: Kind, form: str) -> None:
    file = export(snapshot, kind, form, COUNTY)
    path = tmp_path / file.filename
    path.write_bytes(file.data)
    changes, problems = read_back(path, kind, by_key(kind))
    assert (changes.unchanged, changes.all(), problems.shown) == (len(by_key(kind)), [], [])


@pytest.mark.parametrize(("kind", "form"), PAIRS)
def test_an_export_fills_an_empty_register(snapshot: Snapshot, tmp_path: Path, kind: Kind, form: str) -> None:
    file = export(snapshot, kind, form, COUNTY)
    path = tmp_path / file.filename
    path.write_bytes(file.data)
    changes, problems = read_back(path, kind, {})
    assert {change.draft.key for change in changes.added} == set(by_key(kind))
    assert problems.errors == 0


def test_csv_begins_with_the_mark_that_excel_knows() -> None:
    assert to_csv(Kind.WORKERS, []).startswith(b"\xef\xbb\xbf\xe5")


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@cmd", "\tx"])
def test_a_formula_is_kept_text(text: str) -> None:
    assert guarded(text) == f"'{text}"


def test_a_guarded_name_comes_back_as_it_was(tmp_path: Path) -> None:
    worker = a_worker("W001", "130533106201001", id=1, name="=HYPERLINK(1)")
    contents = replace(small_county(), workers=[worker])
    snapshot = Snapshot.of(contents, version=Version(number=1, synthetic=False), day=date(2026, 1, 1))
    file = export(snapshot, Kind.WORKERS, "csv", COUNTY)
    (tmp_path / "w.csv").write_bytes(file.data)
    assert read_back(tmp_path / "w.csv", Kind.WORKERS, {"W001": worker})[0].unchanged == 1


def test_an_export_holds_only_the_area(snapshot: Snapshot) -> None:
    text = export(snapshot, Kind.WORKERS, "csv", Area("130533106202")).data.decode("utf-8-sig")
    assert ("W003" in text, "W001" in text) == (True, False)


def test_workers_have_no_geometry(snapshot: Snapshot) -> None:
    with pytest.raises(BadValue, match="csv, xlsx"):
        export(snapshot, Kind.WORKERS, "geojson", COUNTY)
