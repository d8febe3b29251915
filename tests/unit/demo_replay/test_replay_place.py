"""Moving a track to another latitude keeps its metres."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.demo.replay.place import centre, length_m, moved
from tracker.demo.replay.recording import Point, read_recording

TRACK = Path(__file__).parents[2] / "data" / "tracks" / "around-visnjan-with-car.gpx"


def test_the_centre_goes_to_the_wanted_place() -> None:
    points = moved(read_recording(TRACK).points, 36.98, 115.27)
    assert centre(points) == pytest.approx((36.98, 115.27), abs=2e-7)


def test_the_length_stays() -> None:
    before = read_recording(TRACK).points
    assert length_m(moved(before, 36.98, 115.27)) == pytest.approx(length_m(before), rel=1e-3)


def test_moving_changes_nothing_but_the_place() -> None:
    point = read_recording(TRACK).points[5]
    after = moved(read_recording(TRACK).points, 10.0, 20.0)[5]
    assert (after.at_ms, after.altitude_m, after.number) == (point.at_ms, point.altitude_m, point.number)


def test_a_degree_of_latitude_is_111_km() -> None:
    points = [Point(line=1, number=n, lat=40.0 + n, lon=5.0, at_ms=n, time=None) for n in (0, 1)]
    assert length_m(points) == pytest.approx(111_195)
