"""The wire format of docs/live.md: its constants, and the encoder of binary frames from columns."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
import numpy.typing as npt

SUBPROTOCOL = "sanxun.live.1"
MAGIC = 0x53
VERSION = 1
HEADER_FIELDS = {
    "magic": "B",
    "version": "B",
    "kind": "B",
    "header_size": "B",
    "count": "I",
    "from_seq": "I",
    "to_seq": "I",
    "time_ms": "d",
    "lag_ms": "I",
    "record_size": "H",
    "reserved": "H",
}
HEADER = struct.Struct("<" + "".join(HEADER_FIELDS.values()))
COLUMNS = {
    "worker_id": "<u4",
    "lon_e7": "<i4",
    "lat_e7": "<i4",
    "age_ms": "<i4",
    "speed_cms": "<u2",
    "accuracy_dm": "<u2",
    "bearing": "u1",
    "state": "u1",
    "battery": "u1",
    "flags": "u1",
}
STEPPED = frozenset({"worker_id", "lon_e7", "lat_e7"})  # neighbours in the roster are neighbours on the ground
RECORD_SIZE = sum(np.dtype(kind).itemsize for kind in COLUMNS.values())
UNKNOWN_U16 = 0xFFFF
UNKNOWN_BATTERY = 0xFF
MAX_U32 = 0xFFFF_FFFF
MAX_AGE_MS = 2**31 - 1
MAX_MESSAGE_BYTES = 4 * 1024  # of a client; its only message has 17
MAX_MESSAGES = 20  # of a client, in MESSAGE_WINDOW_MS
MESSAGE_WINDOW_MS = 10_000
SLOW_LIMIT_MS = 15_000

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.integer[Any]]


class Kind(IntEnum):
    """What a binary frame is."""

    SNAPSHOT = 1
    DELTA = 2
    HEARTBEAT = 3


class State(IntFlag):
    """Bits of the state column."""

    ON_DUTY = 1
    MOVING = 2
    HAS_POSITION = 4
    ASKS_FOR_HELP = 8
    BEARING_KNOWN = 16
    GONE = 128


class Close(IntEnum):
    """Close codes that the server uses."""

    STOPPING = 1001
    BROKE_RULE = 1008
    SESSION_ENDED = 4401
    TOO_SLOW = 4408
    TOO_MANY = 4429


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """Columns of equal length, one value per worker; `recorded_at_ms` in Unix ms becomes the age when encoded."""

    worker_id: Numbers
    lon_e7: Numbers
    lat_e7: Numbers
    recorded_at_ms: npt.NDArray[np.int64]
    speed_cms: Numbers
    accuracy_dm: Numbers
    bearing: Numbers
    state: Numbers
    battery: Numbers
    flags: Numbers

    def __len__(self) -> int:
        return len(self.worker_id)


def encode(kind: Kind, records: Records, *, from_seq: int, to_seq: int, time_ms: int, lag_ms: int) -> bytes:
    """One snapshot or delta as bytes; the age of each fix is taken at `time_ms`.

    Steps and planes make no frame shorter by themselves: they make it compress to 12 bytes a record instead of 17.
    """
    age_ms = np.clip(time_ms - records.recorded_at_ms, -MAX_AGE_MS, MAX_AGE_MS)
    columns = {name: age_ms if name == "age_ms" else getattr(records, name) for name in COLUMNS}
    body = (
        _planes(_steps(column) if name in STEPPED else np.asarray(column).astype(COLUMNS[name], copy=False))
        for name, column in columns.items()
    )
    head = _header(kind, len(records), from_seq=from_seq, to_seq=to_seq, time_ms=time_ms, lag_ms=lag_ms)
    return b"".join((head, *body))


def _steps(values: Numbers) -> npt.NDArray[np.uint32]:
    """Differences to the value before, modulo 2**32; the sign in the lowest bit, so that small ones stay small."""
    wrapped = np.asarray(values).astype(np.uint32)
    step = np.diff(wrapped, prepend=np.uint32(0)).view(np.int32)
    return ((step << 1) ^ (step >> 31)).view(np.uint32)


def _planes(values: npt.NDArray[Any]) -> bytes:
    """The lowest byte of every value, then the next byte of every value, and so on."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    return little.view(np.uint8).reshape(-1, values.dtype.itemsize).T.tobytes()


def heartbeat(*, from_seq: int, to_seq: int, time_ms: int) -> bytes:
    """The frame that says that nothing changed and that the server lives."""
    return _header(Kind.HEARTBEAT, 0, from_seq=from_seq, to_seq=to_seq, time_ms=time_ms, lag_ms=0)


def bearing_steps(bearing_cdeg: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Centidegrees clockwise from north as 256 steps a turn."""
    steps = np.rint(bearing_cdeg * (256 / 36000)).astype(np.int64)
    return np.asarray(steps % 256, np.uint8)


def _header(kind: Kind, count: int, *, from_seq: int, to_seq: int, time_ms: int, lag_ms: int) -> bytes:
    lag_ms = min(max(lag_ms, 0), MAX_U32)
    return HEADER.pack(
        MAGIC, VERSION, kind, HEADER.size, count, from_seq, to_seq, float(time_ms), lag_ms, RECORD_SIZE, 0
    )
