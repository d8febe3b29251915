"""From records to drafts: the fields that a record really gives, typed; what it leaves out stays as registered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from tracker.county.imports import cells
from tracker.county.imports.aliases import REQUIRED, column_names, fields_of
from tracker.county.imports.crs import Reference, to_degrees
from tracker.county.imports.record import Record
from tracker.county.imports.report import Kind, Problems
from tracker.errors import BadValue

Reader = Callable[[str, str], Any]

_READERS: dict[str, Reader] = {
    "name": cells.read_text, "number": cells.read_number, "code": cells.read_number, "grid_code": cells.read_code,
    "parent_code": cells.read_division_code, "village_code": cells.read_division_code,
    "area_code": cells.read_division_code, "level": cells.read_level, "urban_rural": cells.read_whole,
    "color": cells.read_whole, "valid_from": cells.read_date, "valid_to": cells.read_date,
    "lon": cells.read_degrees, "lat": cells.read_degrees, "phone": cells.read_phone, "role": cells.read_role,
    "duties": cells.read_duties,
}  # fmt: skip
_CODE_READERS: dict[Kind, Reader] = {Kind.DIVISIONS: cells.read_division_code, Kind.GRIDS: cells.read_code}
_KEY = {Kind.WORKERS: "number"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One record's given fields; `key` is its code, or the worker's number."""

    file: str
    line: int
    key: str
    fields: dict[str, Any]


def drafts_of(kind: Kind, records: list[Record], declared: Reference | None, problems: Problems) -> list[Draft]:
    """The drafts of all records that can be read; every other cell becomes a problem."""
    columns = {name: None for record in records for name in record.values}
    meaning = fields_of(kind, columns)
    if _lacking(kind, records, set(meaning.values()), problems):
        return []
    shapes = _shapes(records, meaning, declared, problems)
    found = (_draft(kind, record, meaning, problems) for record in records)
    drafts = [(draft, shape) for draft, shape in zip(found, shapes, strict=True) if draft]
    _place_labels([draft for draft, _ in drafts], declared, problems)
    for draft, shape in drafts:
        _place(draft, shape, problems)
    return [draft for draft, _ in drafts]


def _lacking(kind: Kind, records: list[Record], present: set[str], problems: Problems) -> bool:
    lacking = [name for name in REQUIRED[kind] if name not in present]
    for name in lacking:
        shown = ", ".join(records[0].values) if records else "no record"
        problems.error(records[0].file if records else "", 1, name, shown, f"a column: {column_names(kind, name)}")
    return bool(lacking)


def _draft(kind: Kind, record: Record, meaning: Any, problems: Problems) -> Draft | None:
    for field, value, repaired in record.notes:
        problems.warning(record.file, record.line, field, value, repaired)
    fields: dict[str, Any] = {}
    before = problems.errors
    for column, name in meaning.items():
        text = record.values.get(column, "")
        if not text or name == "boundary":
            continue
        try:
            fields[name] = _reader(kind, name)(name, text)
        except BadValue as error:
            _refuse(record, error, problems)
    key = fields.get(_KEY.get(kind, "code"))
    if key is None and problems.errors == before:
        problems.error(record.file, record.line, _KEY.get(kind, "code"), "", "not empty")
    return (
        Draft(file=record.file, line=record.line, key=key, fields=fields) if key and problems.errors == before else None
    )


def _reader(kind: Kind, name: str) -> Reader:
    return _CODE_READERS.get(kind, _READERS[name]) if name == "code" else _READERS[name]


def _refuse(record: Record, error: BadValue, problems: Problems) -> None:
    if error.field == "color":  # files hold names and hex values there; the map chooses its own
        problems.warning(record.file, record.line, "color", error.value, "0..7: a colour was chosen instead")
    else:
        problems.refused(record.file, record.line, error)


def _shapes(
    records: list[Record], meaning: Any, declared: Reference | None, problems: Problems
) -> list[BaseGeometry | None]:
    column = next((column for column, name in meaning.items() if name == "boundary"), None)
    raw = [record.geometry or _wkt(record, column, problems) for record in records]
    return _in_degrees(raw, declared, records[0].file if records else "", problems)


def _wkt(record: Record, column: str | None, problems: Problems) -> BaseGeometry | None:
    text = record.values.get(column, "") if column else ""
    if not text:
        return None
    try:
        shape: BaseGeometry = shapely.from_wkt(text.split(";", 1)[1] if text.upper().startswith("SRID=") else text)
    except shapely.errors.ShapelyError as error:
        problems.error(record.file, record.line, "boundary", text, f"a polygon as WKT ({error})")
        return None
    return shape


def _in_degrees(
    shapes: list[BaseGeometry | None], declared: Reference | None, file: str, problems: Problems
) -> list[BaseGeometry | None]:
    try:
        degrees, notes = to_degrees(shapes, declared)
    except BadValue as error:
        problems.refused(file, 0, error)
        return [None] * len(shapes)
    for note in notes:
        problems.warning(file, 0, "crs", declared.text[:60] if declared else "not declared", note)
    return degrees


def _place(draft: Draft, shape: BaseGeometry | None, problems: Problems) -> None:
    if shape is None or shape.is_empty:
        return
    if shape.geom_type == "Point":
        point = shape.centroid
        draft.fields.setdefault("lon", round(point.x, 7))
        draft.fields.setdefault("lat", round(point.y, 7))
        return
    repaired = polygon_of(shape)
    if repaired is None:
        problems.error(draft.file, draft.line, "boundary", shape.wkt[:80], "a polygon with an area")
        return
    if not shape.is_valid:
        reason = f"{shapely.is_valid_reason(shape)}, {repaired.area / max(shape.area, 1e-18):.1%} of the area kept"
        problems.warning(draft.file, draft.line, "boundary", reason, "a valid polygon: repaired")
    draft.fields["boundary"] = repaired


def polygon_of(shape: BaseGeometry) -> Any:
    """The valid polygons of a geometry, one where there is one; None when nothing with an area is left."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    collected = shapely.get_parts(valid) if valid.geom_type == "GeometryCollection" else [valid]
    parts = [part for one in collected for part in shapely.get_parts(one) if part.geom_type == "Polygon" and part.area]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _place_labels(drafts: Iterable[Draft], declared: Reference | None, problems: Problems) -> None:
    """Bring columns of longitude and latitude into WGS-84, as the boundaries are."""
    if declared is None or declared.projected is not None or declared.datum == "wgs84":
        return
    placed = [one for one in drafts if "lon" in one.fields and "lat" in one.fields]
    points: list[BaseGeometry | None] = [shapely.Point(one.fields["lon"], one.fields["lat"]) for one in placed]
    for one, point in zip(placed, _in_degrees(points, declared, "", problems), strict=True):
        if point is not None:
            one.fields.update(lon=round(point.centroid.x, 7), lat=round(point.centroid.y, 7))
