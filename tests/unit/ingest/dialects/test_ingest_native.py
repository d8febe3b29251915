"""The native upload, in both its forms."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadValue
from tracker.geo.datum import Crs
from tracker.ingest.dialects import native
from tracker.ingest.model import RawFix, Receipt, Rejected, Upload
from tracker.tracks.model import Dialect, Flag

NOW_MS = 1_780_000_000_000


def decode(message: Any) -> Upload:
    body = message if isinstance(message, bytes) else orjson.dumps(message)
    return native.decode_exactly(body)


def one(**changes: Any) -> dict[str, Any]:
    fix = {"t": NOW_MS, "lat": 36.9753, "lon": 115.2661} | changes
    return {"crs": "wgs84", "fixes": [fix]}


def compact(**changes: Any) -> dict[str, Any]:
    columns = {"t0": NOW_MS, "lat0": 369_753_000, "lon0": 1_152_661_000, "dt": [0], "dlat": [0], "dlon": [0]}
    return {"v": 1, "crs": "wgs84", **columns} | changes


def test_reads_every_field_of_the_object_form() -> None:
    message = one(acc=8.5, spd=1.4, brg=31, alt=-3.2, bat=76, mock=True, chg=True, help=True)
    upload = decode(message | {"app": "sanxun-phone/1", "sent_at": NOW_MS + 5})
    assert upload == Upload(
        dialect=Dialect.NATIVE,
        crs=Crs.WGS84,
        app="sanxun-phone/1",
        sent_at_ms=NOW_MS + 5,
        rejected=[],
        fixes=[
            RawFix(
                index=0,
                recorded_at_ms=NOW_MS,
                lat=36.9753,
                lon=115.2661,
                accuracy_m=8.5,
                speed_mps=1.4,
                bearing_deg=31,
                altitude_m=-3.2,
                battery=76,
                flags=Flag.MOCK | Flag.CHARGING | Flag.HELP,
            )
        ],
    )


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (NOW_MS, NOW_MS),
        (NOW_MS + 0.75, NOW_MS),
        ("2026-05-28T20:26:40Z", NOW_MS),
        ("2026-05-29T04:26:40.250+08:00", NOW_MS + 250),
    ],
)
def test_reads_both_kinds_of_times(t: object, expected: int) -> None:
    upload = decode(one(t=t) | {"sent_at": t})
    assert (upload.fixes[0].recorded_at_ms, upload.sent_at_ms) == (expected, expected)


@pytest.mark.parametrize(
    ("changes", "reason", "field", "value"),
    [
        ({"t": "2026-05-29 04:26:40"}, "naive_time", "t", "2026-05-29 04:26:40"),
        ({"t": "yesterday"}, "bad_time", "t", "yesterday"),
        ({"t": None}, "missing", "t", "null"),
        ({"t": 1e300}, "out_of_range", "t", "1e+300"),
        ({"lat": None}, "missing", "lat", "null"),
        ({"lon": None}, "missing", "lon", "null"),
    ],
)
def test_rejects_a_bad_fix_and_keeps_the_others(changes: Any, reason: str, field: str, value: str) -> None:
    message = one(**changes)
    message["fixes"].append({"t": NOW_MS, "lat": 36.9, "lon": 115.2})
    upload = decode(message)
    assert [fix.index for fix in upload.fixes] == [1]
    (rejected,) = upload.rejected
    assert (rejected.index, rejected.reason, rejected.field, rejected.value) == (0, reason, field, value)
    assert orjson.loads(rejected.body).items() >= {**one()["fixes"][0], **changes}.items() - {
        ("lat", None),
        ("lon", None),
        ("t", None),
    }


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [({"lat": "36.9"}, "lat", "36.9"), ({"mock": "yes"}, "mock", "yes"), (5, "body", "5"), ([], "body", "[]")],
)
def test_a_fix_of_the_wrong_type_is_rejected_and_the_others_are_kept(part: Any, field: str, value: str) -> None:
    good = one()["fixes"][0]
    poison = good | part if isinstance(part, dict) else part
    upload = decode({"crs": "gcj02", "app": "x", "sent_at": NOW_MS, "fixes": [good, poison, good]})
    assert [fix.index for fix in upload.fixes] == [0, 2]
    (rejected,) = upload.rejected
    assert (rejected.index, rejected.reason, rejected.field, rejected.value) == (1, "not_a_fix", field, value)
    assert orjson.loads(rejected.body) == poison
    assert (upload.crs, upload.app, upload.sent_at_ms) == (Crs.GCJ02, "x", NOW_MS)


def test_poison_does_not_lift_the_limit_nor_the_rules_of_the_message() -> None:
    for message in ({"crs": "wgs84", "fixes": [5] * 1001}, {"fixes": [5]}, {"crs": "wgs84", "v": [], "fixes": [5]}):
        with pytest.raises(BadValue):
            decode(message)
    with pytest.raises(BadValue):
        decode(b'{"crs":"wgs84","fixes":[5]')


def test_takes_the_word_nan_for_a_number_that_the_phone_lacks() -> None:
    upload = decode(b'{"crs":"wgs84","fixes":[{"t":1,"lat":NaN,"lon":-Infinity},{"t":2,"lat":1,"lon":2,"acc": NaN}]}')
    assert [(rejected.index, rejected.field) for rejected in upload.rejected] == [(0, "lat")]
    assert [(fix.index, fix.accuracy_m) for fix in upload.fixes] == [(1, None)]


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (b"", "body", ""),
        (b"[]", "body", "[]"),
        (b'{"crs":"wgs84"', "body", '{"crs":"wgs84"'),
        (b'{"x":' + b"[" * 100_000, "body", '{"x":' + "[" * 75),
        (b'{"crs":1', "crs", ""),
        ({"fixes": []}, "crs", "nothing"),
        ({"crs": "utm", "fixes": []}, "crs", "utm"),
        ({"crs": "wgs84"}, "fixes", "nothing"),
        ({"crs": "wgs84", "fixes": {}}, "fixes", "{}"),
        ({"crs": "wgs84", "sent_at": "noon", "fixes": []}, "sent_at", "noon"),
        ({"crs": "wgs84", "sent_at": "2026-05-29 04:26:40", "fixes": []}, "sent_at", "2026-05-29 04:26:40"),
        (compact(v=2), "v", "2"),
        (compact(dlat=[0, 1]), "dlat", "2 values"),
        (compact(flg=[]), "flg", "0 values"),
        (compact(acc=[]), "acc", "0 values"),
        (compact(dt=[2**60]), "dt[0]", str(2**60)),
        ({name: value for name, value in compact().items() if name != "t0"}, "t0", "nothing"),
    ],
)
def test_refuses_a_wrong_structure_by_field_and_value(message: Any, field: str, value: str) -> None:
    with pytest.raises(BadValue) as caught:
        decode(message)
    assert (caught.value.field, caught.value.value) == (field, value)


@pytest.mark.parametrize("depth", [200, 500, 900, 1000, 2000])
def test_refuses_deep_nesting_in_any_place(depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    for body in (b'{"crs":' + nested + b"}", b'{"x":' + nested + b"}", nested):
        with pytest.raises(BadValue):
            decode(body)


def test_names_the_datums_that_are_allowed() -> None:
    with pytest.raises(BadValue, match="wgs84, gcj02, bd09"):
        decode({"crs": "gcj-02", "fixes": []})


@pytest.mark.parametrize("count", [0, 1000])
def test_takes_up_to_a_thousand_fixes(count: int) -> None:
    fixes = one()["fixes"] * count
    assert len(decode({"crs": "gcj02", "fixes": fixes}).fixes) == count
    zeros = [0] * count
    assert len(decode(compact(dt=zeros, dlat=zeros, dlon=zeros)).fixes) == count


def test_refuses_more_than_a_thousand_fixes() -> None:
    zeros = [0] * 1001
    for message in ({"crs": "gcj02", "fixes": one()["fixes"] * 1001}, compact(dt=zeros, dlat=zeros, dlon=zeros)):
        with pytest.raises(BadValue, match="length <= 1000"):
            decode(message)


def test_adds_up_the_deltas_of_the_compact_form() -> None:
    upload = decode(
        compact(
            crs="bd09",
            sent=NOW_MS + 9,
            dt=[0, 15_000, -5_000],
            dlat=[0, 10, -20],
            dlon=[5, 0, 7],
            acc=[8, -1, 12],
            spd=[142, -1, 0],
            brg=[-1, 359, 0],
            bat=[76, 75, -1],
            flg=[0, 1, 6],
        )
    )
    place = [(fix.recorded_at_ms - NOW_MS, fix.lat, fix.lon) for fix in upload.fixes]
    assert place == [
        (0, 36.9753, 115.2661005),
        (15_000, 36.975301, 115.2661005),
        (10_000, 36.975299, 115.2661012),
    ]
    assert [fix.accuracy_m for fix in upload.fixes] == [8, None, 12]
    assert [fix.speed_mps for fix in upload.fixes] == [1.42, None, 0]
    assert [fix.bearing_deg for fix in upload.fixes] == [None, 359, 0]
    assert [fix.battery for fix in upload.fixes] == [76, 75, None]
    assert [fix.flags for fix in upload.fixes] == [0, Flag.MOCK, Flag.CHARGING | Flag.HELP]
    assert (upload.crs, upload.sent_at_ms) == (Crs.BD09, NOW_MS + 9)


E7 = st.integers(-900_000_000, 900_000_000)
READING = st.integers(-1, 500)
ROW = st.tuples(
    st.integers(0, 10**13),
    E7,
    st.integers(-1_800_000_000, 1_800_000_000),
    READING,
    READING,
    READING,
    READING,
    st.integers(0, 7),
)


@given(st.lists(ROW, min_size=1, max_size=20))
def test_gives_the_same_upload_from_both_forms(rows: list[tuple[int, ...]]) -> None:
    as_object = {"crs": "gcj02", "sent_at": NOW_MS, "app": "x", "fixes": [written(*row) for row in rows]}
    assert decode(as_object) == decode(packed(rows) | {"crs": "gcj02", "sent": NOW_MS, "app": "x"})


def written(t: int, lat: int, lon: int, acc: int, spd: int, brg: int, bat: int, flg: int) -> dict[str, Any]:
    fix = {"t": t, "lat": decimal(lat), "lon": decimal(lon), "acc": acc, "spd": spd / 100 if spd >= 0 else -1}
    return fix | {"brg": brg, "bat": bat, "mock": bool(flg & 1), "chg": bool(flg & 2), "help": bool(flg & 4)}


def decimal(e7: int) -> float:
    """As a client that writes seven decimals."""
    return float(f"{'-' if e7 < 0 else ''}{abs(e7) // 10**7}.{abs(e7) % 10**7:07}")


def packed(rows: list[tuple[int, ...]]) -> dict[str, Any]:
    times, lats, lons, acc, spd, brg, bat, flg = (list(column) for column in zip(*rows, strict=True))
    starts = {"v": 1, "t0": times[0], "lat0": lats[0], "lon0": lons[0]}
    columns = {"dt": deltas(times), "dlat": deltas(lats), "dlon": deltas(lons)}
    return starts | columns | {"acc": acc, "spd": spd, "brg": brg, "bat": bat, "flg": flg}


def deltas(column: list[int]) -> list[int]:
    return [0, *(after - before for before, after in pairwise(column))]


def test_keeps_the_app_name_short_and_storable() -> None:
    assert decode({"crs": "wgs84", "fixes": [], "app": "a\0b" + "c" * 500}).app == "a\ufffdb" + "c" * 197


def with_nan(value: Any) -> bytes:
    """JSON as careless clients write it."""
    return orjson.dumps(value).replace(b"null", b"NaN")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["crs", "fixes", "sent_at", "app", "v", "sent", "t0", "lat0", "lon0", "dt", "dlat", "dlon", "acc", "flg"]


@given(
    st.binary()
    | JSON.map(with_nan)
    | st.dictionaries(st.sampled_from(KEYS), JSON | st.just("wgs84")).map(orjson.dumps)
    | st.lists(st.dictionaries(st.sampled_from(["t", "lat", "lon", "acc", "mock"]), JSON)).map(
        lambda fixes: orjson.dumps({"crs": "wgs84", "fixes": fixes})
    )
)
def test_gives_an_upload_or_a_bad_value_for_any_bytes(body: bytes) -> None:
    try:
        upload = native.decode(body, NOW_MS)
    except BadValue:
        return
    assert all(len(part.value) <= 200 and len(part.body) <= 16_384 for part in upload.rejected)


def test_answers_with_what_became_of_the_message() -> None:
    bad = Rejected(index=3, reason="future", field="recorded_at", value="9", body=b"{}")
    receipt = Receipt(stored=7, duplicate=2, off_duty=1, quarantined=[bad])
    answer = native.reply(receipt, server_time_ms=NOW_MS, on_duty=True, interval_s=15)
    assert orjson.loads(answer) == {
        "stored": 7,
        "duplicate": 2,
        "off_duty": 1,
        "quarantined": [{"index": 3, "reason": "future", "field": "recorded_at", "value": "9"}],
        "server_time_ms": NOW_MS,
        "on_duty": True,
        "next": {"interval_s": 15},
    }
    assert (native.STATUS, native.CONTENT_TYPE) == (200, "application/json")
