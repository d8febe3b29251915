"""The wire format: exact bytes, and the page that describes it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.live_reader import read_frame
from tracker.live import frames
from tracker.live.frames import Close, Kind, Records, State
from tracker.tracks.model import Flag

PAGE = (Path(__file__).parents[3] / "docs" / "live.md").read_text(encoding="utf-8")
SIZES = {"u8": "B", "u32": "I", "f64": "d", "u16": "H"}


def records(**columns: list[int]) -> Records:
    count = len(next(iter(columns.values())))
    names = (name if name != "age_ms" else "recorded_at_ms" for name in frames.COLUMNS)
    return Records(**{name: np.array(columns.get(name, [0] * count), np.int64) for name in names})


def page_table(heading: str) -> list[list[str]]:
    lines = PAGE.split(heading, 1)[1].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def bits(cell: str) -> dict[int, str]:
    return {int(number): words for number, words in re.findall(r"(\d) ([a-z' ]+)", cell)}


def test_a_delta_has_these_bytes() -> None:
    one = records(
        worker_id=[258],
        lon_e7=[1_188_000_000],
        lat_e7=[-1],
        recorded_at_ms=[1_700_000_000_000],
        speed_cms=[120],
        accuracy_dm=[65535],
        bearing=[64],
        state=[0b10111],
        battery=[80],
        flags=[3],
    )
    data = frames.encode(Kind.DELTA, one, from_seq=5, to_seq=6, time_ms=1_700_000_000_250, lag_ms=9)
    golden = (
        "53010220 01000000 05000000 06000000 00a08f56febc7842 09000000 1800 0000"
        "04020000 00e29e8d 01000000 fa000000 7800 ffff 40 17 50 03"
    )
    assert data.hex() == golden.replace(" ", "")


def test_columns_lie_in_planes_of_bytes() -> None:
    two = records(worker_id=[1, 2], speed_cms=[0x0102, 0x0304], battery=[5, 6])
    data = frames.encode(Kind.DELTA, two, from_seq=0, to_seq=1, time_ms=0, lag_ms=0)[frames.HEADER.size :]
    assert data[:8].hex() == "0202" + "0000" * 3  # both ids are one more than the one before
    assert data[32:36].hex() == "02040103"
    assert data[44:46].hex() == "0506"


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20))
def test_any_places_come_back(places: list[int]) -> None:
    columns = records(worker_id=list(range(len(places))), lon_e7=places, lat_e7=places[::-1])
    seen = read_frame(frames.encode(Kind.SNAPSHOT, columns, from_seq=0, to_seq=0, time_ms=1, lag_ms=0)).rows
    assert [row["lon_e7"] for row in seen.values()] == places
    assert [row["lat_e7"] for row in seen.values()] == places[::-1]


def test_a_heartbeat_has_these_bytes() -> None:
    data = frames.heartbeat(from_seq=5, to_seq=7, time_ms=0)
    assert data.hex() == "53010320" + "00000000" + "05000000" + "07000000" + "00" * 12 + "18000000"


def test_an_age_beyond_its_column_saturates() -> None:
    data = frames.encode(Kind.SNAPSHOT, records(worker_id=[1]), from_seq=0, to_seq=0, time_ms=2**41, lag_ms=0)
    assert read_frame(data).rows[1]["age_ms"] == 2_147_483_647


@given(st.integers(0, 35_999))
def test_a_bearing_is_at_most_half_a_step_off(bearing_cdeg: int) -> None:
    step = int(frames.bearing_steps(np.array([bearing_cdeg]))[0])
    off = abs(step * 360 / 256 - bearing_cdeg / 100)
    assert min(off, 360 - off) <= 360 / 512 + 1e-9


@given(st.lists(st.integers(0, 2**32 - 1), unique=True, max_size=20), st.integers(0, 2**32 - 1))
def test_a_client_reads_what_was_written(worker_ids: list[int], to_seq: int) -> None:
    columns = records(worker_id=worker_ids)
    seen = read_frame(frames.encode(Kind.DELTA, columns, from_seq=0, to_seq=to_seq, time_ms=1, lag_ms=0))
    assert (list(seen.rows), seen.to_seq, seen.count) == (worker_ids, to_seq, len(worker_ids))


def test_the_page_has_the_header() -> None:
    table = page_table("Header of 32 bytes")
    assert {name: SIZES[kind] for _, kind, name, _ in table} == frames.HEADER_FIELDS
    assert [name for _, _, name, _ in table] == list(frames.HEADER_FIELDS)
    offset = 0
    for at, kind, _, _ in table:
        assert int(at) == offset
        offset += int(kind[1:]) // 8
    assert offset == frames.HEADER.size == 32


def test_the_page_has_the_columns() -> None:
    table = page_table("Then the columns")
    kinds = {name: np.dtype(kind) for name, kind in frames.COLUMNS.items()}
    page = {name: np.dtype(f"{kind[0]}{int(kind[1:]) // 8}") for kind, name, _ in table}
    assert (page, list(page)) == (kinds, list(kinds))
    assert f"{frames.RECORD_SIZE} in version 1" in PAGE


def test_the_page_has_the_state_bits() -> None:
    cell = next(row[2] for row in page_table("Then the columns") if row[1] == "state")
    names = {0: State.ON_DUTY, 1: State.MOVING, 2: State.HAS_POSITION, 3: State.ASKS_FOR_HELP, 4: State.BEARING_KNOWN}
    assert {number: 1 << number for number in bits(cell)} == names | {7: State.GONE}
    assert [words.strip() for words in bits(cell).values()] == [
        "on duty",
        "moving",
        "has a position",
        "asks for help",
        "bearing known",
        "gone",
    ]


def test_the_page_has_the_flags() -> None:
    cell = next(row[2] for row in page_table("Then the columns") if row[1] == "flags")
    wanted = {
        flag.value.bit_length() - 1: (flag.name or "").lower().replace("_", " ") for flag in Flag if 0 < flag < 256
    }
    assert {number: words.strip() for number, words in bits(cell).items()} == wanted


def test_the_page_has_the_kinds_and_magic() -> None:
    about = {row[2]: row[3] for row in page_table("Header of 32 bytes")}
    assert about["magic"] == f"0x{frames.MAGIC:02X}"
    assert about["version"] == str(frames.VERSION)
    assert bits(about["kind"]) == {kind.value: kind.name.lower() for kind in Kind}
    assert f"`{frames.SUBPROTOCOL}`" in PAGE


def test_the_page_has_the_close_codes() -> None:
    assert {int(row[0]) for row in page_table("## Close codes")} == {*Close, 1002}


@pytest.mark.parametrize(
    "sentence",
    [
        f"larger than {frames.MAX_MESSAGE_BYTES // 1024} KiB",
        f"{frames.MAX_MESSAGES} messages in {frames.MESSAGE_WINDOW_MS // 1000} s",
        f"nothing for {frames.SLOW_LIMIT_MS // 1000} s is closed with {Close.TOO_SLOW}",
    ],
)
def test_the_page_has_the_limits(sentence: str) -> None:
    assert sentence in PAGE
