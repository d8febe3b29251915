"""A fix as it is stored, its flags, and where it came from."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import msgspec


class Flag(IntFlag):
    """What is doubtful about a fix; a flagged fix is stored like any other, never deleted or moved.

    The low byte goes out on the live stream (docs/live.md); all 16 bits are stored.
    """

    NONE = 0
    INACCURATE = 1  # accuracy radius above screen.INACCURATE_M
    JUMP = 2  # faster from the fix before than a car drives
    FROZEN = 4  # identical coordinates over several minutes: a phone at rest wanders
    MOCK = 8  # the phone itself says that the position is made up
    OFF_GRID = 16  # outside the worker's own grid and its neighbours' border strip
    CLOCK = 32  # the phone's clock differs from the server's
    LATE = 64  # received long after it was recorded (offline burst)
    STALE_FIX = 256  # the app says that the position is older than its time (OwnTracks t:"p")
    HELP = 512  # the worker asks for help (alarm=sos)
    CHARGING = 1024  # not a doubt: the phone is on its charger


class Dialect(IntEnum):
    """Which wire format brought a fix; stored with its segment, so numbers never change."""

    NATIVE = 1
    OSMAND = 2
    OWNTRACKS = 3
    OVERLAND = 4


class Fix(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One position of one worker, WGS-84, in the integer units in which it is stored.

    `recorded_at_ms` is the phone's own time and part of the natural key (worker, recorded_at, position).
    """

    recorded_at_ms: int
    lat_e7: int
    lon_e7: int
    accuracy_dm: int | None = None  # 0..65534
    speed_cms: int | None = None  # 0..65534
    bearing_cdeg: int | None = None  # 0..35999, clockwise from north
    altitude_m: int | None = None  # -32767..32767
    battery: int | None = None  # percent, 0..100
    flags: int = 0  # Flag bits


class Position(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The newest fix of a worker, for the live map."""

    worker_id: int
    fix: Fix
    received_at_ms: int
