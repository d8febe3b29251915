"""OwnTracks in HTTP mode: one JSON object a request, of which only `_type` location is a position."""

from __future__ import annotations

from typing import Any

from tracker.geo.datum import Crs
from tracker.ingest.dialects.reading import Fields, bounded, known, load, number, required, whole_ms
from tracker.ingest.model import RawFix, Receipt, Upload
from tracker.ingest.rejects import Rejects, Unfit
from tracker.tracks.model import Dialect, Flag

STATUS = 200
CONTENT_TYPE = "application/json"

APPLE_EPOCH_S = 978_307_200  # 2001-01-01: Overland's OwnTracks mode counts from there
_YEAR_S = 366 * 86_400
_KMH_PER_MPS = 3.6
_ON_CHARGER = (2, 3)  # `bs`: charging, full


def decode(body: bytes, received_at_ms: int, crs: Crs = Crs.WGS84) -> Upload:
    """Read one message; whatever it holds gives an Upload, with what cannot be stored among its rejected parts."""
    rejects = Rejects()
    fixes: list[RawFix] = []
    for index, part in _parts(body, rejects):
        try:
            fix = _fix(index, part, received_at_ms)
        except Unfit as unfit:
            rejects.add(index, unfit, part)
        else:
            if fix is not None:
                fixes.append(fix)
    return Upload(dialect=Dialect.OWNTRACKS, crs=crs, fixes=fixes, rejected=rejects.all(), app="OwnTracks")


def reply(_receipt: Receipt) -> bytes:
    """An empty list: no friends, no commands."""
    return b"[]"


def _parts(body: bytes, rejects: Rejects) -> list[tuple[int, Any]]:
    if not body.strip():  # the app does send these
        return []
    try:
        message = load(body)
    except Unfit as unfit:
        rejects.add(-1, unfit, body)
        return []
    return list(bounded(message, rejects, "body")) if isinstance(message, list) else [(0, message)]


def _fix(index: int, part: Any, received_at_ms: int) -> RawFix | None:
    """The position in a message; None for the types that hold none: transition, waypoint, status, lwt, steps, ..."""
    if not isinstance(part, dict):
        raise Unfit("not_a_fix", field="body", value=part)
    kind = part.get("_type")
    if kind == "location":
        return _location(index, part, received_at_ms)
    if kind == "encrypted":
        raise Unfit("encrypted", field="_type", value=kind)
    if not isinstance(kind, str):
        raise Unfit("missing", field="_type", value=kind)
    return None


def _location(index: int, fields: Fields, received_at_ms: int) -> RawFix:
    speed_kmh = known(fields, "vel")
    return RawFix(
        index=index,
        recorded_at_ms=_time_ms(fields, received_at_ms),
        lat=required(fields, "lat"),
        lon=required(fields, "lon"),
        accuracy_m=known(fields, "acc"),
        speed_mps=None if speed_kmh is None else speed_kmh / _KMH_PER_MPS,
        bearing_deg=known(fields, "cog"),
        altitude_m=number(fields, "alt"),
        battery=known(fields, "batt"),
        flags=_flags(fields),
    )


def _flags(fields: Fields) -> int:
    # A "p" ping carries the present time with a position that may be hours old.
    stale = Flag.STALE_FIX if fields.get("t") == "p" else Flag.NONE
    charging = Flag.CHARGING if fields.get("bs") in _ON_CHARGER else Flag.NONE
    return int(stale) | int(charging)


def _time_ms(fields: Fields, received_at_ms: int) -> int:
    seconds = required(fields, "tst")
    age_s = received_at_ms / 1000 - seconds
    if abs(age_s - APPLE_EPOCH_S) < _YEAR_S:  # thirty-one years old, give or take one: the other epoch
        seconds += APPLE_EPOCH_S
    return whole_ms(seconds * 1000, "tst")
