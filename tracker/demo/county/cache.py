"""The drawn county in one compressed file, so that it need not be drawn twice."""

from __future__ import annotations

import dataclasses
import gzip
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from tracker.demo.county.model import DemoCounty, Department, Division, Grid, Kind, PlanFeature, Worker

FORMAT = 1
FAST = 1  # gzip level: higher ones take three times as long for a sixth less


def save(county: DemoCounty, path: Path) -> None:
    """Write the county as gzipped JSON with shapes as hexadecimal WKB; the file appears only when complete."""
    document = {
        "format": FORMAT,
        "seed": county.seed,
        "valid_from": county.valid_from,
        "note": county.note,
        "divisions": _rows(county.divisions, "boundary"),
        "grids": _rows(county.grids, "boundary"),
        "departments": [dataclasses.asdict(d) for d in county.departments],
        "workers": [dataclasses.asdict(w) for w in county.workers],
        "features": _rows(county.features, "geometry"),
    }
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(gzip.compress(orjson.dumps(document), FAST, mtime=0))
    part.replace(path)


def load(path: Path) -> DemoCounty:
    """Read what `save` wrote; ValueError where the file is of another format."""
    document = orjson.loads(gzip.decompress(path.read_bytes()))
    if document.get("format") != FORMAT:
        raise ValueError(f"{path}: format {document.get('format')!r}, expected {FORMAT}")
    for feature in document["features"]:
        feature["kind"] = Kind(feature["kind"])
    for worker in document["workers"]:
        worker["duties"] = tuple(worker["duties"])
    return DemoCounty(
        seed=document["seed"],
        valid_from=date.fromisoformat(document["valid_from"]),
        note=document["note"],
        divisions=tuple(Division(**row) for row in _shaped(document["divisions"], "boundary")),
        grids=tuple(Grid(**row) for row in _shaped(document["grids"], "boundary")),
        departments=tuple(Department(**row) for row in document["departments"]),
        workers=tuple(Worker(**row) for row in document["workers"]),
        features=tuple(PlanFeature(**row) for row in _shaped(document["features"], "geometry")),
    )


def _rows(
    values: tuple[Division, ...] | tuple[Grid, ...] | tuple[PlanFeature, ...], shape: str
) -> list[dict[str, Any]]:
    names = [f.name for f in dataclasses.fields(values[0])] if values else []
    hexes = shapely.to_wkb([getattr(v, shape) for v in values], hex=True)
    rows = [{name: getattr(value, name) for name in names} for value in values]
    for row, text in zip(rows, hexes, strict=True):
        row[shape] = str(text)
    return rows


def _shaped(rows: list[dict[str, Any]], shape: str) -> list[dict[str, Any]]:
    shapes = shapely.from_wkb(np.array([row[shape] for row in rows], dtype=object))
    for row, geometry in zip(rows, shapes, strict=True):
        row[shape] = geometry
    return rows
