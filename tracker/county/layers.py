"""The register and the drawn plan as GeoJSON bytes for maps; coordinates to a millionth of a degree (a decimetre)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import shapely

from tracker.county.model import Division, Grid
from tracker.county.snapshot import Snapshot
from tracker.db.pool import Row
from tracker.geo.area import Area, Level

_DIGITS = 6
_VILLAGE_LAYERS = {"lane": "lanes", "house": "houses", "field": "fields", "water": "water", "place": "places"}
_OVERVIEW_LAYERS = {"settlement": "settlements", "road": "roads", "water": "water"}
SYNTHETIC = "合成演示数据，非真实人口与边界 · synthetic demonstration data"
REGISTERED = "县网格登记 · county register"


def grids_json(snapshot: Snapshot, area: Area) -> bytes:
    """The FeatureCollection of the area's grids."""
    grids = snapshot.grids_in(area)
    return orjson.dumps(_collection([one.boundary for one in grids], [_grid_properties(one) for one in grids]))


def _grid_properties(one: Grid) -> dict[str, Any]:
    return {
        "code": one.code, "name": one.name, "village": one.village_code, "color": one.color,
        "lon": one.lon, "lat": one.lat,
    }  # fmt: skip


def overview_json(snapshot: Snapshot, rows: Sequence[Row]) -> bytes:
    """The county's overview: its divisions' boundaries, and the plan features that are not of one village."""
    levels = {"county": Level.COUNTY, "townships": Level.TOWNSHIP, "villages": Level.VILLAGE}
    layers = {name: _division_layer(snapshot.divisions.values(), level) for name, level in levels.items()}
    synthetic = snapshot.version.synthetic
    return orjson.dumps(
        {
            "synthetic": synthetic,
            "attribution": SYNTHETIC if synthetic else REGISTERED,
            "layers": layers | _plan_layers(rows, _OVERVIEW_LAYERS),
        }
    )


def village_json(snapshot: Snapshot, village: Division, rows: Sequence[Row]) -> bytes:
    """The plan of one village."""
    return orjson.dumps(
        {
            "village": {"code": village.code, "name": village.name},
            "synthetic": snapshot.version.synthetic,
            "layers": _plan_layers(rows, _VILLAGE_LAYERS),
        }
    )


def _division_layer(divisions: Iterable[Division], level: Level) -> dict[str, Any]:
    drawn = [one for one in divisions if one.boundary is not None and one.level is level]
    properties = [{"code": one.code, "name": one.name, "lon": one.lon, "lat": one.lat} for one in drawn]
    return _collection([one.boundary for one in drawn], properties)


def _plan_layers(rows: Sequence[Row], names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, list[Row]] = {name: [] for name in names.values()}
    for row in rows:
        if row["kind"] in names:
            found[names[row["kind"]]].append(row)
    return {name: _plan_layer(members) for name, members in found.items()}


def _plan_layer(rows: Sequence[Row]) -> dict[str, Any]:
    shapes = shapely.from_wkb([row["geometry"] for row in rows])
    return _collection(shapes, [{**row["props"], **({"name": row["name"]} if row["name"] else {})} for row in rows])


def _collection(shapes: Any, properties: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    column = np.array(shapes, dtype=object)
    texts = shapely.to_geojson(shapely.transform(column, lambda points: points.round(_DIGITS)))
    features = [
        {"type": "Feature", "properties": one, "geometry": orjson.Fragment(text)}
        for one, text in zip(properties, texts, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
