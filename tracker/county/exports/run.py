"""One export: the values of a kind and area in a format, with the media type and file name to serve them under."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracker.county.exports.columns import WITH_BOUNDARY, values_of
from tracker.county.exports.features import to_geojson, to_shapefile
from tracker.county.exports.tables import to_csv, to_xlsx
from tracker.county.imports.report import Kind
from tracker.county.snapshot import Snapshot
from tracker.errors import BadValue
from tracker.geo.area import Area

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS: dict[str, tuple[Callable[[Kind, list[Any]], bytes], str, str]] = {
    "geojson": (to_geojson, "application/geo+json", "geojson"),
    "shp": (to_shapefile, "application/zip", "zip"),
    "zip": (to_shapefile, "application/zip", "zip"),
    "csv": (to_csv, "text/csv", "csv"),
    "xlsx": (to_xlsx, _XLSX, "xlsx"),
}
_TABLES = ("csv", "xlsx")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """A finished file."""

    data: bytes
    content_type: str
    filename: str


def check_format(kind: Kind, form: str) -> None:
    """Raise BadValue (field `format`) unless the kind can be written in the format."""
    allowed = tuple(_WRITERS) if kind in WITH_BOUNDARY else _TABLES
    if form not in allowed:
        raise BadValue(field="format", value=form, allowed=", ".join(allowed))


def export(snapshot: Snapshot, kind: Kind, form: str, area: Area) -> Exported:
    """Write the file; seconds for a whole county as XLSX, so call it in a thread. Raises BadValue (field `format`)."""
    check_format(kind, form)
    write, content_type, suffix = _WRITERS[form]
    data = write(kind, values_of(kind, snapshot, area))
    return Exported(data=data, content_type=content_type, filename=f"{kind}-{area.code}.{suffix}")
