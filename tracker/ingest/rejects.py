"""The parts of a message that cannot be stored, collected within bounds and safe to write into the quarantine."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import orjson

from tracker.ingest.model import Rejected

MAX_REJECTED = 1000  # a native message has no more parts; a longer flood is summed up in one line
MAX_BODY = 16 * 1024  # bytes of an offending part that are kept (migrations/0003: quarantine)
MAX_VALUE = 200  # characters of an offending value that are kept

_ENCODER = msgspec.json.Encoder()


class Unfit(Exception):
    """One part of a message cannot be stored: a stable reason, the field and the value that came."""

    def __init__(self, reason: str, *, field: str = "", value: object = "") -> None:
        self.reason = reason
        self.field = field
        self.value = shown(value)
        super().__init__(f"{reason}: {field} {self.value}")


class Rejects:
    """Collects at most MAX_REJECTED parts; the rest is counted, not kept."""

    def __init__(self, already: Iterable[Rejected] = ()) -> None:
        self._parts = list(already)
        self._more = 0

    def add(self, index: int, unfit: Unfit, part: object) -> None:
        """Keep one part with its reason; `part` is the bytes as sent or what they were decoded to."""
        if len(self._parts) >= MAX_REJECTED:
            self._more += 1
            return
        field, value, body = shown(unfit.field), unfit.value, as_sent(part)
        self._parts.append(Rejected(index=index, reason=unfit.reason, field=field, value=value, body=body))

    def all(self) -> list[Rejected]:
        """Every part kept, and one line more that says how many were only counted."""
        if not self._more:
            return self._parts
        return [*self._parts, Rejected(index=-1, reason="too_many_rejected", value=str(self._more))]


def shown(value: object) -> str:
    """A value as short text that PostgreSQL can store: no NUL, no half of a surrogate pair."""
    if isinstance(value, dict | list):  # not written out: it may be huge or nested deeper than Python can follow
        return "an object" if isinstance(value, dict) else "an array"
    text = "null" if value is None else str(value)[:MAX_VALUE]
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def as_sent(part: object) -> bytes:
    """At most MAX_BODY bytes of an offending part; empty if it cannot be written down (nested too deep)."""
    if isinstance(part, bytes):
        return part[:MAX_BODY]
    try:
        body = _ENCODER.encode(part) if isinstance(part, msgspec.Struct) else orjson.dumps(part)
    except (TypeError, RecursionError):
        return b""
    return body[:MAX_BODY]
