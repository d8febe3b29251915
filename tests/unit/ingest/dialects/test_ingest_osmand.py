"""The OsmAnd protocol, as its several clients send it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict, MultiDictProxy

from tracker.geo.datum import Crs
from tracker.ingest.dialects import osmand
from tracker.ingest.model import RawFix, Receipt, Upload
from tracker.tracks.model import Dialect, Flag

NOW_MS = 1_780_000_000_000
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FIRST_GOLDEN = "id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&hdop=0.0"
SECOND_GOLDEN = (
    "id=902064&lat=42.06288&lon=-88.23412&timestamp=2016-01-27T18%3A55%3A47Z&hdop=6.0&altitude=224.0&speed=0.0"
)
CLIENT_9 = rb"""{"location":{"timestamp":"2025-06-15T13:45:12.862Z",
  "coords":{"latitude":37.4219983,"longitude":-122.084,"accuracy":5,"speed":0,"heading":-1,"altitude":5},
  "is_moving":false,"odometer":0,"event":"motionchange",
  "battery":{"level":1,"is_charging":false},"activity":{"type":"still"},"extras":{},
  "_":"&id=48241179&lat=37.4219983&lon=-122.084&timestamp=2025-06-15T13:45:12.862Z&"},
 "device_id":"48241179"}"""


def from_query(text: str) -> Upload:
    return osmand.decode(dict(parse_qsl(text, keep_blank_values=True)), "", b"", NOW_MS)


def from_json(value: Any) -> Upload:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return osmand.decode({}, JSON, body, NOW_MS)


def one(text: str) -> RawFix:
    upload = from_query("lat=36.9&lon=115.2&" + text)
    assert upload.rejected == []
    (fix,) = upload.fixes
    return fix


def test_reads_the_first_example() -> None:
    fix = RawFix(index=0, recorded_at_ms=1_377_177_267_000, lat=60, lon=30, speed_mps=0, bearing_deg=0, altitude_m=0)
    assert from_query(FIRST_GOLDEN) == Upload(dialect=Dialect.OSMAND, crs=Crs.WGS84, fixes=[fix], rejected=[])


def test_reads_the_second_example() -> None:
    (fix,) = from_query(SECOND_GOLDEN).fixes
    expected = RawFix(
        index=0, recorded_at_ms=1_453_920_947_000, lat=42.06288, lon=-88.23412, altitude_m=224, speed_mps=0
    )
    assert fix == expected


def test_reads_the_json_of_client_9() -> None:
    (fix,) = from_json(CLIENT_9).fixes
    assert fix == RawFix(
        index=0,
        recorded_at_ms=1_749_995_112_862,
        lat=37.4219983,
        lon=-122.084,
        accuracy_m=5,
        speed_mps=0,
        altitude_m=5,
        battery=100,
    )


def test_reads_the_form_of_client_10() -> None:
    body = (
        b"id=tok&imei=1&lat=36.97&lon=115.26&timestamp=1780000000&accuracy=12.5&altitude=31&speed=2.50&bearing=90"
        b"&batt=76&charge=true&alarm=sos&battery_health=good&battery_voltage=4.1&battery_temp=30"
    )
    upload = osmand.decode({}, FORM + "; charset=utf-8", body, NOW_MS)
    assert upload.fixes == [
        RawFix(
            index=0,
            recorded_at_ms=NOW_MS,
            lat=36.97,
            lon=115.26,
            accuracy_m=12.5,
            speed_mps=2.5 * 1852 / 3600,
            bearing_deg=90,
            altitude_m=31,
            battery=76,
            flags=Flag.CHARGING | Flag.HELP,
        )
    ]


def test_reads_a_form_beside_a_token_in_the_query() -> None:
    upload = osmand.decode({"token": "t"}, FORM, b"lat=36.9&lon=115.2&timestamp=1780000000", NOW_MS)
    assert [fix.lat for fix in upload.fixes] == [36.9]


def test_ignores_a_body_beside_a_full_query() -> None:
    query = {"lat": "36.9", "lon": "115.2", "timestamp": "1780000000"}
    assert [fix.lat for fix in osmand.decode(query, FORM, b"lat=1&lon=2", NOW_MS).fixes] == [36.9]


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("1780000000", NOW_MS),
        ("1780000000.5", NOW_MS + 500),
        ("2147483646", 2_147_483_646_000),
        ("2147483647", 2_147_483_647),
        ("1780000000123", NOW_MS + 123),
        ("2026-05-28T20:26:40Z", NOW_MS),
        ("2026-05-28T20:26:40.123Z", NOW_MS + 123),
        ("2026-05-29T04:26:40%2B08:00", NOW_MS),
        ("2026-05-29T04:26:40+08:00", NOW_MS),
        ("2026-05-29 04:26:40", NOW_MS),
        ("", NOW_MS),
    ],
)
def test_reads_every_kind_of_timestamp(stamp: str, expected: int) -> None:
    assert one(f"timestamp={stamp}").recorded_at_ms == expected


def test_takes_the_time_of_receipt_for_a_missing_timestamp() -> None:
    assert one("").recorded_at_ms == NOW_MS


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        ("2026-05-29T04:26:40", "naive_time"),
        ("2026-05-29", "naive_time"),
        ("2026-13-29 04:26:40", "bad_time"),
        ("soon", "not_a_number"),
        ("1e400", "out_of_range"),
        ("NaN", "out_of_range"),
        ("9e+20", "out_of_range"),
    ],
)
def test_rejects_what_is_no_instant(stamp: str, reason: str) -> None:
    upload = from_query(f"lat=36.9&lon=115.2&timestamp={stamp.replace('+', '%2B')}")
    assert upload.fixes == []
    (rejected,) = upload.rejected
    assert (rejected.reason, rejected.field, rejected.value) == (reason, "timestamp", stamp)


def test_reads_lat_and_lon_from_location() -> None:
    (fix,) = from_query("location=36.97,%20115.26&timestamp=1780000000").fixes
    assert (fix.lat, fix.lon) == (36.97, 115.26)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("speed=-1", "speed_mps", None),
        ("speed=", "speed_mps", None),
        ("speed=10", "speed_mps", pytest.approx(5.1444, abs=1e-4)),
        ("bearing=-1", "bearing_deg", None),
        ("heading=12.5", "bearing_deg", 12.5),
        ("accuracy=0.0", "accuracy_m", None),
        ("accuracy=-1", "accuracy_m", None),
        ("altitude=-12.5", "altitude_m", -12.5),
        ("batt=76.0", "battery", 76),
        ("batt=-1", "battery", None),
        ("mock=true", "flags", Flag.MOCK),
        ("mock=false", "flags", 0),
        ("charge=true", "flags", Flag.CHARGING),
        ("alarm=sos", "flags", Flag.HELP),
        ("alarm=general", "flags", 0),
        ("valid=false", "flags", Flag.STALE_FIX),
        ("valid=1", "flags", 0),
        ("cell=460,0,1,2&wifi=aa-bb,-60&notes=hi", "flags", 0),
    ],
)
def test_reads_each_attribute_in_its_unit(text: str, field: str, value: object) -> None:
    assert getattr(one(text), field) == value


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("lat=NaN&lon=1", "lat", "NaN"),
        ("lat=1&lon=-Infinity", "lon", "-Infinity"),
        ("lat=1_0&lon=1", "lat", "1_0"),
        ("lat=1", "lon", "null"),
        ("lat=here&lon=there", "lat", "here"),
        ("location=1", "lon", ""),
        ("lat=1&lon=2&accuracy=nan", "accuracy", "nan"),
        ("lat=%00&lon=1", "lat", "\ufffd"),
    ],
)
def test_rejects_a_bad_value_by_field(text: str, field: str, value: str) -> None:
    upload = from_query(text)
    assert upload.fixes == []
    assert [(rejected.field, rejected.value) for rejected in upload.rejected] == [(field, value)]


@pytest.mark.parametrize(
    "upload",
    [
        from_query("id=1&batt=50"),
        from_query(""),
        osmand.decode({}, FORM, b"id=1&timestamp=1780000000&batt=50", NOW_MS),
        from_json({"device_id": "1"}),
        from_json({"device_id": "1", "location": {"timestamp": "2025-06-15T13:45:12Z", "event": "heartbeat"}}),
        from_json([]),
    ],
)
def test_accepts_a_heartbeat_and_stores_nothing(upload: Upload) -> None:
    assert (upload.fixes, upload.rejected) == ([], [])


@pytest.mark.parametrize(
    "upload", [from_query("id=1&alarm=sos"), from_json({"location": {"alarm": "sos"}, "device_id": "1"})]
)
def test_does_not_lose_a_call_for_help_without_a_position(upload: Upload) -> None:
    assert [rejected.reason for rejected in upload.rejected] == ["help_without_position"]


def test_reads_an_array_of_flat_objects() -> None:
    flat = {"id": "tok", "lat": 36.9, "lon": 115.2, "timestamp": 1_780_000_000, "speed": 10, "batt": 50}
    upload = from_json([flat, 7, flat | {"lat": "x"}, flat | {"timestamp": 1_780_000_015}])
    assert [(fix.index, fix.recorded_at_ms) for fix in upload.fixes] == [(0, NOW_MS), (3, NOW_MS + 15_000)]
    assert [(rejected.index, rejected.reason) for rejected in upload.rejected] == [
        (1, "not_a_fix"),
        (2, "not_a_number"),
    ]


def test_reads_a_list_of_locations() -> None:
    location = orjson.loads(CLIENT_9)["location"]
    upload = from_json({"device_id": "1", "location": [location, location | {"mock": True, "alarm": "sos"}, 3]})
    assert [fix.flags for fix in upload.fixes] == [0, Flag.MOCK | Flag.HELP]
    assert [rejected.index for rejected in upload.rejected] == [2]


def test_reads_the_battery_of_client_9() -> None:
    location = {"coords": {"latitude": 1, "longitude": 2}, "battery": {"level": 0.25, "is_charging": True}}
    unknown = location | {"battery": {"level": -1}}
    fixes = from_json({"location": [location, unknown]}).fixes
    assert [(fix.battery, fix.flags) for fix in fixes] == [(25, Flag.CHARGING), (None, 0)]


@pytest.mark.parametrize(
    ("query", "content_type", "body"),
    [
        ("id=SECRET&token=SECRET&lat=x&lon=1", "", b""),
        ("deviceid=SECRET&lat=x&lon=1", "", b""),
        ("", FORM, b"notificationToken=SECRET&id=SECRET&lat=x&lon=1"),
        ("", FORM, b"id=SECRET&" + b"x=1&" * 300),
        ("", JSON, b'{"id":"SECRET","lat":"x","lon":1}'),
        ("", JSON, b'{"device_id": "SECRET", "location": "oops'),
        ("", JSON, b'{"device_id": "SECRET", "location": 7}'),
        ("", JSON, b'{"location":{"coords":{"latitude":"x"},"_":"&id=SECRET&lat=1&"}}'),
    ],
)
def test_keeps_the_secret_out_of_the_quarantine(query: str, content_type: str, body: bytes) -> None:
    (rejected,) = osmand.decode(dict(parse_qsl(query)), content_type, body, NOW_MS).rejected
    assert rejected.body
    assert b"SECRET" not in rejected.body + rejected.value.encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"{", "bad_json"), (b"\xff", "bad_json"), (b"7", "not_a_fix"), (b"null", "not_a_fix"), (b"[" * 5000, "bad_json")],
)
def test_quarantines_garbage_with_its_reason(body: bytes, reason: str) -> None:
    upload = from_json(body)
    assert [(rejected.reason, rejected.body) for rejected in upload.rejected] == [(reason, body)]


@pytest.mark.parametrize("content_type", ["", JSON, FORM, "application/octet-stream"])
def test_reads_the_query_of_a_post_without_a_body(content_type: str) -> None:
    query = MultiDict([("id", "a"), ("lat", "36.9"), ("lon", "115.2"), ("cell", "1"), ("cell", "2"), ("batt", "x")])
    upload = osmand.decode(MultiDictProxy(query), content_type, b"", NOW_MS)
    assert [(rejected.field, rejected.value) for rejected in upload.rejected] == [("batt", "x")]
    query["batt"] = "5"
    assert [fix.battery for fix in osmand.decode(MultiDictProxy(query), content_type, b"", NOW_MS).fixes] == [5]


def test_knows_json_without_its_content_type() -> None:
    assert len(osmand.decode({}, "application/octet-stream", CLIENT_9, NOW_MS).fixes) == 1


def test_keeps_the_datum_that_the_phone_was_enrolled_with() -> None:
    assert osmand.decode({"lat": "1", "lon": "2"}, "", b"", NOW_MS, Crs.GCJ02).crs is Crs.GCJ02


def test_answers_with_an_empty_body() -> None:
    assert osmand.reply(Receipt(stored=1, duplicate=0, off_duty=0, quarantined=[])) == b""
    assert osmand.STATUS == 200


NAMES = st.sampled_from(
    ["id", "lat", "lon", "location", "timestamp", "speed", "batt", "valid", "alarm", "coords", "battery"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=9,
)


def with_nan(value: Any) -> bytes:
    """JSON as careless clients write it."""
    return orjson.dumps(value).replace(b"null", b"NaN")


@given(
    st.dictionaries(NAMES, st.text(max_size=30)),
    st.sampled_from(["", FORM, JSON]),
    st.binary() | VALUES.map(with_nan) | st.dictionaries(NAMES, VALUES).map(orjson.dumps),
)
def test_gives_an_upload_for_anything(query: dict[str, str], content_type: str, body: bytes) -> None:
    upload = osmand.decode(query, content_type, body, NOW_MS)
    for rejected in upload.rejected:
        assert len(rejected.value) <= 200
        assert len(rejected.body) <= 16_384
        assert "\0" not in rejected.value
