"""A small county of two villages with two grids each, and ways to make its values."""

from __future__ import annotations

from datetime import date

from shapely import box

from tracker.county.model import Department, Division, Grid, Worker, WorkerRole
from tracker.county.store import Contents

SINCE = date(2024, 1, 1)
WEST, SOUTH = 115.20, 36.90


def a_division(code: str, name: str, **other: object) -> Division:
    return Division(**{"code": code, "name": name, "valid_from": SINCE, **other})  # type: ignore[arg-type]


def a_grid(code: str, column: int, **other: object) -> Grid:
    """A grid in the column-th strip of 0.01 degrees eastwards."""
    west = WEST + column * 0.01
    given = {
        "code": code, "name": f"第{code[-1]}网格", "color": column % 8, "valid_from": SINCE,
        "boundary": box(west, SOUTH, west + 0.01, SOUTH + 0.01), "lon": west + 0.005, "lat": SOUTH + 0.005,
    }  # fmt: skip
    return Grid(**{**given, **other})  # type: ignore[arg-type]


def a_worker(number: str, grid_code: str, **other: object) -> Worker:
    given = {
        "number": number, "name": "张三", "role": WorkerRole.WORKER, "grid_code": grid_code,
        "valid_from": SINCE, "phone": "13800001234",
    }  # fmt: skip
    return Worker(**{**given, **other})  # type: ignore[arg-type]


def small_county() -> Contents:
    county = box(WEST, SOUTH, WEST + 0.04, SOUTH + 0.01)
    village = {"lon": WEST + 0.01, "lat": SOUTH + 0.005}
    return Contents(
        divisions=[
            a_division("130533000000", "威县", boundary=county, lon=115.2, lat=36.9),
            a_division("130533106000", "方家营镇"),
            a_division("130533106201", "东村", boundary=box(WEST, SOUTH, WEST + 0.02, SOUTH + 0.01), **village),
            a_division("130533106202", "西村", boundary=box(WEST + 0.02, SOUTH, WEST + 0.04, SOUTH + 0.01), **village),
        ],
        grids=[
            a_grid("130533106201001", 0), a_grid("130533106201002", 1),
            a_grid("130533106202001", 2), a_grid("130533106202002", 3),
        ],
        departments=[Department(code="civil", name="民政局", area_code="130533000000")],
        workers=[
            a_worker("W001", "130533106201001", id=1, role=WorkerRole.LEADER, duties=("防火", "环保")),
            a_worker("W002", "130533106201002", id=2, phone="13800005678"),
            a_worker("W003", "130533106202001", id=3, phone=None),
        ],
    )  # fmt: skip
