"""Overland's batches."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.datum import Crs
from tracker.ingest.dialects import overland
from tracker.ingest.model import RawFix, Receipt, Upload
from tracker.tracks.model import Dialect, Flag

NOW_MS = 1_780_000_000_000
GOLDEN = (
    b'{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-122.030581,37.331800]},'
    b'"properties":{"timestamp":"2015-10-01T08:00:00-0700","altitude":0,"speed":4,"horizontal_accuracy":30,'
    b'"vertical_accuracy":-1,"motion":["driving","stationary"],"battery_state":"charging","battery_level":0.80,'
    b'"device_id":"","wifi":""}}]}'
)


def decode(message: Any) -> Upload:
    body = message if isinstance(message, bytes) else orjson.dumps(message)
    return overland.decode(body, NOW_MS)


def feature(**properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [115.2661, 36.9753]},
        "properties": {"timestamp": "2026-05-28T20:26:40Z"} | properties,
    }


def test_reads_the_example() -> None:
    assert decode(GOLDEN) == Upload(
        dialect=Dialect.OVERLAND,
        crs=Crs.WGS84,
        app="Overland",
        rejected=[],
        fixes=[
            RawFix(
                index=0,
                recorded_at_ms=1_443_711_600_000,
                lat=37.3318,
                lon=-122.030581,
                accuracy_m=30,
                speed_mps=4,
                battery=80,
                flags=Flag.CHARGING,
            )
        ],
    )


@pytest.mark.parametrize(
    ("properties", "field", "value"),
    [
        ({"speed": -1}, "speed_mps", None),
        ({"speed": 0}, "speed_mps", 0),
        ({"course": -1}, "bearing_deg", None),
        ({"course": 359.5}, "bearing_deg", 359.5),
        ({"horizontal_accuracy": -1}, "accuracy_m", None),
        ({"altitude": 31, "vertical_accuracy": 3}, "altitude_m", 31),
        ({"altitude": -31}, "altitude_m", -31),
        ({"altitude": 31, "vertical_accuracy": -1}, "altitude_m", None),
        ({"battery_level": -1}, "battery", None),
        ({"battery_level": 0.25}, "battery", 25),
        ({"battery_state": "full"}, "flags", Flag.CHARGING),
        ({"battery_state": "unplugged"}, "flags", 0),
        ({"battery_state": ["full"]}, "flags", 0),
        ({"motion": []}, "flags", 0),
        ({"timestamp": "2026-05-29T04:26:40+0800"}, "recorded_at_ms", NOW_MS),
        ({"timestamp": "2026-05-28T20:26:40.250Z"}, "recorded_at_ms", NOW_MS + 250),
    ],
)
def test_reads_each_property_in_its_unit(properties: dict[str, Any], field: str, value: object) -> None:
    (fix,) = decode({"locations": [feature(**properties)]}).fixes
    assert getattr(fix, field) == value


def test_passes_over_visits_without_complaint() -> None:
    visit = feature(action="visit", arrival_date="2026-05-28T20:26:40Z", departure_date=None)
    upload = decode({"locations": [visit, feature()]})
    assert [fix.index for fix in upload.fixes] == [1]
    assert upload.rejected == []


def test_keeps_current_apart_from_the_history() -> None:
    upload = decode({"locations": [], "current": feature(speed=3)})
    assert upload.fixes == []
    assert upload.current is not None
    assert (upload.current.lat, upload.current.speed_mps) == (36.9753, 3)


@pytest.mark.parametrize(
    "current", [None, 5, {}, {"properties": {}}, feature(timestamp="now"), feature(action="visit")]
)
def test_passes_over_a_bad_current(current: Any) -> None:
    upload = decode({"locations": [], "current": current})
    assert (upload.current, upload.rejected) == (None, [])


@pytest.mark.parametrize(
    ("part", "reason", "field"),
    [
        (7, "not_a_fix", "locations"),
        ({}, "missing", "properties"),
        (feature() | {"geometry": None}, "missing", "geometry.coordinates"),
        (feature() | {"geometry": {"coordinates": [1]}}, "missing", "geometry.coordinates"),
        (feature() | {"geometry": {"coordinates": [1, None]}}, "missing", "lat"),
        (feature() | {"geometry": {"coordinates": ["east", 1]}}, "not_a_number", "lon"),
        (feature(timestamp="2026-05-28T20:26:40"), "naive_time", "timestamp"),
        (feature(timestamp="2026-05-28 20:26:40"), "naive_time", "timestamp"),
        (feature(timestamp=None), "missing", "timestamp"),
        (feature(timestamp=1_780_000_000), "bad_time", "timestamp"),
        (feature(speed="fast"), "not_a_number", "speed"),
    ],
)
def test_rejects_a_bad_feature_and_keeps_the_others(part: Any, reason: str, field: str) -> None:
    upload = decode({"locations": [feature(), part, feature()]})
    assert [fix.index for fix in upload.fixes] == [0, 2]
    (rejected,) = upload.rejected
    assert (rejected.index, rejected.reason, rejected.field) == (1, reason, field)
    assert rejected.body == orjson.dumps(part)


def test_keeps_at_most_16_kib_of_a_bad_feature() -> None:
    (rejected,) = decode({"locations": [feature(timestamp="x" * 99_999)]}).rejected
    assert len(rejected.body) == 16_384
    assert rejected.value == "x" * 200


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        (b"", "bad_json", "body"),
        (b"{", "bad_json", "body"),
        (b"[]", "not_a_batch", "body"),
        (b'{"locations":{}}', "not_a_batch", "locations"),
    ],
)
def test_quarantines_what_is_no_batch(body: bytes, reason: str, field: str) -> None:
    upload = decode(body)
    assert upload.fixes == []
    assert [(rejected.reason, rejected.field, rejected.body) for rejected in upload.rejected] == [(reason, field, body)]


def test_reads_the_rest_of_a_batch_with_nan_in_it() -> None:
    text = orjson.dumps({"locations": [feature(speed=12345), feature()]}).replace(b"12345", b"NaN")
    assert [fix.speed_mps for fix in decode(text).fixes] == [None, None]


def test_leaves_the_letters_nan_alone_inside_a_word() -> None:
    text = orjson.dumps({"locations": [feature(speed=12345, timestamp="BaNaN, NaNa")]}).replace(b"12345", b"NaN")
    (rejected,) = decode(text).rejected
    assert rejected.value == "BaNaN, NaNa"


def test_takes_a_large_batch_whole() -> None:
    assert len(decode({"locations": [feature()] * 1500}).fixes) == 1500


def test_answers_exactly_what_the_app_expects() -> None:
    assert overland.reply(Receipt(stored=1, duplicate=0, off_duty=0, quarantined=[])) == b'{"result":"ok"}'
    assert (overland.STATUS, overland.CONTENT_TYPE) == (200, "application/json")


NAMES = st.sampled_from(
    ["locations", "current", "geometry", "coordinates", "properties", "timestamp", "speed", "action"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.just("2026-05-28T20:26:40Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def with_nan(value: Any) -> bytes:
    """JSON as careless clients write it."""
    return orjson.dumps(value).replace(b"null", b"NaN")


@given(
    st.binary()
    | VALUES.map(with_nan)
    | st.lists(VALUES, max_size=4).map(lambda parts: orjson.dumps({"locations": parts, "current": parts}))
    | st.dictionaries(NAMES, VALUES).map(lambda fields: orjson.dumps({"locations": [feature(**fields)]}))
)
def test_gives_an_upload_for_any_bytes(body: bytes) -> None:
    for rejected in overland.decode(body, NOW_MS).rejected:
        assert len(rejected.value) <= 200
        assert len(rejected.body) <= 16_384
