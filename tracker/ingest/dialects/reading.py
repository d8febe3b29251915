"""How the dialects read loose JSON and form values: numbers, yes and no, and instants, or the reason why not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from tracker.clock import LOCAL
from tracker.ingest.rejects import Rejects, Unfit

MAX_PARTS = 5000  # five times the largest batch that Overland offers; the body's limit comes first in practice
LARGEST_EXACT = 2**53  # a time in ms above it is no time, and floats would no longer be exact

_NOT_JSON = re.compile(rb"(?<=[:,\[\s])-?(?:NaN|Infinity)(?=\s*[,}\]])")
_LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_YES = frozenset({"true", "1", "yes", "on"})

Fields = Mapping[str, Any]


def load(body: bytes) -> Any:
    """JSON of any shape; NaN and Infinity, which some clients write, count as null. Raises Unfit bad_json."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(without_nan(body))
    except orjson.JSONDecodeError as error:
        raise Unfit("bad_json", field="body", value=str(error)) from None


def without_nan(body: bytes) -> bytes:
    """The same text with null for the bare words NaN and Infinity, as JavaScript itself would write them."""
    return _NOT_JSON.sub(b"null", body)


def bounded(parts: list[Any], rejects: Rejects, field: str) -> Iterator[tuple[int, Any]]:
    """The first MAX_PARTS parts with their places; what is beyond becomes one rejected part."""
    if len(parts) > MAX_PARTS:
        rejects.add(-1, Unfit("too_many", field=field, value=len(parts)), parts[MAX_PARTS : MAX_PARTS + 100])
    return enumerate(islice(parts, MAX_PARTS))


def required(fields: Fields, name: str) -> float:
    """A number that must be there; raises Unfit."""
    value = number(fields, name)
    if value is None:
        raise Unfit("missing", field=name, value=fields.get(name))
    return value


def known(fields: Fields, name: str) -> float | None:
    """A reading that apps send as a negative number when they do not have it; raises Unfit."""
    value = number(fields, name)
    return None if value is None or value < 0 else value


def number(fields: Fields, name: str) -> float | None:
    """A finite number or a number written as text; None if absent, null or empty; raises Unfit."""
    value = fields.get(name)
    kind = value.__class__
    if kind is float or kind is int:
        return value  # finite: the parser refuses other JSON numbers
    if value is None or value == "":
        return None
    if kind is not str or "_" in value:  # Python would read 1_0 as ten
        raise Unfit("not_a_number", field=name, value=value)
    try:
        parsed = float(value)
    except ValueError:
        raise Unfit("not_a_number", field=name, value=value) from None
    if not math.isfinite(parsed):
        raise Unfit("out_of_range", field=name, value=value)
    return parsed


def yes(value: object) -> bool:
    """Whether an app says yes: true, 1, "true", "1"; everything else is no."""
    if isinstance(value, str):
        return value.strip().lower() in _YES
    return value is True or (isinstance(value, int | float) and value == 1)


def instant_ms(text: str, field: str, *, local: bool = False) -> int:
    """Unix ms of an ISO 8601 time with its zone; raises Unfit naive_time or bad_time.

    With `local`, the plain form yyyy-MM-dd HH:mm:ss is a time of the county (Asia/Shanghai).
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("bad_time", field=field, value=text) from None
    if moment.tzinfo is None:
        if not (local and _LOCAL_TIME.fullmatch(text)):
            raise Unfit("naive_time", field=field, value=text)
        moment = moment.replace(tzinfo=LOCAL)
    return (moment - _EPOCH) // _MS


def whole_ms(value: float, field: str) -> int:
    """Milliseconds as a whole number, rounded down; raises Unfit if no calendar has such a time."""
    if not -LARGEST_EXACT < value < LARGEST_EXACT:
        raise Unfit("out_of_range", field=field, value=value)
    return math.floor(value)
