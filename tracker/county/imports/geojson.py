"""GeoJSON: features with properties; rings left open are closed and noted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from tracker.county.imports.record import MAX_RECORDS, Record, text_of
from tracker.county.imports.text import decode_text
from tracker.errors import BadValue, TooLarge

_SHAPES = ("Point", "Polygon", "MultiPolygon")


def read_geojson(path: Path) -> tuple[list[Record], str | None]:
    """The features, and the coordinate system that the file declares; raises BadValue naming the feature."""
    text, _ = decode_text(path.read_bytes())
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadValue(field="file", value=path.name, allowed=f"GeoJSON ({error})") from None
    return [_record(path.name, n, one) for n, one in enumerate(_features(path.name, document), 1)], _crs(document)


def _features(file: str, document: Any) -> list[Any]:
    if isinstance(document, dict) and document.get("type") == "Feature":
        return [document]
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise BadValue(field="file", value=file, allowed="a GeoJSON FeatureCollection")
    if len(features) > MAX_RECORDS:
        raise TooLarge(f"{file} has more than {MAX_RECORDS} features")
    return features


def _crs(document: Any) -> str | None:
    declared = document.get("crs")  # of GeoJSON 2008; what RFC 7946 removed is still written by most desktop programs
    name = declared.get("properties", {}).get("name") if isinstance(declared, dict) else None
    return name if isinstance(name, str) else None


def _record(file: str, number: int, feature: Any) -> Record:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict | None):
        raise BadValue(field="feature", value=feature, allowed="a GeoJSON feature with properties", line=number)
    shape, notes = _geometry(number, feature.get("geometry"))
    values = {str(key): text_of(value) for key, value in (properties or {}).items()}
    return Record(file=file, line=number, values=values, geometry=shape, notes=tuple(notes))


def _geometry(number: int, geometry: Any) -> tuple[BaseGeometry | None, list[tuple[str, str, str]]]:
    if geometry is None:
        return None, []
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    if kind not in _SHAPES:
        raise BadValue(field="geometry", value=kind, allowed=", ".join(_SHAPES), line=number)
    try:
        open_rings = sum(_close(ring) for ring in _rings(geometry))
        shape = shapely.from_geojson(orjson.dumps(geometry))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, shapely.errors.GEOSException) as error:
        raise BadValue(
            field="geometry", value=kind, allowed=f"coordinates of a {kind} ({error})", line=number
        ) from None
    note = ("geometry", f"{open_rings} open rings", "rings that end where they begin: closed")
    return shape, [note] if open_rings else []


def _rings(geometry: dict[str, Any]) -> Iterator[list[Any]]:
    if geometry["type"] == "Polygon":
        yield from geometry["coordinates"]
    elif geometry["type"] == "MultiPolygon":
        for part in geometry["coordinates"]:
            yield from part


def _close(ring: list[Any]) -> bool:
    if ring[0] == ring[-1]:
        return False
    ring.append(ring[0])
    return True
