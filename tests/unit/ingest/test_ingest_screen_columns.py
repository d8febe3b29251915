"""Screening a whole commit gives what screening fix by fix gives, for any mix of uploads."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from tracker.ingest.columns import Ints, Mask, raw_fixes
from tracker.ingest.dialects import native
from tracker.ingest.model import Form, Upload
from tracker.ingest.screen_columns import Rules, Sieved, sieve
from tracker.ingest.trail_columns import Memory
from tracker.ingest.waiting import Waiting
from tracker.people.model import Device

NOW_MS = 1_780_000_000_000
DAY_MS = 86_400_000


def is_on_duty(worker: int, at_ms: int) -> bool:
    return worker != 3 or at_ms // 20_000 % 2 == 0


def is_on_duty_throughout(worker: int, first_ms: int, last_ms: int) -> bool:
    return worker == 1 or (worker == 3 and first_ms == last_ms and is_on_duty(worker, first_ms))


def is_on_grid(grid: str, lat_e7: int, lon_e7: int) -> bool:
    return not grid or (lat_e7 + lon_e7) % 5 > 0


def are_on_grid(grids: list[str], counts: Ints, lat_e7: Ints, lon_e7: Ints) -> Mask:
    of_fix = [grid for grid, count in zip(grids, counts.tolist(), strict=True) for _ in range(count)]
    points = zip(of_fix, lat_e7.tolist(), lon_e7.tolist(), strict=True)
    return np.array([is_on_grid(*point) for point in points], np.bool_)


RULES = Rules(
    is_on_duty=is_on_duty,
    is_on_duty_throughout=is_on_duty_throughout,
    is_on_grid=is_on_grid,
    are_on_grid=are_on_grid,  # type: ignore[arg-type]
)

READING = st.sampled_from([-1, 0, 0.049, 8.5, 31, 50, 50.01, 99.5, 100.5, 359.999, 360, 655.34, 655.35, 6553.4, 1e9])
TIME = st.sampled_from([0, 1, 999, 15_000, 100_000, 150_000, -15_000, 700_000, -91 * DAY_MS, 130_000, DAY_MS])
STEP = st.fixed_dictionaries(
    {"after": st.sampled_from([15_000] * 20) | TIME, "move": st.sampled_from([0, 0, 0, 7, 900_000])},
    optional=dict.fromkeys(("acc", "spd", "brg", "alt", "bat"), READING)
    | {"lat": st.sampled_from([0, 90, 91, -90.1, 36.97535, 1e300]), "lon": st.sampled_from([0, 180.1, 115.2])}
    | {name: st.booleans() for name in ("mock", "chg", "help")},
)
UPLOAD = st.fixed_dictionaries(
    {"worker": st.integers(1, 4), "steps": st.lists(STEP, min_size=1, max_size=9)},
    optional={"back": st.booleans(), "crs": st.sampled_from(["gcj02", "wgs84"])}
    | {"sent": st.sampled_from([0, -1_500, 90_000, 400_000]), "null": st.booleans()},
)
COMMITS = st.lists(st.lists(UPLOAD, max_size=4, unique_by=lambda one: one["worker"]), min_size=1, max_size=4)


def body_of(given: dict[str, Any], state: dict[str, int]) -> bytes:
    """One upload; `state` goes on from upload to upload of a worker."""
    if given.get("back"):
        state["t"] -= 40_000
    fixes = []
    for step in given["steps"]:
        state["t"] += step["after"]
        state["e7"] += step["move"]
        fix = {"t": state["t"], "lat": state["e7"] / 1e7, "lon": 115.2661}
        fixes.append(fix | {name: value for name, value in step.items() if name not in {"after", "move"}})
    sent = {} if "sent" not in given else {"sent_at": NOW_MS + given["sent"]}
    if given.get("null"):
        fixes[0]["acc"] = None
    return orjson.dumps({"crs": given.get("crs", "wgs84"), "fixes": fixes} | sent)


def slow(upload: Upload) -> Upload:
    return msgspec.structs.replace(upload, fixes=raw_fixes(upload), form=Form.LIST, packed=b"", packed_fixes=0)


def seen(sieved: Sieved) -> dict[int, Any]:
    """Everything that a commit would make of each worker's upload."""
    group, found = sieved.group, {}
    ends = np.cumsum(group.counts).tolist()
    for place, one in enumerate(sieved.uploads):
        some = slice(ends[place] - int(group.counts[place]), ends[place])
        parts = [part for upload, part in group.quarantined if upload == place]
        found[one.device.worker_id] = (
            group.workers[place],
            group.devices[place],
            group.dialects[place],
            group.received_ms[place],
            group.skews_ms[place],
            group.at_ms[some].tolist(),
            group.records[some].tolist(),
            group.raw.get(place),
            parts,
            sieved.off_duty[place],
            sieved.rejected.get(place),
            sieved.current.get(place),
        )
    return found


@given(COMMITS)
def test_equals_the_rules_fix_by_fix(commits: list[list[dict[str, Any]]]) -> None:
    quick, exact = Memory(), Memory()
    states = {worker: {"t": NOW_MS - 1_000_000, "e7": 369_753_000} for worker in range(1, 5)}
    for commit in commits:
        uploads = []
        for one in commit:
            grid = "" if one["worker"] == 2 else "village"
            device = Device(id=one["worker"] + 100, worker_id=one["worker"], grid_code=grid)
            decoded = native.decode(body_of(one, states[one["worker"]]), NOW_MS)
            uploads.append(Waiting(device, decoded, NOW_MS, lambda _answer: None))
        results = [
            sieve(uploads, quick, RULES),
            sieve([Waiting(one.device, slow(one.upload), NOW_MS, one.done) for one in uploads], exact, RULES),
        ]
        assert seen(results[0]) == seen(results[1])
        for result in results:
            result.remember()
        assert [quick.one(worker) for worker in range(1, 5)] == [exact.one(worker) for worker in range(1, 5)]


def test_takes_the_usual_upload_in_columns() -> None:
    fixes = [
        {"t": NOW_MS - 15_000 * back, "lat": 36.9753, "lon": 115.2661 + back / 1e4, "acc": 8} for back in (2, 1, 0)
    ]
    upload = native.decode(orjson.dumps({"crs": "wgs84", "fixes": fixes}), NOW_MS)
    assert upload.form is Form.ROWS
    one = Waiting(Device(id=1, worker_id=1, grid_code=""), upload, NOW_MS, lambda _answer: None)
    sieved = sieve([one], Memory(), RULES)
    assert sieved.group.records["accuracy"].tolist() == [80] * 3
    assert len(sieved.group.at_ms) == 3
