"""Readers of GeoJSON, Shapefile, CSV and XLSX."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import orjson
import pytest
import shapefile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.county.imports.geojson import read_geojson
from tracker.county.imports.run import read_records
from tracker.county.imports.shapefiles import read_shapefile
from tracker.county.imports.tables import read_csv, read_xlsx
from tracker.errors import SanxunError

RING = [[115.2, 36.9], [115.21, 36.9], [115.21, 36.91], [115.2, 36.9]]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def a_feature(**geometry: object) -> bytes:
    feature = {"type": "Feature", "properties": {"code": 130533106201001, "名称": "一网格"}, "geometry": geometry}
    return orjson.dumps({"type": "FeatureCollection", "features": [feature]})


def a_shapefile(path: Path, *, encoding: str, cpg: str | None) -> Path:
    parts = {suffix: io.BytesIO() for suffix in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, shapeType=shapefile.POLYGON, encoding=encoding) as writer:
        writer.field("网格名称" if encoding != "utf-8" else "wgmc", "C", size=30)
        writer.record("孙家寨村第一网格")
        writer.poly([[[115.2, 36.9], [115.21, 36.91], [115.21, 36.9], [115.2, 36.9]]])
    with zipfile.ZipFile(path, "w") as archive:
        for suffix, buffer in parts.items():
            archive.writestr(f"数据/grids.{suffix.upper()}", buffer.getvalue())
        if cpg:
            archive.writestr("数据/grids.CPG", cpg)
    return path


def test_a_number_stays_a_code(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", a_feature(type="Polygon", coordinates=[RING]))
    (record,), _ = read_geojson(path)
    assert record.values == {"code": "130533106201001", "名称": "一网格"}


def test_an_open_ring_is_closed_and_noted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", a_feature(type="Polygon", coordinates=[RING[:3]]))
    (record,), _ = read_geojson(path)
    assert record.geometry is not None
    assert record.geometry.is_valid
    assert record.notes[0][1] == "1 open rings"


def test_the_old_crs_member_is_understood(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    document = {"type": "FeatureCollection", "features": [], "crs": crs}
    path = written(tmp_path / "a.json", orjson.dumps(document))
    assert read_geojson(path)[1] == "urn:ogc:def:crs:EPSG::4490"


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "LineString", "coordinates": RING},
        {"type": "Polygon", "coordinates": [[1, 2]]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": [[]]},
    ],
)
def test_a_geometry_that_is_none_names_its_feature(tmp_path: Path, geometry: dict[str, object]) -> None:
    path = written(tmp_path / "a.geojson", a_feature(**geometry))
    with pytest.raises(SanxunError) as caught:
        read_geojson(path)
    assert getattr(caught.value, "line", None) == 1


@pytest.mark.parametrize(
    ("encoding", "cpg"),
    [
        ("gbk", None),
        ("gbk", "GBK"),
        ("gbk", "936"),
        ("utf-8", None),
        ("utf-8", "UTF-8"),
        ("gb18030", "gb18030"),
    ],
)
def test_a_dbf_is_read_in_its_encoding(tmp_path: Path, encoding: str, cpg: str | None) -> None:
    records, _ = read_shapefile(a_shapefile(tmp_path / "a.zip", encoding=encoding, cpg=cpg))
    assert next(iter(records[0].values.values())) == "孙家寨村第一网格"


def test_a_dbf_of_utf8_cut_in_a_letter_is_still_utf8(tmp_path: Path) -> None:
    parts = {suffix: io.BytesIO() for suffix in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, shapeType=shapefile.NULL, encoding="latin-1") as writer:
        writer.field("name", "C", size=10)
        writer.record("孙家寨村".encode()[:10].decode("latin-1"))
        writer.null()
    for suffix, buffer in parts.items():
        (tmp_path / f"a.{suffix}").write_bytes(buffer.getvalue())
    records, _ = read_shapefile(tmp_path / "a.shp")
    assert records[0].values["name"].startswith("孙家寨")


def test_a_zip_without_layer_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(SanxunError, match="exactly one"):
        read_shapefile(tmp_path / "a.zip")


def test_a_line_of_csv_is_counted_as_an_editor_counts(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", '编码;名称\n\n1;"第一\n网格"\n2;乙\n'.encode("gb18030"))
    assert [(one.line, one.values["编码"]) for one in read_csv(path)] == [(3, "1"), (5, "2")]


def test_more_cells_than_columns_are_noted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"code,wkt\n1,POLYGON((0 0,1 0,1 1,0 0))\n")
    assert read_csv(path)[0].notes[0][0] == "row"


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(a_shapefile(tmp_path / "a.zip", encoding="utf-8", cpg=None).read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(SanxunError, match="password"):
        read_shapefile(written(tmp_path / "b.zip", bytes(data)))


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(a_shapefile(tmp_path / "a.zip", encoding="utf-8", cpg=None).read_bytes())
    data[60:90] = bytes(30)
    with pytest.raises(SanxunError, match="undamaged"):
        read_shapefile(written(tmp_path / "b.zip", bytes(data)))


def test_cells_of_a_workbook_become_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["工号", "手机号", "生效日期", "职责"])  # type: ignore[union-attr]
    book.active.append([7.0, 13800001234, date(2026, 3, 1), None])  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    (record,) = read_xlsx(tmp_path / "a.xlsx")
    assert record.values == {"工号": "7", "手机号": "13800001234", "生效日期": "2026-03-01", "职责": ""}


@pytest.mark.parametrize("suffix", ["geojson", "zip", "shp", "csv", "xlsx"])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(max_size=300) | st.binary(max_size=60).map(lambda rest: b"PK\x03\x04" + rest))
def test_any_bytes_are_records_or_a_foreseen_error(tmp_path: Path, suffix: str, data: bytes) -> None:
    try:
        records, _ = read_records(written(tmp_path / f"any.{suffix}", data), None)
    except SanxunError:
        return
    assert all(record.line > 0 for record in records)
