"""Which decoded positions can be stored, in which integers, and what is doubtful about each.

Pure: the same upload with the same tail gives the same fixes. What makes a fix one and the same (worker, time,
position) depends on nothing but what the phone sent. Only the impossible is rejected; the doubtful is flagged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from tracker.geo.datum import Crs, to_wgs84
from tracker.ingest.columns import raw_fixes
from tracker.ingest.model import RawFix, Rejected, Upload
from tracker.ingest.rejects import Rejects, Unfit
from tracker.ingest.trail import NO_TAIL, Point, Tail, Trail
from tracker.tracks.model import Fix, Flag

FUTURE_MS = 120_000  # phones set by their network are seconds off; beyond it a fix would pin the live dot
RETENTION_MS = 90 * 86_400_000  # older fixes have no partition to go to and would be deleted the same night
SKEW_IGNORED_MS = 2_000  # as much as a slow mobile network delays a message: not a wrong clock
CLOCK_MS = 120_000  # two minutes change which round a fix belongs to
LATE_MS = 600_000  # ten minutes: beyond retries on a weak network, so the phone was offline
INACCURATE_M = 50.0  # wider than a village lane with its houses: the fix proves no visit

MAX_TENTH = 65_534  # of the unsigned 16-bit columns; 65535 means unknown
MAX_ACCURACY_M = MAX_TENTH / 10
MAX_SPEED_MPS = MAX_TENTH / 100
MAX_ALTITUDE_M = 32_767

_E7 = 10_000_000
_CLOCK = int(Flag.CLOCK)  # plain integers: IntFlag's own | costs a microsecond a time
_LATE = int(Flag.LATE)
_OFF_GRID = int(Flag.OFF_GRID)
_INACCURATE = int(Flag.INACCURATE)
_STALE = int(Flag.STALE_FIX)

IsOnGrid = Callable[[str, int, int], bool]  # (grid code, lat_e7, lon_e7): on the grid or within its border strip


class Screened(msgspec.Struct, frozen=True, kw_only=True):
    """What may be stored of an upload, in order of time."""

    fixes: list[Fix]
    raw: list[tuple[int, int]] | None  # beside the fixes: (lat_e7, lon_e7) as sent, where that was not WGS-84
    rejected: list[Rejected]  # those of the dialect first
    tail: Tail  # to be passed in with the worker's next upload, once this one is durable
    skew_ms: int | None  # server's clock - phone's clock; None if the message does not say when it was sent
    current: Fix | None = None  # for the live dot only


# (point, index, e7 pair as sent if not WGS-84, raw fix)
# Sorts by time, then place; indices differ, so nothing after is compared
_Placed = tuple[Point, int, tuple[int, int] | None, RawFix]


class _Setting:
    """What is the same for every fix of one upload."""

    __slots__ = ("clock", "grid", "is_on_grid", "late_before_ms")

    def __init__(self, received_at_ms: int, skew_ms: int | None, grid: str, is_on_grid: IsOnGrid | None) -> None:
        self.late_before_ms = received_at_ms - LATE_MS
        self.clock = _CLOCK if skew_ms is not None and abs(skew_ms) > CLOCK_MS else 0
        self.grid = grid
        self.is_on_grid = is_on_grid if grid else None


def screen(
    upload: Upload,
    *,
    received_at_ms: int,
    tail: Tail = NO_TAIL,
    grid: str = "",
    is_on_grid: IsOnGrid | None = None,
) -> Screened:
    """Check, convert and flag one upload of one worker, whose last fixes are `tail` and whose own grid is `grid`."""
    skew_ms = estimate_skew_ms(upload.sent_at_ms, received_at_ms)
    setting = _Setting(received_at_ms, skew_ms, grid, is_on_grid)
    rejects = Rejects(upload.rejected)
    placed = _place_all(raw_fixes(upload), upload.crs, received_at_ms, skew_ms, rejects)
    trail = Trail(tail, [one[0] for one in placed])
    fixes = [_fix(one, setting, trail) for one in placed]
    return Screened(
        fixes=fixes,
        raw=None if upload.crs is Crs.WGS84 else [one[2] for one in placed if one[2] is not None],
        rejected=rejects.all(),
        tail=trail.tail(),
        skew_ms=skew_ms,
        current=_current(upload, received_at_ms, setting),
    )


def estimate_skew_ms(sent_at_ms: int | None, received_at_ms: int) -> int | None:
    """Server's clock minus phone's clock, the journey of the message included; small ones count as none."""
    if sent_at_ms is None:
        return None
    skew_ms = received_at_ms - sent_at_ms
    return 0 if abs(skew_ms) < SKEW_IGNORED_MS else skew_ms


def _place_all(
    fixes: Iterable[RawFix], crs: Crs, received_at_ms: int, skew_ms: int | None, rejects: Rejects
) -> list[_Placed]:
    earliest_ms, latest_ms = received_at_ms - RETENTION_MS, received_at_ms + FUTURE_MS
    placed: list[_Placed] = []
    for raw in fixes:
        try:
            if not earliest_ms <= raw.recorded_at_ms <= latest_ms:
                raise _wrong_time(raw.recorded_at_ms, received_at_ms, skew_ms)
            placed.append(_place(raw, crs))
        except Unfit as unfit:
            rejects.add(raw.index, unfit, raw)
    placed.sort()
    return placed


def _place(raw: RawFix, crs: Crs) -> _Placed:
    lat, lon = raw.lat, raw.lon
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        raise _impossible(lat, lon)
    lat_e7, lon_e7 = round(lat * _E7), round(lon * _E7)
    if not lat_e7 and not lon_e7:
        raise Unfit("null_island", field="lat,lon", value="0,0")
    if crs is Crs.WGS84:
        return (raw.recorded_at_ms, lat_e7, lon_e7), raw.index, None, raw
    # One point at a time, not in columns: the last digit must not depend on what else the message holds.
    lat, lon = to_wgs84(crs, lat, lon)
    return (raw.recorded_at_ms, round(lat * _E7), round(lon * _E7)), raw.index, (lat_e7, lon_e7), raw


def _wrong_time(recorded_at_ms: int, received_at_ms: int, skew_ms: int | None) -> Unfit:
    skew = "unknown" if skew_ms is None else f"{skew_ms} ms"
    ahead_s = (recorded_at_ms - received_at_ms) // 1000
    value = f"{recorded_at_ms} ({ahead_s:+} s; clock skew {skew})"
    return Unfit("future" if ahead_s > 0 else "too_old", field="recorded_at", value=value)


def _impossible(lat: float, lon: float) -> Unfit:
    if 90 < abs(lat) <= 180 and abs(lon) <= 90:
        return Unfit("lat_lon_swapped", field="lat,lon", value=f"{lat},{lon}")
    if not -90 <= lat <= 90:
        return Unfit("out_of_range", field="lat", value=lat)
    return Unfit("out_of_range", field="lon", value=lon)


def _fix(placed: _Placed, setting: _Setting, trail: Trail | None) -> Fix:
    """One tight piece: it runs for every position of the county."""
    point, _, _, raw = placed
    time_ms, lat_e7, lon_e7 = point
    accuracy, speed, bearing = raw.accuracy_m, raw.speed_mps, raw.bearing_deg
    altitude, battery = raw.altitude_m, raw.battery
    flags = raw.flags | setting.clock
    if time_ms < setting.late_before_ms:
        flags |= _LATE
    if accuracy is not None and accuracy > INACCURATE_M:
        flags |= _INACCURATE
    if trail is not None and not flags & _STALE:  # an old position with a new time proves no movement and no rest
        flags |= trail.step(point, measured=accuracy is not None)
    if setting.is_on_grid is not None and not setting.is_on_grid(setting.grid, lat_e7, lon_e7):
        flags |= _OFF_GRID
    return Fix(
        recorded_at_ms=time_ms,
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        accuracy_dm=None if accuracy is None else _scaled(accuracy, 10, MAX_ACCURACY_M),
        speed_cms=None if speed is None else _scaled(speed, 100, MAX_SPEED_MPS),
        bearing_cdeg=int(bearing * 100 + 0.5) % 36_000 if bearing is not None and 0 <= bearing <= 360 else None,
        altitude_m=round(altitude) if altitude is not None and -MAX_ALTITUDE_M <= altitude <= MAX_ALTITUDE_M else None,
        battery=int(battery + 0.5) if battery is not None and 0 <= battery <= 100 else None,
        flags=flags,
    )


def _scaled(value: float, units: int, largest: float) -> int | None:
    """A reading in its stored unit: a larger one counts as the largest, a negative or NaN as unknown."""
    if 0 <= value <= largest:
        return int(value * units + 0.5)
    return MAX_TENTH if value > largest else None


def _current(upload: Upload, received_at_ms: int, setting: _Setting) -> Fix | None:
    if upload.current is None:
        return None
    placed = _place_all([upload.current], upload.crs, received_at_ms, None, Rejects())
    return _fix(placed[0], setting, None) if placed else None
