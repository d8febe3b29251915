"""Real tracks for the tests of places."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import gpxpy
import numpy as np
import pytest

from tracker.geo.projection import Floats

TRACKS = Path(__file__).parents[2] / "data" / "tracks"


@pytest.fixture(scope="session", params=sorted(path.name for path in TRACKS.glob("*.gpx")))
def track(request: pytest.FixtureRequest) -> Floats:
    """One track's segments, a row each: lat1, lon1, lat2, lon2."""
    gpx = gpxpy.parse((TRACKS / request.param).read_text(encoding="utf-8"))
    lines = [part.points for one in gpx.tracks for part in one.segments]
    rows = [(a.latitude, a.longitude, b.latitude, b.longitude) for points in lines for a, b in pairwise(points)]
    return np.array(rows)
