from __future__ import annotations

import csv
import io
from datetime import datetime

import gpxpy
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import clock
from tracker.tracks.export import FORMATS, as_csv, as_geojson, as_gpx, flag_names
from tracker.tracks.model import Fix, Flag

T0 = 1_780_000_000_123
FULL = Fix(
    recorded_at_ms=T0, lat_e7=369_753_001, lon_e7=1_152_661_009, accuracy_dm=85, speed_cms=142, bearing_cdeg=9050,
    altitude_m=-3, battery=76, flags=Flag.MOCK | Flag.LATE,
)  # fmt: skip
BARE = Fix(recorded_at_ms=T0 + 15_000, lat_e7=-1, lon_e7=2)


def test_gpx_is_read_back_by_others() -> None:
    document = gpxpy.parse(as_gpx("王五", [FULL, BARE]).decode())
    (track,) = document.tracks
    first, second = track.segments[0].points
    assert (track.name, first.latitude, first.longitude, first.elevation) == ("王五", 36.9753001, 115.2661009, -3)
    assert first.time is not None
    assert abs(clock.to_ms(first.time) - T0) <= 1  # the reader counts microseconds in floats
    assert (first.comment, second.comment, second.elevation) == ("mock late", None, None)


def test_names_cannot_break_the_xml() -> None:
    assert gpxpy.parse(as_gpx("<a & b>", [FULL]).decode()).tracks[0].name == "<a & b>"


def test_geojson_holds_line_times_and_doubts() -> None:
    (feature,) = orjson.loads(as_geojson("王五", [FULL, BARE]))["features"]
    assert feature["geometry"]["type"] == "LineString"
    assert feature["geometry"]["coordinates"][0] == [115.2661009, 36.9753001]
    assert feature["properties"]["name"] == "王五"
    assert feature["properties"]["accuracy_m"] == [8.5, None]
    assert feature["properties"]["flags"] == ["mock late", ""]
    assert clock.to_ms(datetime.fromisoformat(feature["properties"]["times"][0])) == T0


@pytest.mark.parametrize("fixes", [[], [FULL]])
def test_geojson_of_less_than_a_line_has_no_geometry(fixes: list[Fix]) -> None:
    (feature,) = orjson.loads(as_geojson("x", fixes))["features"]
    assert feature["geometry"] is None
    assert len(feature["properties"]["times"]) == len(fixes)


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_csv_is_read_back() -> None:
    first, second = rows_of(as_csv("x", [FULL, BARE]))
    assert clock.to_ms(datetime.fromisoformat(first["recorded_at"])) == T0
    assert first["recorded_at"].endswith("+08:00")
    assert (float(first["lat"]), float(first["lon"])) == (36.9753001, 115.2661009)
    assert [first[name] for name in ("accuracy_m", "speed_mps", "bearing_deg", "altitude_m", "battery", "flags")] == [
        "8.5", "1.42", "90.5", "-3", "76", "mock late",
    ]  # fmt: skip
    assert (second["accuracy_m"], second["battery"]) == ("", "")


def test_spreadsheets_are_told_that_the_csv_is_utf8() -> None:
    assert as_csv("x", []).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_an_empty_track(name: str) -> None:
    _, write = FORMATS[name]
    assert write("x", [])


@given(st.lists(st.integers(0, 2_000_000_000_000), max_size=20))
def test_csv_keeps_every_fix_to_the_millisecond(times: list[int]) -> None:
    rows = rows_of(as_csv("x", [Fix(recorded_at_ms=at, lat_e7=1, lon_e7=2) for at in times]))
    assert [clock.to_ms(datetime.fromisoformat(row["recorded_at"])) for row in rows] == times


def test_every_flag_has_its_name() -> None:
    named = [flag for flag in Flag if flag.value]
    assert flag_names(sum(named)).split() == [str(flag.name).lower() for flag in named]
