"""OwnTracks in HTTP mode."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.datum import Crs
from tracker.ingest.dialects import owntracks
from tracker.ingest.model import RawFix, Receipt, Upload
from tracker.tracks.model import Dialect, Flag

NOW_MS = 1_780_000_000_000
GOLDEN = (
    b'{"_type":"location","acc":15,"alt":440,"batt":46,"conn":"w","lat":46.0681247,"lon":11.1512805,"t":"u",'
    b'"tid":"5t","tst":1551874878,"vac":2,"vel":0}'
)


def decode(message: Any) -> Upload:
    body = message if isinstance(message, bytes) else orjson.dumps(message)
    return owntracks.decode(body, NOW_MS)


def location(**changes: Any) -> dict[str, Any]:
    return {"_type": "location", "lat": 36.9753, "lon": 115.2661, "tst": 1_780_000_000} | changes


def test_reads_the_example() -> None:
    assert decode(GOLDEN) == Upload(
        dialect=Dialect.OWNTRACKS,
        crs=Crs.WGS84,
        app="OwnTracks",
        rejected=[],
        fixes=[
            RawFix(
                index=0,
                recorded_at_ms=1_551_874_878_000,
                lat=46.0681247,
                lon=11.1512805,
                accuracy_m=15,
                altitude_m=440,
                battery=46,
                speed_mps=0,
            )
        ],
    )


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"vel": 36}, "speed_mps", 10),
        ({"vel": "36"}, "speed_mps", 10),
        ({"vel": -1}, "speed_mps", None),
        ({"cog": 271}, "bearing_deg", 271),
        ({"batt": -1}, "battery", None),
        ({"t": "p"}, "flags", Flag.STALE_FIX),
        ({"t": "u"}, "flags", 0),
        ({"bs": 2}, "flags", Flag.CHARGING),
        ({"bs": 3}, "flags", Flag.CHARGING),
        ({"bs": 1}, "flags", 0),
        ({"bs": [2]}, "flags", 0),
        ({}, "accuracy_m", None),
        ({"tst": 1_780_000_000.5}, "recorded_at_ms", NOW_MS + 500),
        ({"tst": "1780000000"}, "recorded_at_ms", NOW_MS),
    ],
)
def test_reads_each_field_in_its_unit(changes: dict[str, Any], field: str, value: object) -> None:
    (fix,) = decode(location(**changes)).fixes
    assert getattr(fix, field) == value


def test_moves_a_time_counted_from_2001() -> None:
    (fix,) = decode(location(tst=1_780_000_000 - 978_307_200)).fixes
    assert fix.recorded_at_ms == NOW_MS


def test_leaves_other_old_times_alone() -> None:
    (fix,) = decode(location(tst=1_780_000_000 - 978_307_200 - 367 * 86_400)).fixes
    assert fix.recorded_at_ms == (1_780_000_000 - 978_307_200 - 367 * 86_400) * 1000


@pytest.mark.parametrize(
    "kind", ["transition", "waypoint", "waypoints", "status", "lwt", "steps", "beacon", "card", "cmd"]
)
def test_accepts_every_other_type_and_stores_nothing(kind: str) -> None:
    upload = decode({"_type": kind, "lat": 1, "lon": 2, "tst": 3})
    assert (upload.fixes, upload.rejected) == ([], [])


@pytest.mark.parametrize("body", [b"", b" \n", b"[]"])
def test_accepts_an_empty_message(body: bytes) -> None:
    upload = decode(body)
    assert (upload.fixes, upload.rejected) == ([], [])


@pytest.mark.parametrize(
    ("message", "reason", "field", "value"),
    [
        ({"_type": "encrypted", "data": "xyz"}, "encrypted", "_type", "encrypted"),
        ({"lat": 1}, "missing", "_type", "null"),
        ({"_type": {}}, "missing", "_type", "an object"),
        (location(lat=None), "missing", "lat", "null"),
        (location(tst=None), "missing", "tst", "null"),
        (location(tst="noon"), "not_a_number", "tst", "noon"),
        (location(tst=1e300), "out_of_range", "tst", "1e+303"),
        (location(lon=True), "not_a_number", "lon", "True"),
        (location(lat="Infinity"), "out_of_range", "lat", "Infinity"),
        (location(acc=[5]), "not_a_number", "acc", "an array"),
        (5, "not_a_fix", "body", "5"),
        (b"\xff\xfe", "bad_json", "body", None),
    ],
)
def test_rejects_what_is_no_position(message: Any, reason: str, field: str, value: str | None) -> None:
    upload = decode(message)
    assert upload.fixes == []
    (rejected,) = upload.rejected
    assert (rejected.reason, rejected.field) == (reason, field)
    assert value in (None, rejected.value)
    assert rejected.body == (message if isinstance(message, bytes) else orjson.dumps(message))


def test_tolerates_an_array() -> None:
    upload = decode([location(), {"_type": "encrypted"}, {"_type": "lwt"}, location(lat=1)])
    assert [fix.index for fix in upload.fixes] == [0, 3]
    assert [rejected.index for rejected in upload.rejected] == [1]


def test_sums_up_a_flood_of_garbage() -> None:
    upload = decode([1] * 20_000)
    assert len(upload.rejected) == 1001
    assert (upload.rejected[-1].reason, upload.rejected[-1].value) == ("too_many_rejected", "4001")
    assert (upload.rejected[0].reason, upload.rejected[0].value) == ("too_many", "20000")


def test_survives_a_part_that_is_nested_too_deep_to_write() -> None:
    upload = decode(b"[" * 600 + b"]" * 600)
    assert [(rejected.reason, rejected.body) for rejected in upload.rejected] == [("not_a_fix", b"")]


def test_keeps_the_datum_that_the_phone_was_enrolled_with() -> None:
    assert owntracks.decode(GOLDEN, NOW_MS, Crs.BD09).crs is Crs.BD09


def test_answers_with_an_empty_list() -> None:
    assert owntracks.reply(Receipt(stored=1, duplicate=0, off_duty=0, quarantined=[])) == b"[]"
    assert (owntracks.STATUS, owntracks.CONTENT_TYPE) == (200, "application/json")


NAMES = st.sampled_from(["_type", "lat", "lon", "tst", "acc", "vel", "bs", "t", "batt"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.just("location")
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=9
)


def with_nan(value: Any) -> bytes:
    """JSON as careless clients write it."""
    return orjson.dumps(value).replace(b"null", b"NaN")


@given(
    st.binary()
    | VALUES.map(with_nan)
    | st.dictionaries(NAMES, SCALARS).map(lambda fields: orjson.dumps(fields | {"_type": "location"}))
)
def test_gives_an_upload_for_any_bytes(body: bytes) -> None:
    for rejected in owntracks.decode(body, NOW_MS).rejected:
        assert len(rejected.value) <= 200
        assert len(rejected.body) <= 16_384
