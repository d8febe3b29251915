"""What is said between a phone and the server in the native dialect: the message in both its forms, and the reply."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tracker.geo.datum import Crs
from tracker.ingest.dialects.reading import LARGEST_EXACT

MAX_FIXES = 1000  # a fix every 15 s for four hours; a phone with more sends several messages
VERSION = 1  # of the compact form

Ms = Annotated[int, Meta(ge=-LARGEST_EXACT, le=LARGEST_EXACT)]
E7 = Annotated[int, Meta(ge=-3_600_000_000, le=3_600_000_000)]  # once around the globe
Bits = Annotated[int, Meta(ge=0, le=65535)]
Limit = Meta(max_length=MAX_FIXES)


class NativeFix(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One position in the object form; a null stands for a number that the phone does not have (JavaScript's NaN)."""

    t: int | float | str | None = None  # Unix ms, or RFC 3339 with a zone
    lat: float | None = None  # degrees in the message's crs
    lon: float | None = None
    acc: float | None = None  # metres
    spd: float | None = None  # m/s
    brg: float | None = None  # degrees clockwise from north
    alt: float | None = None  # metres
    bat: float | None = None  # percent
    mock: bool = False  # the phone itself says that the position is made up
    chg: bool = False  # on its charger
    help: bool = False  # the worker asks for help


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A native message: the object form has `fixes`, the compact form has `v` and columns of integers."""

    crs: Crs | UnsetType = UNSET  # required in both forms
    app: str = ""
    fixes: Annotated[list[NativeFix], Limit] | UnsetType = UNSET
    sent_at: int | float | str | None = None  # the phone's clock when it sent: Unix ms, or RFC 3339 with a zone
    v: int | UnsetType = UNSET
    sent: Ms | None = None  # Unix ms
    t0: Ms | UnsetType = UNSET
    lat0: E7 | UnsetType = UNSET
    lon0: E7 | UnsetType = UNSET
    dt: Annotated[list[Ms], Limit] | UnsetType = UNSET  # ms since the fix before; the first since t0
    dlat: list[E7] | UnsetType = UNSET
    dlon: list[E7] | UnsetType = UNSET
    acc: list[float] | None = None  # metres, -1 = unknown
    spd: list[Ms] | None = None  # cm/s, -1 = unknown
    brg: list[float] | None = None  # degrees, -1 = unknown
    bat: list[float] | None = None  # percent, -1 = unknown
    flg: list[Bits] | None = None  # 1 mock, 2 charging, 4 help


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone should do next."""

    interval_s: int  # seconds between two fixes


class QuarantinedPart(msgspec.Struct, frozen=True, kw_only=True):
    """One fix that was not stored; sending it again will not help."""

    index: int  # place in the message, -1 = the message as a whole
    reason: str
    field: str
    value: str


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a native message, given after the commit."""

    stored: int
    duplicate: int
    off_duty: int
    quarantined: list[QuarantinedPart]
    server_time_ms: int
    on_duty: bool
    next: Next
