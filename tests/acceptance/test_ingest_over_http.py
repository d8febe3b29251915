"""What phones send to the running server: every dialect with its documented bodies, twice, broken and too large."""

from __future__ import annotations

import base64
import gzip
import http.client
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from tests.acceptance.program import Answer, Program, Worker, fix, now_ms

MINUTE_MS = 60_000
OLD_ANDROID = "timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&hdop=0.0"
OLD_ISO = "timestamp=2016-01-27T18%3A55%3A47Z&lat=42.06288&lon=-88.23412&speed=0.0&bearing=0.0&hdop=6.0&altitude=224.0"
CLIENT_9 = {
    "location": {
        "timestamp": "2025-06-15T13:45:12.862Z",
        "coords": {
            "latitude": 37.4219983,
            "longitude": -122.084,
            "accuracy": 5,
            "speed": 0,
            "heading": -1,
            "altitude": 5,
        },
        "is_moving": False,
        "odometer": 0,
        "event": "motionchange",
        "battery": {"level": 1, "is_charging": False},
        "activity": {"type": "still"},
        "extras": {},
        "_": "&id=48241179&lat=37.4219983&lon=-122.084&timestamp=2025-06-15T13:45:12.862Z&",
    },
    "device_id": "48241179",
}
OWNTRACKS = (
    b'{"_type":"location","acc":15,"alt":440,"batt":46,"conn":"w","lat":46.0681247,"lon":11.1512805,'
    b'"t":"u","tid":"5t","tst":1551874878,"vac":2,"vel":0}'
)
OVERLAND = (
    b'{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-122.030581,37.331800]},'
    b'"properties":{"timestamp":"2015-10-01T08:00:00-0700","altitude":0,"speed":4,"horizontal_accuracy":30,'
    b'"vertical_accuracy":-1,"motion":["driving","stationary"],"battery_state":"charging","battery_level":0.80,'
    b'"device_id":"","wifi":""}}]}'
)


@pytest.fixture
def worker(server: Program) -> Worker:
    """On duty for the last hour."""
    return server.worker().go_on_duty(now_ms() - 60 * MINUTE_MS)


def track(worker: Worker) -> list[tuple[int, float, float]]:
    """What the server has of the worker since yesterday: (ms, lat, lon)."""
    until = now_ms() + 10 * MINUTE_MS
    path = f"/api/v1/workers/{worker.id}/track?from={until - 86_400_000}&to={until}"
    found = worker.program.call("GET", path, as_account="county").json
    return list(zip(found["t"], found["lat"], found["lon"], strict=True))


def quarantined(worker: Worker) -> list[dict[str, Any]]:
    """This worker's parts that could not be stored, newest first."""
    parts = worker.program.call("GET", "/api/v1/quarantine?limit=1000", as_account="county").json["parts"]
    return [part for part in parts if part["worker_id"] == worker.id]


def reasons(worker: Worker) -> list[str]:
    return [part["reason"] for part in quarantined(worker)]


def osmand(worker: Worker, query: str) -> Answer:
    return worker.program.call("POST", f"/osmand?id={worker.token}&{query}")


def owntracks(worker: Worker, body: bytes) -> Answer:
    password = base64.b64encode(f"lao wang:{worker.token}".encode()).decode()
    headers = {"Authorization": f"Basic {password}", "X-Limit-U": "wang", "X-Limit-D": "phone"}
    return worker.program.call("POST", "/owntracks", body, headers={**headers, "Content-Type": "application/json"})


def overland(worker: Worker, body: bytes) -> Answer:
    return worker.post("/overland", body, headers={"Content-Type": "application/json"})


def rfc_3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# the native format


def test_the_object_form_is_stored_as_sent(worker: Worker) -> None:
    at_ms = now_ms() - 30_000
    reply = worker.send(fix(at_ms, 36.9753, 115.2661), fix(at_ms + 15_000, 36.9754, 115.2662, mock=False, help=False))
    assert (reply["stored"], reply["duplicate"], reply["off_duty"], reply["quarantined"]) == (2, 0, 0, [])
    assert (reply["on_duty"], reply["next"]) == (True, {"interval_s": 15})
    assert track(worker) == [(at_ms, 36.9753, 115.2661), (at_ms + 15_000, 36.9754, 115.2662)]


def test_the_compact_form_is_the_same_fix_as_the_object_form(worker: Worker) -> None:
    at_ms = now_ms() - 30_000
    worker.send(fix(at_ms, 36.9753, 115.2661), fix(at_ms + 15_000, 36.9754, 115.2661))
    compact = {"v": 1, "crs": "wgs84", "app": "test", "sent": now_ms(), "t0": at_ms, "lat0": 369753000}
    columns = {"lon0": 1152661000, "dt": [0, 15000, 5000], "dlat": [0, 1000, 500], "dlon": [0, 0, 0]}
    reply = worker.post("/api/v1/pings", {**compact, **columns, "acc": [8, -1, 3], "flg": [0, 2, 0]}).json
    assert (reply["stored"], reply["duplicate"]) == (1, 2)
    assert len(track(worker)) == 3


def test_sending_again_stores_nothing_twice(worker: Worker) -> None:
    fixes = [fix(now_ms() - 60_000 + n * 1000) for n in range(20)]
    assert worker.send(*fixes)["stored"] == 20
    assert (worker.send(*fixes)["duplicate"], len(track(worker))) == (20, 20)


def test_overlapping_uploads_in_any_order_store_each_fix_once(worker: Worker) -> None:
    fixes = [fix(now_ms() - 60_000 + n * 1000) for n in range(30)]
    parts = [fixes[20:], fixes[5:25], fixes[:10], fixes]
    assert [worker.send(*part)["stored"] for part in parts] == [10, 15, 5, 0]
    assert [at for at, _, _ in track(worker)] == [one["t"] for one in fixes]


def test_bad_parts_are_named_and_the_rest_is_stored(worker: Worker) -> None:
    at_ms = now_ms() - 30_000
    bad: list[dict[str, object]] = [
        fix(at_ms, 115.2661, 36.9753),
        fix(at_ms, 0, 0),
        fix(at_ms, 36.9, 181),
        fix(now_ms() + 10 * MINUTE_MS),
        fix(now_ms() - 100 * 86_400_000),
        {"t": "2026-05-29T04:26:40", "lat": 36.9, "lon": 115.2},
        {"t": at_ms, "lon": 115.2},
    ]
    reply = worker.send(*bad, fix(at_ms))
    wanted = ["lat_lon_swapped", "null_island", "out_of_range", "future", "too_old", "naive_time", "missing"]
    assert reply["stored"] == 1
    told = {one["index"]: one for one in reply["quarantined"]}
    assert [told[n]["reason"] for n in range(7)] == wanted
    assert (told[0]["field"], told[0]["value"]) == ("lat,lon", "115.2661,36.9753")
    assert sorted(reasons(worker)) == sorted(wanted)


def test_fixes_from_before_duty_are_dropped_and_counted(server: Program) -> None:
    worker = server.worker()
    assert worker.send(fix(now_ms() - 1000))["off_duty"] == 1
    worker.go_on_duty()
    reply = worker.send(fix(now_ms() - 30 * MINUTE_MS), fix(now_ms()))
    assert (reply["stored"], reply["off_duty"]) == (1, 1)
    assert len(track(worker)) == 1
    assert quarantined(worker) == []


def test_after_the_end_of_duty_nothing_is_stored(worker: Worker) -> None:
    assert worker.post("/api/v1/duty/off", {"at_ms": now_ms() - 5 * MINUTE_MS}).json["on"] is False
    reply = worker.send(fix(now_ms() - 10 * MINUTE_MS), fix(now_ms() - MINUTE_MS))
    assert (reply["stored"], reply["off_duty"], reply["on_duty"]) == (1, 1, False)


def test_a_compressed_upload_is_read(worker: Worker) -> None:
    body = orjson.dumps({"crs": "wgs84", "fixes": [fix(now_ms())]})
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = worker.post("/api/v1/pings", gzip.compress(body), headers=headers)
    assert (answer.status, answer.json["stored"]) == (200, 1)


def test_a_compressed_upload_may_not_grow_beyond_the_limit(worker: Worker) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = worker.post("/api/v1/pings", gzip.compress(b" " * 50_000_000), headers=headers)
    assert (answer.status, answer.json["error"]["code"]) == (413, "too_large")


def test_gcj02_is_stored_as_wgs84(worker: Worker) -> None:
    at_ms = now_ms()
    body = {"crs": "gcj02", "fixes": [fix(at_ms, 36.9757, 115.2720)]}
    assert worker.post("/api/v1/pings", body).json["stored"] == 1
    [(_, lat, lon)] = track(worker)
    # the offset is some hundred metres in this county, to the west
    assert 0.002 < 115.2720 - lon < 0.01
    assert abs(36.9757 - lat) < 0.002


# refusals


def test_without_a_token_nothing_is_taken(server: Program) -> None:
    answer = server.call("POST", "/api/v1/pings", {"crs": "wgs84", "fixes": []})
    assert (answer.status, answer.json["error"]["code"]) == (401, "not_signed_in")
    assert "WWW-Authenticate" in answer.headers


def test_an_unknown_token_is_refused(server: Program) -> None:
    assert server.call("POST", "/api/v1/pings", {"crs": "wgs84", "fixes": []}, token="nonsense").status == 401
    assert server.call("GET", "/osmand?id=nonsense&lat=1&lon=2").status == 401


def test_a_revoked_phone_is_refused(server: Program) -> None:
    worker = server.worker().go_on_duty()
    own = {"Origin": server.url}
    devices = server.call("GET", f"/api/v1/workers/{worker.id}/devices", as_account="county").json["devices"]
    gone = server.call("DELETE", f"/api/v1/devices/{devices[0]['id']}", as_account="county", headers=own)
    assert gone.status in {200, 204}, gone.body
    assert worker.post("/api/v1/pings", {"crs": "wgs84", "fixes": []}).status == 401


def test_a_body_over_the_limit_is_refused_before_it_is_read(worker: Worker) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", worker.program.port, timeout=10)
    headers = {"Authorization": f"Bearer {worker.token}", "Content-Length": str(2 * 1024 * 1024)}
    connection.request("POST", "/api/v1/pings", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 413
    assert orjson.loads(answer.read())["error"]["code"] == "too_large"
    connection.close()


def test_more_than_a_thousand_fixes_are_refused(worker: Worker) -> None:
    answer = worker.post("/api/v1/pings", {"crs": "wgs84", "fixes": [fix(now_ms() - n) for n in range(1001)]})
    assert answer.status in {400, 413}
    assert track(worker) == []


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        (b"not json", "body", None),
        (b"[]", "body", None),
        (b'{"fixes":[]}', "crs", None),
        (b'{"crs":"mars","fixes":[]}', "crs", "mars"),
        (b'{"crs":"wgs84","fixes":7}', "fixes", None),
        (b'{"v":1,"crs":"wgs84","t0":1,"lat0":1,"lon0":1,"dt":[0],"dlat":[0,0],"dlon":[0]}', "dlat", None),
    ],
)
def test_a_wrong_structure_names_field_and_value(server: Program, body: bytes, field: str, value: str | None) -> None:
    answer = server.call("POST", "/api/v1/pings", body, token=server.devices[0].token)
    error = answer.json["error"]
    assert (answer.status, error["code"]) == (400, "bad_value")
    assert error["field"] == field
    assert error["allowed"]
    assert value is None or error["value"] == value


# unmodified apps, first with the bodies of their own documentation, whose times are years old


def test_documented_osmand_messages_are_answered_and_quarantined_as_too_old(worker: Worker) -> None:
    assert (osmand(worker, OLD_ANDROID).status, osmand(worker, OLD_ISO).body) == (200, b"")
    got = worker.program.call("GET", f"/osmand?id={worker.token}&{OLD_ANDROID}")
    assert (got.status, got.body) == (200, b"")
    client_9 = {**CLIENT_9, "device_id": worker.token}
    assert worker.program.call("POST", "/osmand", client_9).status == 200
    assert reasons(worker) == ["too_old"] * 4
    assert "1377177267000" in quarantined(worker)[-1]["value"]


def test_a_quarantined_message_does_not_keep_the_token(worker: Worker) -> None:
    osmand(worker, "timestamp=1377177267&lat=here&lon=30.0")
    worker.program.call("POST", "/osmand", {**CLIENT_9, "device_id": worker.token})
    assert len(quarantined(worker)) == 2
    assert not any(worker.token in part["body"] for part in quarantined(worker))


def test_osmand_messages_of_today_are_stored(worker: Worker) -> None:
    at_s = int(time.time()) - 60
    query = OLD_ANDROID.replace("1377177267", str(at_s)).replace("60.0", "36.9753").replace("30.0", "115.2661")
    assert osmand(worker, query).status == 200
    assert osmand(worker, query).status == 200
    form = urlencode({"id": worker.token, "lat": "36.9754", "lon": "115.2661", "timestamp": at_s + 10, "speed": "2.70"})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert worker.program.call("POST", "/osmand", form.encode(), headers=headers).status == 200
    assert track(worker) == [(at_s * 1000, 36.9753, 115.2661), (at_s * 1000 + 10_000, 36.9754, 115.2661)]


def test_client_9_of_today_is_stored(worker: Worker) -> None:
    at_ms = now_ms() - 10_000
    body = orjson.dumps({**CLIENT_9, "device_id": worker.token}).replace(
        b"2025-06-15T13:45:12.862Z", rfc_3339(at_ms).encode()
    )
    answer = worker.program.call("POST", "/osmand", body, headers={"Content-Type": "application/json"})
    assert (answer.status, track(worker)) == (200, [(at_ms, 37.4219983, -122.084)])


def test_a_sign_of_life_without_position_stores_nothing(worker: Worker) -> None:
    assert osmand(worker, f"timestamp={int(time.time())}&batt=80").status == 200
    assert (track(worker), quarantined(worker)) == ([], [])


def test_the_documented_owntracks_message_is_answered_and_quarantined(worker: Worker) -> None:
    answer = owntracks(worker, OWNTRACKS)
    assert (answer.status, answer.json) == (200, [])
    assert reasons(worker) == ["too_old"]


def test_owntracks_of_today_is_stored_once(worker: Worker) -> None:
    at_s = int(time.time()) - 60
    body = OWNTRACKS.replace(b"1551874878", str(at_s).encode())
    assert [owntracks(worker, body).json for _ in range(2)] == [[], []]
    assert track(worker) == [(at_s * 1000, 46.0681247, 11.1512805)]


@pytest.mark.parametrize("body", [b"", b'{"_type":"lwt","tst":1}', b'{"_type":"waypoints","waypoints":[]}'])
def test_other_owntracks_messages_are_accepted_and_not_stored(worker: Worker, body: bytes) -> None:
    answer = owntracks(worker, body)
    assert (answer.status, answer.json) == (200, [])
    assert (track(worker), quarantined(worker)) == ([], [])


def test_the_documented_overland_batch_is_answered_and_quarantined(worker: Worker) -> None:
    answer = overland(worker, OVERLAND)
    assert (answer.status, answer.body) == (200, b'{"result":"ok"}')
    assert reasons(worker) == ["too_old"]


def test_overland_of_today_is_stored_once(worker: Worker) -> None:
    at_ms = now_ms() - 60_000
    body = OVERLAND.replace(b"2015-10-01T08:00:00-0700", rfc_3339(at_ms).encode())
    assert [overland(worker, body).json for _ in range(2)] == [{"result": "ok"}] * 2
    assert track(worker) == [(at_ms, 37.3318, -122.030581)]


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"[" * 100_000, b"nonsense", b'{"locations":[{"geometry":null}]}', b'{"locations":["\\ud800"]}'],
)
def test_poison_is_answered_like_a_good_message_and_quarantined(worker: Worker, body: bytes) -> None:
    assert overland(worker, body).json == {"result": "ok"}
    assert len(quarantined(worker)) == 1
    reason = quarantined(worker)[0]["reason"]
    assert owntracks(worker, b"{" + body).status == 200
    assert len(quarantined(worker)) == 2
    assert reason


def test_the_quarantine_shows_only_the_own_area(server: Program) -> None:
    township = server.accounts["township"].area
    outside = server.worker(outside=township).go_on_duty()
    inside = server.worker(inside=township).go_on_duty()
    for worker in (outside, inside):
        worker.send(fix(now_ms(), 0, 0))
    parts = server.call("GET", "/api/v1/quarantine?limit=1000", as_account="township").json["parts"]
    seen = {part["worker_id"] for part in parts}
    assert inside.id in seen
    assert outside.id not in seen
