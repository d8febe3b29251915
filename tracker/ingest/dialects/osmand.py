"""The OsmAnd protocol as Traccar Client (old, 9 and from 10 on) and OsmAnd itself speak it: query, form or JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tracker.geo.datum import Crs
from tracker.ingest.dialects.reading import (
    Fields,
    bounded,
    instant_ms,
    known,
    load,
    number,
    required,
    whole_ms,
    yes,
)
from tracker.ingest.model import RawFix, Receipt, Upload
from tracker.ingest.rejects import Rejects, Unfit, as_sent
from tracker.tracks.model import Dialect, Flag

STATUS = 200
CONTENT_TYPE = "text/plain"

MPS_PER_KNOT = 1852 / 3600
MAX_FIELDS = 200  # in a form; the newest client sends sixteen and custom attributes
_LARGEST_SECONDS = 2_147_483_647  # Traccar's rule: a smaller timestamp is in seconds, others in milliseconds
# The id is the phone's secret here, so it must not reach the quarantine; `_` of client 9 repeats it inside a text.
_SECRET = re.compile(
    rb"""((?<![a-z])(?:id|deviceid|device_id|uniqueid|token|notificationtoken)\\?"?\s*[:=]\s*\\?"?)[^"&,}\s\\]+""",
    re.IGNORECASE,
)


def decode(
    query: Mapping[str, str], content_type: str, body: bytes, received_at_ms: int, crs: Crs = Crs.WGS84
) -> Upload:
    """Read one message; whatever it holds gives an Upload, with what cannot be stored among its rejected parts."""
    rejects = Rejects()
    fixes: list[RawFix] = []
    for index, part in _parts(query, content_type, body, rejects):
        try:
            fix = _fix(index, part, received_at_ms)
        except Unfit as unfit:
            rejects.add(index, unfit, _without_secret(part))
        else:
            if fix is not None:
                fixes.append(fix)
    return Upload(dialect=Dialect.OSMAND, crs=crs, fixes=fixes, rejected=rejects.all())


def reply(_receipt: Receipt) -> bytes:
    """Nothing: a body would be shown to the client as a command."""
    return b""


def _parts(query: Mapping[str, str], content_type: str, body: bytes, rejects: Rejects) -> list[tuple[int, Any]]:
    if not body or not _may_hold_fix(query):
        return [(0, query)]
    if "json" in content_type or body[:1] in (b"{", b"["):
        return _json_parts(body, rejects)
    try:
        form = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        rejects.add(-1, Unfit("bad_form", field="body", value=str(error)), _without_secret(body))
        return []
    return [(0, {**dict(form), **query})]


def _may_hold_fix(query: Mapping[str, str]) -> bool:
    """Clients up to 8 put everything into the query; with later ones it holds a token at most."""
    return "lat" not in query and "location" not in query


def _json_parts(body: bytes, rejects: Rejects) -> list[tuple[int, Any]]:
    try:
        message = load(body)
    except Unfit as unfit:
        rejects.add(-1, unfit, _without_secret(body))
        return []
    if isinstance(message, list):  # client 10 with uploadJson
        return list(bounded(message, rejects, "body"))
    places = message.get("location") if isinstance(message, dict) else None
    if isinstance(places, list):  # the same library with batchSync
        return [(index, {"location": place}) for index, place in bounded(places, rejects, "location")]
    return [(0, message)]


def _fix(index: int, part: Any, received_at_ms: int) -> RawFix | None:
    if not isinstance(part, Mapping):
        raise Unfit("not_a_fix", field="body", value=part)
    location = part.get("location")
    if location is None or isinstance(location, str):
        return _flat(index, part, received_at_ms)
    if not isinstance(location, dict):
        raise Unfit("not_a_fix", field="location", value=location)
    return _nested(index, location, received_at_ms)


def _flat(index: int, fields: Fields, received_at_ms: int) -> RawFix | None:
    help_asked = str(fields.get("alarm", "")).lower() == "sos"
    place = _place(fields)
    if place is None:
        _refuse_lost_help(help_asked=help_asked)
        return None
    speed_knots = known(fields, "speed")
    return RawFix(
        index=index,
        recorded_at_ms=_time_ms(fields.get("timestamp"), received_at_ms),
        lat=place[0],
        lon=place[1],
        accuracy_m=known(fields, "accuracy") or None,  # Android says 0 when it has none
        speed_mps=None if speed_knots is None else speed_knots * MPS_PER_KNOT,
        bearing_deg=known(fields, "bearing" if "bearing" in fields else "heading"),
        altitude_m=number(fields, "altitude"),
        battery=known(fields, "batt"),
        flags=_flags(fields, charging=yes(fields.get("charge")), help_asked=help_asked),
    )


def _place(fields: Fields) -> tuple[float, float] | None:
    location = fields.get("location")
    if location:
        lat, _, lon = str(location).partition(",")
        fields = {"lat": lat.strip(), "lon": lon.strip()}
    elif number(fields, "lat") is None and number(fields, "lon") is None:
        return None
    return required(fields, "lat"), required(fields, "lon")


def _refuse_lost_help(*, help_asked: bool) -> None:
    """A sign of life without a position is nothing to store, but a call for help must at least be seen."""
    if help_asked:
        raise Unfit("help_without_position", field="alarm", value="sos")


def _nested(index: int, location: Fields, received_at_ms: int) -> RawFix | None:
    help_asked = str(location.get("alarm", "")).lower() == "sos"
    coords = location.get("coords")
    if not isinstance(coords, dict) or not coords:
        _refuse_lost_help(help_asked=help_asked)
        return None
    battery = location.get("battery")
    battery = battery if isinstance(battery, dict) else {}
    level = known(battery, "level")
    return RawFix(
        index=index,
        recorded_at_ms=_time_ms(location.get("timestamp"), received_at_ms),
        lat=required(coords, "latitude"),
        lon=required(coords, "longitude"),
        accuracy_m=known(coords, "accuracy"),
        speed_mps=known(coords, "speed"),
        bearing_deg=known(coords, "heading"),
        altitude_m=number(coords, "altitude"),
        battery=None if level is None else level * 100,
        flags=_flags(location, charging=yes(battery.get("is_charging")), help_asked=help_asked),
    )


def _flags(fields: Fields, *, charging: bool, help_asked: bool) -> int:
    valid = fields.get("valid")  # a receiver that lost its satellites repeats the last position as not valid
    return (
        (int(Flag.MOCK) if yes(fields.get("mock")) else 0)
        | (int(Flag.CHARGING) if charging else 0)
        | (int(Flag.HELP) if help_asked else 0)
        | (int(Flag.STALE_FIX) if valid is not None and not yes(valid) else 0)
    )


def _time_ms(value: Any, received_at_ms: int) -> int:
    if value is None or value == "":
        return received_at_ms  # the protocol's rule; such a message sent twice is two fixes
    if isinstance(value, str) and ("-" in value[1:] or "T" in value):
        # A plus sign that was not escaped arrives as a space.
        text = value.replace(" ", "+") if "T" in value else value
        return instant_ms(text, "timestamp", local=True)
    stamp = required({"timestamp": value}, "timestamp")
    return whole_ms(stamp * 1000 if stamp < _LARGEST_SECONDS else stamp, "timestamp")


def _without_secret(part: Any) -> bytes:
    return _SECRET.sub(rb"\1...", as_sent(dict(part) if isinstance(part, Mapping) else part))
