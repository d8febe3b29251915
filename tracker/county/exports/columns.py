"""The columns of each kind of export: what the table calls them, what a Shapefile can call them, and their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.county.imports.report import Kind
from tracker.county.snapshot import Snapshot
from tracker.geo.area import Area

Cell = str | int | float | date | None
_ROLES = {"leader": "网格长", "worker": "网格员"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: `title` in tables, `name` (at most ten letters) as property of features."""

    title: str
    name: str
    value: Callable[[Any], Cell]


_DATES = (
    Column(title="生效日期", name="valid_from", value=lambda one: one.valid_from),
    Column(title="失效日期", name="valid_to", value=lambda one: one.valid_to),
)
_LABEL = (
    Column(title="经度", name="lon", value=lambda one: one.lon),
    Column(title="纬度", name="lat", value=lambda one: one.lat),
)
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.DIVISIONS: (
        Column(title="区划代码", name="code", value=lambda one: one.code),
        Column(title="名称", name="name", value=lambda one: one.name),
        Column(title="级别", name="level", value=lambda one: int(one.level)),
        Column(title="上级代码", name="parent", value=lambda one: one.parent_code),
        Column(title="城乡分类代码", name="cxfldm", value=lambda one: one.urban_rural),
        *_LABEL,
        *_DATES,
    ),
    Kind.GRIDS: (
        Column(title="网格编码", name="code", value=lambda one: one.code),
        Column(title="网格名称", name="name", value=lambda one: one.name),
        Column(title="所属村编码", name="village", value=lambda one: one.village_code),
        Column(title="颜色", name="color", value=lambda one: one.color),
        *_LABEL,
        *_DATES,
    ),
    Kind.DEPARTMENTS: (
        Column(title="部门编码", name="code", value=lambda one: one.code),
        Column(title="部门名称", name="name", value=lambda one: one.name),
        Column(title="区域编码", name="area", value=lambda one: one.area_code),
    ),
    Kind.WORKERS: (
        Column(title="工号", name="number", value=lambda one: one.number),
        Column(title="姓名", name="name", value=lambda one: one.name),
        Column(title="角色", name="role", value=lambda one: _ROLES[one.role]),
        Column(title="手机号", name="phone", value=lambda one: one.phone),
        Column(title="网格编码", name="grid", value=lambda one: one.grid_code),
        Column(title="职责", name="duties", value=lambda one: ";".join(one.duties)),
        *_DATES,
    ),
}
BOUNDARY_TITLE = "边界WKT"
WITH_BOUNDARY = frozenset({Kind.DIVISIONS, Kind.GRIDS})


def values_of(kind: Kind, snapshot: Snapshot, area: Area) -> list[Any]:
    """The values of a kind that lie in the area, in the order of their codes or numbers."""
    if kind is Kind.WORKERS:
        here = (one for one in snapshot.workers.values() if area.contains(one.grid_code))
        return sorted(here, key=lambda one: one.number)
    if kind is Kind.DEPARTMENTS:
        return [one for one in snapshot.departments.values() if area.contains(one.area_code)]
    every: Iterable[Any] = getattr(snapshot, kind.value).values()
    return [one for one in every if area.contains(one.code)]
