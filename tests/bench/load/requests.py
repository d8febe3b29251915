"""The uploads of the load as bytes: everything but the times stands ready, so that sending costs the sender little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

BATCH = 10
WALK_E7 = (
    3  # 1e-7 degrees from fix to fix: somebody who walks, at the tens of fixes a second that one token carries here
)


class Form(Enum):
    """How an upload is written, and how many fixes it holds."""

    COMPACT = "compact, 10"
    OBJECT = "object, 10"
    SINGLE = "object, 1"

    @property
    def fixes(self) -> int:
        """Fixes of one upload."""
        return 1 if self is Form.SINGLE else BATCH


@dataclass(frozen=True, kw_only=True)
class Phone:
    """Who sends: the token, and a place in the middle of the worker's own grid."""

    token: str
    lat: float
    lon: float


Request = Callable[[int], bytes]  # (Unix ms of the newest fix), of constant length


def request_of(phone: Phone, form: Form, step_ms: int) -> Request:
    """What makes the whole HTTP request of each upload, with so much time between fixes."""
    body = _compact(phone, step_ms) if form is Form.COMPACT else _objects(phone, form.fixes, step_ms)
    head = f"POST /api/v1/pings HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {phone.token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body(1_780_000_000_000))}\r\n\r\n"
    start = head.encode()
    return lambda at_ms: start + body(at_ms)


def _compact(phone: Phone, step_ms: int) -> Request:
    start = b'{"v":1,"crs":"wgs84","app":"bench/1","sent":%d,"t0":%d'
    columns = {"dt": step_ms, "dlat": WALK_E7, "dlon": 1, "acc": 5, "spd": 140}
    text = f',"lat0":{round(phone.lat * 1e7)},"lon0":{round(phone.lon * 1e7)}'
    text += "".join(f',"{name}":[{",".join([str(value)] * BATCH)}]' for name, value in columns.items()) + "}"
    end = text.encode()
    return lambda at_ms: start % (at_ms, at_ms - BATCH * step_ms) + end


def _objects(phone: Phone, count: int, step_ms: int) -> Request:
    lats = [phone.lat + WALK_E7 * 1e-7 * n for n in range(count)]
    fixes = [f'{{"t":%d,"lat":{lat:.7f},"lon":{phone.lon:.7f},"acc":5,"spd":1.4,"brg":31,"bat":76}}' for lat in lats]
    text = ('{"sent_at":%d,"crs":"wgs84","app":"bench/1","fixes":[' + ",".join(fixes) + "]}").encode()
    ages = [(count - 1 - n) * step_ms for n in range(count)]
    return lambda at_ms: text % (at_ms, *[at_ms - age for age in ages])
