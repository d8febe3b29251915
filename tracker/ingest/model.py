"""What a dialect makes of a phone's message, and what the pipeline answers."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from tracker.geo.datum import Crs
from tracker.tracks.model import Dialect


class RawFix(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One position as the phone sent it, in SI units, not yet checked for range, datum or time."""

    index: int  # place in the message, for error reports
    recorded_at_ms: int
    lat: float  # in the upload's crs
    lon: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    altitude_m: float | None = None
    battery: float | None = None  # percent
    flags: int = 0  # Flag bits that the dialect itself knows: MOCK, STALE_FIX, HELP, CHARGING


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message that cannot be stored: answered 2xx, kept in quarantine with its reason."""

    index: int  # place in the message; -1 = the message as a whole
    reason: str  # stable word: bad_json, missing, out_of_range, future, too_old, bad_crs, not_a_fix, ...
    field: str = ""
    value: str = ""
    body: bytes = b""  # the offending part as sent


class Form(IntEnum):
    """How an upload holds its fixes until they are committed (tracker/ingest/columns.py)."""

    LIST = 0  # RawFix by RawFix
    ROWS = 1  # packed row by row, from the native object form
    COLUMNS = 2  # packed column by column, from the native compact form


class Upload(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One message of one phone, decoded; well-formed native ones have `packed` in place of `fixes`."""

    dialect: Dialect
    crs: Crs
    fixes: list[RawFix]
    rejected: list[Rejected]
    sent_at_ms: int | None = None  # the phone's clock when it sent, if the message says so
    app: str = ""  # app and version, if known
    current: RawFix | None = None  # for the live dot only, never history (Overland's `current`)
    form: Form = Form.LIST
    packed: bytes = b""
    packed_fixes: int = 0

    @property
    def weight(self) -> int:
        """Fixes and rejected parts, at least one."""
        return max(1, self.packed_fixes + len(self.fixes) + len(self.rejected))


class Receipt(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of an upload; given only after the commit."""

    stored: int
    duplicate: int
    off_duty: int
    quarantined: list[Rejected]
