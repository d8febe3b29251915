"""Overland's batches of GeoJSON features."""

from __future__ import annotations

from typing import Any

from tracker.geo.datum import Crs
from tracker.ingest.dialects.reading import Fields, bounded, instant_ms, known, load, number, required
from tracker.ingest.model import RawFix, Receipt, Upload
from tracker.ingest.rejects import Rejects, Unfit
from tracker.tracks.model import Dialect, Flag

STATUS = 200
CONTENT_TYPE = "application/json"

_ON_CHARGER = ("charging", "full")


def decode(body: bytes, received_at_ms: int, crs: Crs = Crs.WGS84) -> Upload:  # noqa: ARG001  # one signature for all dialects
    """Read one batch; whatever it holds gives an Upload, with what cannot be stored among its rejected parts."""
    rejects = Rejects()
    message = _message(body, rejects)
    fixes = _fixes(message, rejects)
    return Upload(
        dialect=Dialect.OVERLAND,
        crs=crs,
        fixes=fixes,
        rejected=rejects.all(),
        app="Overland",
        current=_current(message.get("current")),
    )


def reply(_receipt: Receipt) -> bytes:
    """Exactly this, or the app sends the same batch for ever."""
    return b'{"result":"ok"}'


def _message(body: bytes, rejects: Rejects) -> dict[str, Any]:
    try:
        return _batch(load(body))
    except Unfit as unfit:
        rejects.add(-1, unfit, body)
        return {}


def _batch(message: Any) -> dict[str, Any]:
    if not isinstance(message, dict):
        raise Unfit("not_a_batch", field="body", value=message)
    locations = message.get("locations")
    if locations is not None and not isinstance(locations, list):
        raise Unfit("not_a_batch", field="locations", value=locations)
    return message


def _fixes(message: dict[str, Any], rejects: Rejects) -> list[RawFix]:
    fixes = []
    for index, feature in bounded(message.get("locations") or [], rejects, "locations"):
        try:
            fix = _fix(index, feature)
        except Unfit as unfit:
            rejects.add(index, unfit, feature)
        else:
            if fix is not None:
                fixes.append(fix)
    return fixes


def _current(feature: Any) -> RawFix | None:
    """Where the phone is now while a backlog waits; it comes again in a later batch, so a bad one is no loss."""
    if not isinstance(feature, dict):
        return None
    try:
        return _fix(-1, feature)
    except Unfit:
        return None


def _fix(index: int, feature: Any) -> RawFix | None:
    """The position in a feature; None for a visit, which tells when somebody came and went but is no fix."""
    if not isinstance(feature, dict):
        raise Unfit("not_a_fix", field="locations", value=feature)
    fields = feature.get("properties")
    if not isinstance(fields, dict):
        raise Unfit("missing", field="properties", value=fields)
    if fields.get("action") == "visit":
        return None
    lat, lon = _place(feature)
    return RawFix(
        index=index,
        recorded_at_ms=_time_ms(fields),
        lat=lat,
        lon=lon,
        accuracy_m=known(fields, "horizontal_accuracy"),
        speed_mps=known(fields, "speed"),
        bearing_deg=known(fields, "course"),
        altitude_m=_altitude_m(fields),
        battery=_battery(fields),
        flags=int(Flag.CHARGING) if fields.get("battery_state") in _ON_CHARGER else 0,
    )


def _place(feature: Fields) -> tuple[float, float]:
    geometry = feature.get("geometry")
    pair = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(pair, list) or len(pair) < 2:
        raise Unfit("missing", field="geometry.coordinates", value=pair)
    fields = {"lon": pair[0], "lat": pair[1]}
    return required(fields, "lat"), required(fields, "lon")


def _time_ms(fields: Fields) -> int:
    timestamp = fields.get("timestamp")
    if not isinstance(timestamp, str):
        reason = "missing" if timestamp is None else "bad_time"
        raise Unfit(reason, field="timestamp", value=timestamp)
    return instant_ms(timestamp, "timestamp")


def _altitude_m(fields: Fields) -> float | None:
    error_m = number(fields, "vertical_accuracy")
    return None if error_m is not None and error_m < 0 else number(fields, "altitude")


def _battery(fields: Fields) -> float | None:
    level = known(fields, "battery_level")  # 0..1, -1 in a simulator
    return None if level is None else level * 100
