"""A GPX file as points in order of recording; everything in it is kept, what cannot be used is named."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gpxpy
from gpxpy.gpx import GPXException

from tracker.demo.replay.marks import Mark, check_positions, read_marks
from tracker.demo.replay.problems import BrokenRecording, Problem
from tracker.errors import BadValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One track point: place in the file (line and number from 1), degrees WGS-84, m, m/s, Unix ms or None."""

    line: int
    number: int
    lat: float
    lon: float
    at_ms: int | None
    time: str | None  # as written
    altitude_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """The points of one file, segments in order of their times; waypoints and routes are only counted."""

    file: Path
    segments: int
    waypoints: int
    points: tuple[Point, ...]


def read_recording(file: Path) -> Recording:
    """Read a GPX file. Raises BadValue where there is none, BrokenRecording for what is not a track in GPX."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadValue(field="file", value=file, allowed=f"a readable GPX file ({error.strerror})") from None
    marks = read_marks(file, data)
    check_positions(file, marks)
    gpx = _parse(file, data)
    segments = _segments(gpx, iter(enumerate(marks, start=1)))
    if not segments:
        what = f"has no track points ({len(gpx.waypoints)} waypoints are not a track)"
        raise BrokenRecording(file, [Problem(field="file", value=file.name, what=what)])
    points = tuple(point for segment in in_order(segments) for point in segment)
    return Recording(file=file, segments=len(segments), waypoints=len(gpx.waypoints), points=points)


def in_order(segments: Iterable[list[Point]]) -> list[list[Point]]:
    """By first time, because some programs write the newest track first; one without time stays where it is."""
    keyed: list[tuple[float, list[Point]]] = []
    last = -math.inf
    for segment in segments:
        last = next((point.at_ms for point in segment if point.at_ms is not None), last)
        keyed.append((last, segment))
    return [segment for _, segment in sorted(keyed, key=lambda pair: pair[0])]


def _parse(file: Path, data: bytes) -> Any:
    try:
        return gpxpy.parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        problem = Problem(field="file", value=data[error.start : error.start + 8].hex(), what="is not UTF-8")
        raise BrokenRecording(file, [problem]) from None
    except GPXException as error:
        raise BrokenRecording(file, [Problem(field="file", value=file.name, what=str(error))]) from None


def _segments(gpx: Any, marks: Iterable[tuple[int, Mark]]) -> list[list[Point]]:
    places = iter(marks)
    every = [segment for track in gpx.tracks for segment in track.segments]
    found = [[_point(point, *next(places)) for point in segment.points] for segment in every]
    return [segment for segment in found if segment]


def _point(point: Any, number: int, mark: Mark) -> Point:
    return Point(
        line=mark.line,
        number=number,
        lat=point.latitude,
        lon=point.longitude,
        at_ms=None if point.time is None else _unix_ms(point.time),
        time=mark.time,
        altitude_m=point.elevation,
        speed_mps=point.speed,
        bearing_deg=point.course,
    )


def _unix_ms(time: datetime) -> int:
    """GPX times are UTC, also where a program forgot the Z."""
    zoned = time if time.tzinfo else time.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1000)
