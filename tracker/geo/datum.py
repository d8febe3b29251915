"""The three datums of Chinese maps: WGS-84, GCJ-02 and BD-09, each way, for one point or for columns.

GCJ-02 is what domestic maps and WeChat's default show, BD-09 is Baidu's; both shift WGS-84 by hundreds of
metres. The formulas were reverse-engineered by the public and agree with the open libraries; the official
transformation is not published.

The shift applies within a plain box of degrees that every open library uses. The box is not "inside China":
it also shifts Seoul and much of the neighbourhood. It only says where the formula is used. Within about a
kilometre of the box's edge the shift is not invertible, for it stops there at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Self

import numpy as np

from tracker.errors import BadValue
from tracker.geo.projection import Number

_A_M = 6_378_245.0  # Krasovsky 1940, as the shift uses it
_EE = 0.006_693_421_622_965_943_23
_BOX_LAT = (0.8293, 55.8271)
_BOX_LON = (72.004, 137.8347)
_BD_PERIOD = math.pi * 3000 / 180
# Each round shrinks the rest at least fiftyfold, so five are enough and no loop can run for ever.
_INVERSE_ROUNDS = 5

_Forward = Callable[[Any, Any], tuple[Any, Any]]


class Crs(StrEnum):
    """The datum in which a latitude and longitude are given."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @classmethod
    def parse(cls, text: str, field: str = "crs") -> Self:
        """Read a datum's name; raises BadValue with the given field."""
        try:
            return cls(text)
        except ValueError:
            raise BadValue(field=field, value=text, allowed=", ".join(cls)) from None


def to_wgs84(crs: Crs, lat: Number, lon: Number) -> tuple[Number, Number]:
    """Degrees (lat, lon) in WGS-84 of a point, or of columns, given in `crs`."""
    if crs is Crs.WGS84:
        return lat, lon
    if crs is Crs.BD09:
        lat, lon = _undo(_gcj02_to_bd09, lat, lon)
    return _undo(_wgs84_to_gcj02, lat, lon)


def from_wgs84(crs: Crs, lat: Number, lon: Number) -> tuple[Number, Number]:
    """Degrees (lat, lon) in `crs` of a point, or of columns, given in WGS-84."""
    if crs is Crs.WGS84:
        return lat, lon
    lat, lon = _wgs84_to_gcj02(lat, lon)
    return _gcj02_to_bd09(lat, lon) if crs is Crs.BD09 else (lat, lon)


def in_shift_box(lat: Number, lon: Number) -> Any:
    """Say (bool, or column of bools) where GCJ-02 and BD-09 differ from WGS-84; not a test for China."""
    return (lat >= _BOX_LAT[0]) & (lat <= _BOX_LAT[1]) & (lon >= _BOX_LON[0]) & (lon <= _BOX_LON[1])


def _undo(forward: _Forward, lat: Number, lon: Number) -> tuple[Number, Number]:
    back_lat, back_lon = lat, lon
    for _ in range(_INVERSE_ROUNDS):
        there_lat, there_lon = forward(back_lat, back_lon)
        back_lat, back_lon = back_lat + (lat - there_lat), back_lon + (lon - there_lon)
    return back_lat, back_lon


def _wgs84_to_gcj02(lat: Number, lon: Number) -> tuple[Number, Number]:
    return _where_shifted(_gcj02_shifted, lat, lon)


def _gcj02_to_bd09(lat: Number, lon: Number) -> tuple[Number, Number]:
    return _where_shifted(_bd09_shifted, lat, lon)


def _where_shifted(shifted: Callable[..., tuple[Any, Any]], lat: Number, lon: Number) -> tuple[Number, Number]:
    inside = in_shift_box(lat, lon)
    if not isinstance(lat, np.ndarray):
        return shifted(math, lat, lon) if inside else (lat, lon)
    new_lat, new_lon = shifted(np, lat, lon)
    return np.where(inside, new_lat, lat), np.where(inside, new_lon, lon)


# Below, `m` is the module math for one point or numpy for columns, so that each formula stands once.


def _gcj02_shifted(m: Any, lat: Number, lon: Number) -> tuple[Number, Number]:
    x, y = lon - 105.0, lat - 35.0
    common = (20.0 * m.sin(6.0 * x * m.pi) + 20.0 * m.sin(2.0 * x * m.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * m.sqrt(m.fabs(x)) + common
    north += _waves(m, y, ((20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0)))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * m.sqrt(m.fabs(x)) + common
    east += _waves(m, x, ((20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0)))
    phi = lat / 180.0 * m.pi
    bend = 1.0 - _EE * m.sin(phi) ** 2
    metres_per_radian = _A_M * (1.0 - _EE) / (bend * m.sqrt(bend))
    across = _A_M / m.sqrt(bend) * m.cos(phi)
    return lat + north * 180.0 / (metres_per_radian * m.pi), lon + east * 180.0 / (across * m.pi)


def _waves(m: Any, at: Number, waves: tuple[tuple[float, float], ...]) -> Any:
    return sum(height * m.sin(at * m.pi / period) for height, period in waves) * 2.0 / 3.0


def _bd09_shifted(m: Any, lat: Number, lon: Number) -> tuple[Number, Number]:
    radius = m.hypot(lon, lat) + 0.00002 * m.sin(lat * _BD_PERIOD)
    angle = m.atan2(lat, lon) + 0.000003 * m.cos(lon * _BD_PERIOD)
    return radius * m.sin(angle) + 0.006, radius * m.cos(angle) + 0.0065
