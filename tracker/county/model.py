"""The values of the county register: they refuse to be wrong; what a code implies is not kept beside it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from tracker.errors import BadValue
from tracker.geo.area import Area, Level

Boundary = Polygon | MultiPolygon  # WGS-84 degrees, x = longitude, y = latitude

COLORS = 8  # colours of the grids on the map
URBAN_RURAL = frozenset({111, 112, 121, 122, 123, 210, 220})  # 城乡分类代码
PLAN_KINDS = frozenset({"settlement", "road", "lane", "house", "field", "water", "closed", "place"})
MAX_NAME = 100  # characters
MAX_DUTIES = 30

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")
_PHONE = re.compile(r"1[0-9]{10}|(0[0-9]{2,3}-?)?[2-9][0-9]{6,7}(-[0-9]{1,5})?")


class WorkerRole(StrEnum):
    """What a worker is in the grid."""

    LEADER = "leader"  # 网格长
    WORKER = "worker"  # 网格员


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """A county, township or village; level and parent follow from its 12-digit code. `valid_to` is exclusive."""

    code: str
    name: str
    valid_from: date
    valid_to: date | None = None
    urban_rural: int | None = None
    boundary: Boundary | None = None
    lon: float | None = None  # label point
    lat: float | None = None

    def __post_init__(self) -> None:
        if len(self.code) != 12:
            raise BadValue(field="code", value=self.code, allowed="a 12-digit division code")
        _area("code", self.code, "a 12-digit code of a county, township or village")
        check_name("name", self.name)
        _check_dates(self.valid_from, self.valid_to)
        if self.urban_rural is not None and self.urban_rural not in URBAN_RURAL:
            shown = ", ".join(map(str, sorted(URBAN_RURAL)))
            raise BadValue(field="urban_rural", value=self.urban_rural, allowed=shown)
        _check_boundary(self.boundary)
        _check_label(self.lon, self.lat)

    @property
    def level(self) -> Level:
        """County, township or village."""
        return Area(self.code).level

    @property
    def parent_code(self) -> str | None:
        """The code of the division above; None for the county."""
        above = Area(self.code).ancestors()
        return above[-1] if above else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """One grid (网格) of one village; its code is the village's 12 digits and a serial of 3."""

    code: str
    name: str
    color: int  # 0..7
    valid_from: date
    boundary: Boundary
    lon: float  # label point
    lat: float
    valid_to: date | None = None

    def __post_init__(self) -> None:
        check_grid_code("code", self.code)
        check_name("name", self.name)
        if not 0 <= self.color < COLORS:
            raise BadValue(field="color", value=self.color, allowed=f"0..{COLORS - 1}")
        _check_dates(self.valid_from, self.valid_to)
        _check_boundary(self.boundary)
        _check_label(self.lon, self.lat)

    @property
    def village_code(self) -> str:
        """The 12-digit code of the village that the grid belongs to."""
        return self.code[:12]


@dataclass(frozen=True, kw_only=True, slots=True)
class Department:
    """A department (县直部门, 乡镇站所) and the area that it serves."""

    code: str
    name: str
    area_code: str

    def __post_init__(self) -> None:
        check_number("code", self.code)
        check_name("name", self.name)
        _area("area_code", self.area_code, "a 12-digit division code or a 15-digit grid code")


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A grid leader or worker; `id` is None until the register has stored them."""

    number: str  # 工号
    name: str
    role: WorkerRole
    grid_code: str
    valid_from: date
    id: int | None = None
    phone: str | None = None
    duties: tuple[str, ...] = ()  # business lines 条线
    valid_to: date | None = None

    def __post_init__(self) -> None:
        check_number("number", self.number)
        check_name("name", self.name)
        check_grid_code("grid_code", self.grid_code)
        _check_dates(self.valid_from, self.valid_to)
        if self.phone is not None and not _PHONE.fullmatch(self.phone):
            raise BadValue(field="phone", value=self.phone, allowed="a mobile number of 11 digits, or a landline")
        if len(self.duties) > MAX_DUTIES:
            raise BadValue(field="duties", value=len(self.duties), allowed=f"at most {MAX_DUTIES}")
        for duty in self.duties:
            check_name("duties", duty)

    @property
    def phone_tail(self) -> str:
        """The last four digits of the phone; empty when there is none."""
        return self.phone[-4:] if self.phone else ""

    @property
    def phone_masked(self) -> str:
        """The phone as a card shows it: 138****1234; empty when there is none."""
        return f"{self.phone[:3]}****{self.phone[-4:]}" if self.phone else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanFeature:
    """One drawn thing of the plan (平面图); without a village it belongs to the county's overview."""

    kind: str
    geometry: BaseGeometry
    village_code: str | None = None
    name: str | None = None
    props: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in PLAN_KINDS:
            raise BadValue(field="kind", value=self.kind, allowed=", ".join(sorted(PLAN_KINDS)))
        if self.village_code is not None and not is_village(self.village_code):
            raise BadValue(field="village_code", value=self.village_code, allowed="a 12-digit village code")
        if self.geometry.is_empty:
            raise BadValue(field="geometry", value="empty", allowed="at least one point")


def is_village(code: str) -> bool:
    """Say whether this is the 12-digit code of a village."""
    # By hand instead of by Area: a county's plan asks some hundred thousand times.
    named = code[9:] != "000" and code[6:9] != "000" and code[4:6] != "00"
    return len(code) == 12 and named and code.isascii() and code.isdigit()


def check_grid_code(name: str, code: str) -> None:
    """Raise BadValue unless this is a 15-digit grid code inside a village."""
    if _area(name, code, "a 15-digit grid code: 12 digits of a village and a serial").level is not Level.GRID:
        raise BadValue(field=name, value=code, allowed="a 15-digit grid code: 12 digits of a village and a serial")


def check_name(field_name: str, text: str) -> None:
    """Raise BadValue unless the text is a name: not blank at its ends, not too long, no control characters."""
    if not 0 < len(text) <= MAX_NAME or text != text.strip():
        raise BadValue(field=field_name, value=text, allowed=f"1..{MAX_NAME} characters, no blanks at the ends")
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Co"} for letter in text):
        raise BadValue(field=field_name, value=repr(text), allowed="no control characters")


def check_number(field_name: str, text: str) -> None:
    """Raise BadValue unless the text is a number or short code of ASCII letters and digits."""
    if not _NUMBER.fullmatch(text):
        allowed = "1..32 letters, digits, - or _, beginning with a letter or digit"
        raise BadValue(field=field_name, value=text, allowed=allowed)


def label_point(boundary: Boundary) -> tuple[float, float]:
    """A (lon, lat) for the label, certainly inside the boundary: the centroid where that is inside."""
    centre = boundary.centroid
    point = centre if boundary.contains(centre) else boundary.representative_point()
    return round(point.x, 7), round(point.y, 7)


def _area(field_name: str, code: str, allowed: str) -> Area:
    try:
        return Area(code)
    except BadValue:
        raise BadValue(field=field_name, value=code, allowed=allowed) from None


def _check_dates(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise BadValue(field="valid_to", value=valid_to, allowed=f"a date after {valid_from}")


def _check_boundary(boundary: Boundary | None) -> None:
    if boundary is None:
        return
    west, south, east, north = boundary.bounds if not boundary.is_empty else (999.0,) * 4
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadValue(field="boundary", value=boundary.wkt[:80], allowed="a polygon in degrees, longitude first")


def _check_label(lon: float | None, lat: float | None) -> None:
    if lon is not None and not -180 <= lon <= 180:
        raise BadValue(field="lon", value=lon, allowed="-180..180")
    if lat is not None and not -90 <= lat <= 90:
        raise BadValue(field="lat", value=lat, allowed="-90..90")
    if (lon is None) != (lat is None):
        raise BadValue(field="lon", value=lon, allowed="lon and lat both, or neither")
