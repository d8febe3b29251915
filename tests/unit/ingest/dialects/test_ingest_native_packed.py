"""The quick way in gives the same fixes as the exact one, or steps aside."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadValue
from tracker.ingest.columns import joined, raw_fixes
from tracker.ingest.dialects import native
from tracker.ingest.dialects.native_packed import packed
from tracker.ingest.model import Form, Upload

T = 1_780_000_000_000
PLAIN = {"t": T, "lat": 36.9753, "lon": 115.2661, "acc": 8.5, "spd": 1.4, "brg": 31, "alt": -3.2, "bat": 76}
COMPACT = {"v": 1, "crs": "wgs84", "t0": T, "lat0": 369_753_000, "lon0": 1_152_661_000} | {
    "dt": [0, 15_000], "dlat": [0, -7], "dlon": [0, 9], "acc": [8, -1], "spd": [142, 0], "flg": [0, 5],
}  # fmt: skip


def unpacked(upload: Upload) -> Upload:
    return msgspec.structs.replace(upload, fixes=raw_fixes(upload), form=Form.LIST, packed=b"", packed_fixes=0)


def test_packs_both_forms() -> None:
    rows = packed(orjson.dumps({"crs": "wgs84", "app": "a", "sent_at": T, "fixes": [PLAIN, PLAIN | {"mock": True}]}))
    columns = packed(orjson.dumps(COMPACT))
    assert rows is not None
    assert columns is not None
    assert (rows.form, rows.weight, columns.form, columns.weight) == (Form.ROWS, 2, Form.COLUMNS, 2)


@pytest.mark.parametrize(
    "message",
    [
        {"crs": "gcj02", "fixes": [PLAIN]},
        {"crs": "wgs84", "fixes": []},
        {"crs": "wgs84", "fixes": [PLAIN | {"acc": None}]},
        {"crs": "wgs84", "fixes": [PLAIN, PLAIN | {"t": "2026-05-29T04:26:40Z"}]},
        {"crs": "wgs84", "fixes": [PLAIN | {"t": 2**53}]},
        {"crs": "wgs84", "fixes": [PLAIN, {"t": T}]},
        COMPACT | {"v": 2},
        COMPACT | {"dlon": [0]},
        COMPACT | {"acc": []},
    ],
)
def test_steps_aside_where_words_may_be_needed(message: dict[str, Any]) -> None:
    assert packed(orjson.dumps(message)) is None


NUMBER = st.none() | st.integers(-5, 400) | st.floats(-1e9, 1e9) | st.sampled_from([2**53, -(2**53), 1e300, "1"])
FIX = st.fixed_dictionaries(
    {"t": st.integers(0, 2**53) | NUMBER, "lat": st.floats(-91, 91) | NUMBER, "lon": st.floats(-181, 181)},
    optional={"acc": NUMBER, "spd": NUMBER, "brg": NUMBER, "alt": NUMBER, "bat": NUMBER, "mock": st.booleans()}
    | {"chg": st.booleans() | st.integers(0, 1), "help": st.booleans(), "other": NUMBER},
)
OBJECTS = st.fixed_dictionaries(
    {"crs": st.sampled_from(["wgs84", "wgs84", "gcj02", "?"]), "fixes": st.lists(FIX, max_size=4)},
    optional={"sent_at": NUMBER, "app": st.text(max_size=4), "acc": st.lists(NUMBER, max_size=2), "v": NUMBER},
)
WHOLE = st.integers(-(2**53) - 1, 2**53 + 1) | st.integers(-5, 70_000)
COMPACTS = st.integers(0, 4).flatmap(
    lambda count: st.fixed_dictionaries(
        {"v": st.sampled_from([1, 1, 1, 2]), "crs": st.just("wgs84"), "t0": WHOLE, "lat0": WHOLE, "lon0": WHOLE}
        | {name: columns_of(count) for name in ("dt", "dlat", "dlon")},
        optional={name: columns_of(count) | st.none() for name in ("acc", "spd", "brg", "bat", "flg")}
        | {"sent": WHOLE},
    )
)


def columns_of(count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(WHOLE, min_size=count, max_size=count) | st.lists(
        st.integers(-1, 7), min_size=count, max_size=count
    )


@given(st.one_of(OBJECTS, COMPACTS))
def test_gives_what_the_exact_reader_gives(message: dict[str, Any]) -> None:
    body = orjson.dumps(message)
    quick = packed(body)
    try:
        exact = native.decode_exactly(body)
    except BadValue:
        assert quick is None
        return
    if quick is not None:
        assert unpacked(quick) == exact
        assert [type(fix.recorded_at_ms) for fix in raw_fixes(quick)] == [int] * len(exact.fixes)


@given(st.lists(st.lists(st.tuples(*[st.integers(-(2**53), 2**53)] * 3), min_size=1, max_size=5), max_size=5))
def test_running_sums_stay_within_their_upload(uploads: list[list[tuple[int, int, int]]]) -> None:
    made = []
    for rows in uploads:
        times, lats, lons = (list(column) for column in zip(*rows, strict=True))
        deltas = [[0, *(after - before for before, after in pairwise(times))], [0] * len(lats), [0] * len(lons)]
        named = dict(zip(("dt", "dlat", "dlon"), deltas, strict=True)) | {"t0": times[0], "lat0": 1, "lon0": 2}
        if (upload := packed(orjson.dumps({"v": 1, "crs": "wgs84"} | named))) is not None:
            made.append((upload, times))
    if made:
        assert joined(one for one, _ in made).at_ms.tolist() == [at for _, times in made for at in times]
