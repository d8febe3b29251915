"""Reading GPX: everything in it is kept, and what is wrong is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.demo.replay.marks import read_marks
from tracker.demo.replay.problems import BrokenRecording
from tracker.demo.replay.recording import Recording, read_recording
from tracker.errors import BadValue

TRACKS = Path(__file__).parents[2] / "data" / "tracks"
POINT = '<trkpt lat="{lat}" lon="1.5"><ele>12.5</ele><time>{time}</time></trkpt>'
GOOD = POINT.format(lat=45.5, time="2026-05-29T04:26:40Z")


def gpx(*segments: str, more: str = "") -> str:
    inside = "".join(f"<trkseg>\n{segment}\n</trkseg>" for segment in segments)
    return f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{more}<trk>{inside}</trk></gpx>'


def read(folder: Path, text: str | bytes) -> Recording:
    file = folder / "walk.gpx"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_recording(file)


def broken(folder: Path, text: str | bytes) -> BrokenRecording:
    with pytest.raises(BrokenRecording) as caught:
        read(folder, text)
    return caught.value


@pytest.mark.parametrize(
    ("name", "points", "segments", "waypoints"),
    [
        ("Mojstrovka.gpx", 184, 1, 0),
        ("around-visnjan-with-car.gpx", 104, 1, 0),
        ("cerknicko-jezero.gpx", 296, 7, 7),
        ("korita-zbevnica.gpx", 871, 3, 2),
    ],
)
def test_every_point_of_a_real_recording_is_kept(name: str, points: int, segments: int, waypoints: int) -> None:
    recording = read_recording(TRACKS / name)
    assert (len(recording.points), recording.segments, recording.waypoints) == (points, segments, waypoints)
    assert sorted(point.number for point in recording.points) == list(range(1, points + 1))


def test_a_point_knows_its_line_and_the_time_as_written() -> None:
    point = read_recording(TRACKS / "Mojstrovka.gpx").points[0]
    assert (point.line, point.number, point.time) == (12, 1, "1901-12-13T20:45:52.2073437Z")
    assert (point.lat, point.lon, point.altitude_m) == (46.434981, 13.748273, 1614.678)


def test_a_time_with_a_zone_is_an_instant(tmp_path: Path) -> None:
    chinese = POINT.format(lat=1, time="2026-05-29T12:26:40+08:00")
    assert {p.at_ms for p in read(tmp_path, gpx(GOOD + chinese)).points} == {1780028800000}


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    naive = POINT.format(lat=1, time="2026-05-29T04:26:40")
    assert read(tmp_path, gpx(naive)).points[0].at_ms == 1780028800000


def test_segments_come_in_order_of_time(tmp_path: Path) -> None:
    earlier = POINT.format(lat=2, time="2026-05-29T03:00:00Z")
    recording = read(tmp_path, gpx(GOOD, earlier))
    assert [point.number for point in recording.points] == [2, 1]


def test_speed_and_course_of_older_gpx_are_read(tmp_path: Path) -> None:
    point = '<trkpt lat="1" lon="2"><course>90</course><speed>1.5</speed></trkpt>'
    text = f'<gpx version="1.0" xmlns="http://www.topografix.com/GPX/1/0"><trk><trkseg>{point}</trkseg></trk></gpx>'
    read_point = read(tmp_path, text).points[0]
    assert (read_point.speed_mps, read_point.bearing_deg, read_point.at_ms) == (1.5, 90.0, None)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=r"nowhere\.gpx"):
        read_recording(tmp_path / "nowhere.gpx")


def test_what_is_not_xml_is_told_with_its_beginning(tmp_path: Path) -> None:
    assert "walk.gpx:1: file 'hello': is not XML: syntax error" in str(broken(tmp_path, "hello"))


def test_a_file_that_ends_too_early_is_told_with_its_line(tmp_path: Path) -> None:
    assert "walk.gpx:2: file '<gpx>\\n<trk>': is not XML: no element found" in str(broken(tmp_path, "<gpx>\n<trk>"))


@pytest.mark.parametrize("encoding", ["gbk", "nonsense", "latin-1"])
def test_another_encoding_than_utf_8_is_told(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{gpx(GOOD)}'.encode() + b"<!-- \xe9 -->"
    assert "UTF-8" in str(broken(tmp_path, text))


def test_another_kind_of_xml_is_told_by_its_first_element(tmp_path: Path) -> None:
    assert "'<kml>': is not GPX" in str(broken(tmp_path, "<kml/>"))


def test_a_file_with_waypoints_only_is_not_a_track(tmp_path: Path) -> None:
    found = broken(tmp_path, gpx("", more='<wpt lat="1" lon="2"/>'))
    assert "has no track points (1 waypoints are not a track)" in str(found)


@pytest.mark.parametrize("value", ["abc", "91", "nan", ""])
def test_an_impossible_latitude_names_line_point_field_and_value(tmp_path: Path, value: str) -> None:
    bad = POINT.format(lat=value, time="2026-05-29T04:26:40Z")
    found = broken(tmp_path, gpx(f"{GOOD}\n{bad}"))
    assert f"walk.gpx:3: point 2: lat {value!r}: must be a number of degrees, -90 to 90" in str(found)


def test_a_missing_longitude_is_named(tmp_path: Path) -> None:
    assert "point 1: lon 'missing'" in str(broken(tmp_path, gpx('<trkpt lat="1"></trkpt>')))


def test_an_elevation_that_is_no_number_is_told(tmp_path: Path) -> None:
    assert "<ele>" in str(broken(tmp_path, gpx('<trkpt lat="1" lon="1"><ele>high</ele></trkpt>')))


def test_hundreds_of_wrong_points_are_summed_up(tmp_path: Path) -> None:
    found = broken(tmp_path, gpx(POINT.format(lat=99, time="") * 50))
    assert len(found.problems) == 50
    assert "… and 47 more points" in str(found)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_xml_give_a_told_problem(data: bytes) -> None:
    with pytest.raises(BrokenRecording, match=r"any\.gpx"):
        read_marks(Path("any.gpx"), data)
