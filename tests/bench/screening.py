"""Measures the time to decode and to screen one fix, for each dialect and form: `python tests/bench/screening.py`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures
from tracker.geo.datum import Crs
from tracker.ingest.dialects import native, osmand, overland, owntracks
from tracker.ingest.model import Upload
from tracker.ingest.screen import screen

RECEIVED_MS = 1_780_000_000_000
FIXES = 10
ROUNDS = 15  # the quickest counts, in processor time: the machine has other work
BATCHES_A_ROUND = 500


def fixes(count: int) -> list[dict[str, Any]]:
    """A walk at 1.4 m/s with a fix every 15 s."""
    return [
        {
            "t": RECEIVED_MS - (count - place) * 15_000,
            "lat": round(36.9753 + place * 0.0001513, 7),
            "lon": round(115.2661 + place * 0.0001127, 7),
            "acc": 8.5,
            "spd": 1.42,
            "brg": 31.5,
            "alt": 31.0,
            "bat": 76,
        }
        for place in range(count)
    ]


def native_object(walk: list[dict[str, Any]], crs: str = "wgs84") -> bytes:
    """The object form."""
    return orjson.dumps({"sent_at": RECEIVED_MS - 300, "crs": crs, "app": "bench/1", "fixes": walk})


def native_compact(walk: list[dict[str, Any]]) -> bytes:
    """The compact form of the same walk, without altitude."""
    times, lats, lons = ([fix[name] for fix in walk] for name in ("t", "lat", "lon"))
    e7 = [[round(value * 1e7) for value in column] for column in (lats, lons)]
    return orjson.dumps(
        {
            "v": 1, "crs": "wgs84", "sent": RECEIVED_MS - 300,
            "t0": times[0], "lat0": e7[0][0], "lon0": e7[1][0],
            "dt": deltas(times), "dlat": deltas(e7[0]), "dlon": deltas(e7[1]),
            "acc": [8] * len(walk), "spd": [142] * len(walk), "brg": [31] * len(walk), "bat": [76] * len(walk),
        }
    )  # fmt: skip


def deltas(column: list[int]) -> list[int]:
    """Differences from the value before, the first 0."""
    return [0, *(after - before for before, after in pairwise(column))]


def overland_batch(walk: list[dict[str, Any]]) -> bytes:
    """As Overland sends it."""
    return orjson.dumps({"locations": [overland_feature(fix) for fix in walk]})


def overland_feature(fix: dict[str, Any]) -> dict[str, Any]:
    """One feature of a batch."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [fix["lon"], fix["lat"]]},
        "properties": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(fix["t"] / 1000)),
            "altitude": 31, "speed": 1, "course": 31, "horizontal_accuracy": 8, "vertical_accuracy": 3,
            "motion": ["walking"], "battery_state": "unplugged", "battery_level": 0.76, "device_id": "", "wifi": "",
        },
    }  # fmt: skip


def osmand_query(fix: dict[str, Any]) -> dict[str, str]:
    """As the old Traccar Client sends one fix."""
    names = {
        "lat": "lat",
        "lon": "lon",
        "accuracy": "acc",
        "speed": "spd",
        "bearing": "brg",
        "altitude": "alt",
        "batt": "bat",
    }
    return {"id": "token", "timestamp": str(fix["t"] // 1000)} | {to: str(fix[name]) for to, name in names.items()}


def owntracks_body(fix: dict[str, Any]) -> bytes:
    """As OwnTracks sends one fix."""
    part = {"_type": "location", "tst": fix["t"] // 1000, "lat": fix["lat"], "lon": fix["lon"], "acc": 8, "batt": 76}
    return orjson.dumps(part | {"vel": 5, "cog": 31, "alt": 31, "conn": "m", "tid": "ab", "t": "u"})


def micros_per_fix(work: Callable[[], object], count: int) -> float:
    """The quickest of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(BATCHES_A_ROUND):
            work()
        best = min(best, time.process_time() - started)
    return best / BATCHES_A_ROUND / count * 1e6


def cases() -> dict[str, tuple[int, Callable[[], Upload]]]:
    """Every form with the number of fixes that one message holds."""
    walk = fixes(FIXES)
    one, compact, batch = native_object(walk), native_compact(walk), overland_batch(walk)
    query, body = osmand_query(walk[0]), owntracks_body(walk[0])
    return {
        "native object": (FIXES, lambda: native.decode(one, RECEIVED_MS)),
        "native compact": (FIXES, lambda: native.decode(compact, RECEIVED_MS)),
        "overland": (FIXES, lambda: overland.decode(batch, RECEIVED_MS)),
        "osmand query": (1, lambda: osmand.decode(query, "", b"", RECEIVED_MS)),
        "owntracks": (1, lambda: owntracks.decode(body, RECEIVED_MS)),
    }


def main() -> None:
    """Print a line for each form, then the screening alone."""
    figures = Figures("screening")
    for name, (count, decode) in cases().items():
        upload = decode()
        decoding = micros_per_fix(decode, count)
        screening = micros_per_fix(lambda upload=upload: screen(upload, received_at_ms=RECEIVED_MS), count)  # type: ignore[misc]
        figures.add(f"{name}, {count}: decode a fix", decoding, "µs")
        figures.add(f"{name}, {count}: screen a fix", screening, "µs")
    upload = native.decode(native_object(fixes(FIXES)), RECEIVED_MS)
    tail = screen(upload, received_at_ms=RECEIVED_MS - 1).tail
    with_grid = micros_per_fix(
        lambda: screen(upload, received_at_ms=RECEIVED_MS, tail=tail, grid="x", is_on_grid=lambda *_: True), FIXES
    )
    figures.add("screen a fix sent again, with a grid", with_grid, "µs")
    for crs in (Crs.GCJ02, Crs.BD09):
        shifted = native.decode(native_object(fixes(FIXES), crs), RECEIVED_MS)
        converting = micros_per_fix(lambda shifted=shifted: screen(shifted, received_at_ms=RECEIVED_MS), FIXES)  # type: ignore[misc]
        figures.add(f"screen a fix from {crs}", converting, "µs")
    figures.write()


if __name__ == "__main__":
    main()
