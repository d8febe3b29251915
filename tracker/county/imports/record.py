"""One record of a file before anybody knows what it means: texts by the file's own column names, and a geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from shapely.geometry.base import BaseGeometry

MAX_RECORDS = 200_000  # a county has some ten thousand of anything; more is the wrong file


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """`line` is the line of a table (1 = first line of the file) or the number of a feature (from 1)."""

    file: str
    line: int
    values: Mapping[str, str]
    geometry: BaseGeometry | None = None
    notes: tuple[tuple[str, str, str], ...] = field(default=())  # (field, value, what was repaired)


def text_of(value: object) -> str:
    """A cell or property as the text that a person sees: 13800001234.0 is a number written 13800001234."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ";".join(text_of(one) for one in value)
    return str(value).strip()
