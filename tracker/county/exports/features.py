"""Features for map programs: GeoJSON, and a zipped Shapefile in CGCS2000 with its encoding declared."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import orjson
import pyproj
import shapefile
import shapely

from tracker.county.exports.columns import COLUMNS, Cell, Column
from tracker.county.imports.report import Kind

_FIELDS: dict[str, tuple[str, int, int]] = {
    "level": ("N", 2, 0), "color": ("N", 2, 0), "cxfldm": ("N", 4, 0), "lon": ("N", 12, 7), "lat": ("N", 12, 7),
    "valid_from": ("D", 8, 0), "valid_to": ("D", 8, 0), "name": ("C", 254, 0),
}  # fmt: skip
_TEXT = ("C", 32, 0)


def to_geojson(kind: Kind, values: list[Any]) -> bytes:
    """A FeatureCollection in WGS-84 degrees at full precision."""
    shapes = shapely.to_geojson([one.boundary for one in values])
    features = [
        {"type": "Feature", "properties": _properties(COLUMNS[kind], one), "geometry": orjson.Fragment(shape or "null")}
        for one, shape in zip(values, shapes, strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def to_shapefile(kind: Kind, values: list[Any]) -> bytes:
    """A zip of .shp, .shx, .dbf, .prj and .cpg."""
    files = {suffix: io.BytesIO() for suffix in ("shp", "shx", "dbf")}
    with shapefile.Writer(**files, shapeType=shapefile.POLYGON, encoding="utf-8") as writer:
        for column in COLUMNS[kind]:
            type_, size, decimal = _FIELDS.get(column.name, _TEXT)
            writer.field(column.name, type_, size=size, decimal=decimal)
        for one in values:
            writer.record(*(_in_dbf(column, one) for column in COLUMNS[kind]))
            if one.boundary is None:
                writer.null()
            else:
                writer.shape(shapely.geometry.mapping(one.boundary))
    return _zipped(kind.value, {suffix: buffer.getvalue() for suffix, buffer in files.items()})


def _zipped(name: str, parts: dict[str, bytes]) -> bytes:
    prj = pyproj.CRS.from_epsg(4490).to_wkt("WKT1_ESRI").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, data in {**parts, "prj": prj, "cpg": b"UTF-8"}.items():
            archive.writestr(f"{name}.{suffix}", data)
    return out.getvalue()


def _properties(columns: tuple[Column, ...], one: Any) -> dict[str, Cell]:
    return {column.name: _plain(column.value(one)) for column in columns}


def _in_dbf(column: Column, one: Any) -> Cell:
    value = column.value(one)
    is_text = _FIELDS.get(column.name, _TEXT)[0] == "C"
    return "" if value is None and is_text else value  # the writer would spell it None


def _plain(value: Cell) -> Cell:
    return value.isoformat() if isinstance(value, date) else value
