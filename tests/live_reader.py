"""A second reading of docs/live.md, written without the server's encoder: what a client makes of the frames."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

COLUMNS = (
    "worker_id:u4 lon_e7:i4 lat_e7:i4 age_ms:i4 speed_cms:u2 accuracy_dm:u2 bearing:u1 state:u1 battery:u1 flags:u1"
)
STEPPED = ("worker_id", "lon_e7", "lat_e7")


@dataclass
class Seen:
    """One binary frame."""

    kind: int
    count: int
    from_seq: int
    to_seq: int
    time_ms: float
    lag_ms: int
    rows: dict[int, dict[str, int]] = field(default_factory=dict)


def read_frame(data: bytes) -> Seen:
    """Read a binary frame by the page's offsets."""
    assert data[0] == 0x53
    assert data[1] == 1
    (count, from_seq, to_seq), (time_ms,) = struct.unpack_from("<III", data, 4), struct.unpack_from("<d", data, 16)
    (lag_ms,) = struct.unpack_from("<I", data, 24)
    at, columns = data[3], {}
    for column in COLUMNS.split():
        name, kind = column.split(":")
        size = int(kind[1:])
        values = [int.from_bytes(data[at + i : at + size * count : count], "little") for i in range(count)]
        at += size * count
        if name in STEPPED:
            values = [sum_ % 2**32 for sum_ in itertools.accumulate((step >> 1) ^ -(step & 1) for step in values)]
        columns[name] = np.array(values, "u8").astype("u" + str(size)).view(kind)
    assert at == len(data)
    ids = columns["worker_id"].tolist()
    rows = {ids[i]: {name: int(values[i]) for name, values in columns.items()} for i in range(count)}
    return Seen(data[2], count, from_seq, to_seq, time_ms, lag_ms, rows)


@dataclass
class Viewer:
    """Applies frames as the page tells a client to."""

    seq: int = -1
    epoch: str = ""
    workers: dict[int, dict[str, int]] = field(default_factory=dict)
    texts: list[dict[str, Any]] = field(default_factory=list)
    gaps: int = 0

    def apply(self, data: bytes) -> Seen:
        """Take one binary frame."""
        seen = read_frame(data)
        if seen.kind == 1:
            self.workers = {}
        elif seen.from_seq > self.seq:
            self.gaps += 1
            return seen
        elif seen.kind == 2 and seen.to_seq <= self.seq:
            return seen
        for worker_id, row in seen.rows.items():
            if row["state"] & 128:
                self.workers.pop(worker_id, None)
            else:
                self.workers[worker_id] = row
        self.seq = seen.to_seq
        return seen
