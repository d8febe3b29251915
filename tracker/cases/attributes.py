"""What a category asks beside words and a place (Open311's attributes), and whether answers fit; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.errors import BadValue

MOST_ATTRIBUTES = 20
MOST_VALUES = 50
MOST_TEXT = 500  # characters of one answer


class DataType(StrEnum):
    """Open311's words for what an answer is."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLE = "singlevaluelist"
    MULTI = "multivaluelist"


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of a list."""

    key: str
    name: str


class Attribute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question; `variable` False is a sentence to be read, without an answer."""

    code: str
    datatype: DataType
    description: str
    required: bool = False
    variable: bool = True
    datatype_description: str = ""
    values: list[Value] = []


Answers = dict[str, list[str]]


def checked_questions(attributes: Sequence[Attribute]) -> None:
    """Raise BadValue for questions that nobody could answer."""
    codes = [one.code for one in attributes]
    if len(codes) > MOST_ATTRIBUTES or len(set(codes)) != len(codes):
        raise BadValue(
            field="attributes", value=len(codes), allowed=f"at most {MOST_ATTRIBUTES}, each with its own code"
        )
    for one in attributes:
        if not (one.code.isascii() and one.code.isidentifier() and len(one.code) <= 40):
            raise BadValue(field="attributes.code", value=one.code, allowed="a word of letters, digits and _")
        has_list = one.datatype in (DataType.SINGLE, DataType.MULTI)
        if has_list != bool(one.values) or len(one.values) > MOST_VALUES:
            raise BadValue(field="attributes.values", value=one.code, allowed=f"1..{MOST_VALUES} for a list, else none")


def checked_answers(attributes: Iterable[Attribute], given: Mapping[str, Sequence[str]], *, asks: bool) -> Answers:
    """The answers that are not empty, each found good, and with `asks` none missing that is required.

    Raises BadValue naming `attribute[code]`.
    """
    known = {one.code: one for one in attributes if one.variable}
    for code in given:
        if code not in known:
            raise BadValue(field=f"attribute[{code}]", value=code, allowed=", ".join(known) or "no attributes")
    found: Answers = {}
    for code, one in known.items():
        values = [text.strip() for text in given.get(code, ()) if text.strip()]
        if asks and one.required and not values:
            raise BadValue(field=f"attribute[{code}]", value="", allowed="an answer: it is required")
        if values:
            found[code] = _checked(one, values)
    return found


def _checked(one: Attribute, values: list[str]) -> list[str]:
    field = f"attribute[{one.code}]"
    if len(values) > (len(one.values) if one.datatype is DataType.MULTI else 1):
        raise BadValue(field=field, value=len(values), allowed="one answer")
    for text in values:
        if len(text) > MOST_TEXT or "\x00" in text or not _fits(one, text):
            raise BadValue(field=field, value=text, allowed=_allowed(one))
    return values


def _fits(one: Attribute, text: str) -> bool:
    match one.datatype:
        case DataType.NUMBER:
            return _reads(float, text) and text.lower() not in ("nan", "inf", "-inf", "infinity", "-infinity")
        case DataType.DATETIME:
            return _reads(datetime.fromisoformat, text)
        case DataType.SINGLE | DataType.MULTI:
            return text in {value.key for value in one.values}
        case _:
            return True


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _allowed(one: Attribute) -> str:
    match one.datatype:
        case DataType.NUMBER:
            return "a number"
        case DataType.DATETIME:
            return "a time such as 2026-11-24T08:00:00+08:00"
        case DataType.SINGLE | DataType.MULTI:
            return ", ".join(value.key for value in one.values)
        case _:
            return f"at most {MOST_TEXT} characters"
