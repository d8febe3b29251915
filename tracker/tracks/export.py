"""A track as a file that other tools read: GPX 1.1, GeoJSON, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

import gpxpy.gpx

from tracker import clock
from tracker.jsonio import encode
from tracker.tracks.model import Fix, Flag

_COLUMNS = ("recorded_at", "lat", "lon", "accuracy_m", "speed_mps", "bearing_deg", "altitude_m", "battery", "flags")


def as_gpx(name: str, fixes: Sequence[Fix]) -> bytes:
    """One track with one segment; doubts stand in each point's comment."""
    document = gpxpy.gpx.GPX()
    document.creator = "Sanxun"
    track = gpxpy.gpx.GPXTrack(name=name)
    piece = gpxpy.gpx.GPXTrackSegment()
    for fix in fixes:
        piece.points.append(
            gpxpy.gpx.GPXTrackPoint(
                latitude=fix.lat_e7 / 1e7,
                longitude=fix.lon_e7 / 1e7,
                elevation=fix.altitude_m,
                time=clock.to_datetime(fix.recorded_at_ms),
                comment=flag_names(fix.flags) or None,
            )
        )
    track.segments.append(piece)
    document.tracks.append(track)
    text: str = document.to_xml(version="1.1")
    return text.encode()


def as_geojson(name: str, fixes: Sequence[Fix]) -> bytes:
    """A FeatureCollection of one LineString with its times beside the coordinates."""
    line = [[fix.lon_e7 / 1e7, fix.lat_e7 / 1e7] for fix in fixes]
    properties = {
        "name": name,
        "times": [clock.to_datetime(fix.recorded_at_ms).isoformat() for fix in fixes],
        "accuracy_m": [_tenths(fix.accuracy_dm) for fix in fixes],
        "flags": [flag_names(fix.flags) for fix in fixes],
    }
    geometry = {"type": "LineString", "coordinates": line} if len(line) > 1 else None
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return encode({"type": "FeatureCollection", "features": [feature]})


def as_csv(_name: str, fixes: Sequence[Fix]) -> bytes:
    """One row per fix, UTF-8 with a byte order mark, local times with their zone."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for fix in fixes:
        moment = clock.to_datetime(fix.recorded_at_ms).astimezone(clock.LOCAL).isoformat()
        speed = None if fix.speed_cms is None else fix.speed_cms / 100
        bearing = None if fix.bearing_cdeg is None else fix.bearing_cdeg / 100
        place = (fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, _tenths(fix.accuracy_dm))
        writer.writerow([moment, *place, speed, bearing, fix.altitude_m, fix.battery, flag_names(fix.flags)])
    return out.getvalue().encode("utf-8-sig")


def flag_names(flags: int) -> str:
    """The names of the set bits, lower case, joined by a space."""
    return " ".join(flag.name.lower() for flag in Flag if flag.value & flags and flag.name)


FORMATS: dict[str, tuple[str, Callable[[str, Sequence[Fix]], bytes]]] = {
    "gpx": ("application/gpx+xml", as_gpx),
    "geojson": ("application/geo+json", as_geojson),
    "csv": ("text/csv", as_csv),
}


def _tenths(value: int | None) -> float | None:
    return None if value is None else value / 10
