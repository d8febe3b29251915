"""The values of the synthetic county, ready to be stored in the register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from shapely.geometry.base import BaseGeometry

VALID_FROM = date(2023, 1, 1)
COUNTY_CODE = "130533000000"


class Kind(StrEnum):
    """What a plan feature is, as the register's `plan_feature.kind` has it."""

    SETTLEMENT = "settlement"
    ROAD = "road"
    LANE = "lane"
    HOUSE = "house"
    FIELD = "field"
    WATER = "water"
    PLACE = "place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """One county, township or village; boundary in WGS-84 longitude and latitude degrees."""

    code: str
    name: str
    level: int  # 1 county, 2 township, 3 village
    parent_code: str | None
    urban_rural: int | None  # 城乡分类代码
    boundary: BaseGeometry
    lon: float
    lat: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """One patrol grid of a village; `color` is 0..7 and differs from every neighbour's."""

    code: str
    name: str
    village_code: str
    color: int
    boundary: BaseGeometry
    lon: float
    lat: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Department:
    """A county department or a township government."""

    code: str
    name: str
    area_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A grid leader (`leader`) or grid worker (`worker`) with an invented name and number."""

    number: str
    name: str
    phone: str
    role: str
    grid_code: str
    duties: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanFeature:
    """One drawn thing; `village_code` is None where it belongs to the county overview only."""

    village_code: str | None
    kind: Kind
    name: str | None
    props: Mapping[str, Any]
    geometry: BaseGeometry


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoCounty:
    """The whole synthetic county of one seed."""

    seed: int
    divisions: tuple[Division, ...]
    grids: tuple[Grid, ...]
    departments: tuple[Department, ...]
    workers: tuple[Worker, ...]
    features: tuple[PlanFeature, ...]
    valid_from: date = VALID_FROM
    note: str = "合成演示数据：除县、乡镇名称与代码外均为虚构 (synthetic demonstration data)"

    def level(self, level: int) -> tuple[Division, ...]:
        """Divisions of one level: 1 county, 2 townships, 3 villages."""
        return tuple(d for d in self.divisions if d.level == level)

    def overview(self) -> Iterator[PlanFeature]:
        """What the county overview shows: settlements, roads and larger waters."""
        return (f for f in self.features if f.village_code is None or f.kind == Kind.SETTLEMENT)

    def of_village(self, code: str) -> tuple[PlanFeature, ...]:
        """Every feature of one village's plan."""
        return tuple(f for f in self.features if f.village_code == code)
