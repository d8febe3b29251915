"""JSON in, typed and with errors that name the field and what it may be; JSON out, fast."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
import orjson
from aiohttp import web
from msgspec import inspect

from tracker.errors import BadValue, SanxunError, TooMany, Unavailable

T = TypeVar("T")
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")


def decode(body: bytes, kind: type[T]) -> T:
    """Decode a JSON body into a msgspec Struct (or other type); raises BadValue naming the field."""
    if not body.strip():
        raise BadValue(field="body", value="", allowed="a JSON body; the request's body is empty")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        match = _PATH.search(str(error))
        field = match["path"].lstrip(".") if match else "body"
        allowed = words_at(kind, field) if "Invalid enum value" in str(error) else ""
        allowed = allowed or _PATH.sub("", str(error))
        raise BadValue(field=field or "body", value=_value_at(body, field), allowed=allowed) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        shown = body[:80].decode("utf-8", "replace")
        raise BadValue(field="body", value=shown, allowed=f"valid JSON ({error})") from None


def answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An aiohttp answer with `value` as JSON; msgspec Structs, dataclasses, numpy arrays, datetimes are understood."""
    return web.Response(
        body=encode(value), status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def lean(value: Any) -> web.Response:
    """The same, compressed where the client takes that: for what phones fetch often, over networks that cost."""
    made = answer(value)
    made.enable_compression()
    return made


def encode(value: Any) -> bytes:
    """Bytes of `value` as JSON."""
    return orjson.dumps(value, default=msgspec.to_builtins, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def described(error: SanxunError) -> dict[str, object]:
    """An error as JSON tells it: code, message, the field with its value and what is allowed, the reason for pages."""
    body: dict[str, object] = {"code": error.code, "message": error.told}
    if isinstance(error, BadValue):
        body |= {"field": error.field, "value": error.value, "allowed": error.allowed}
    if isinstance(error, TooMany | Unavailable):
        body["retry_after_s"] = error.retry_after_s
    if error.reason:
        body |= {"reason": error.reason, "values": dict(error.values)}
    return body


def words_at(kind: Any, path: str) -> str:
    """The words that an enum or a Literal at this path of the type allows, with commas; empty where there are none."""
    found = [inspect.type_info(kind)]
    for step in re.findall(r"\.{3}|[^.\[\]]+", path):
        found = [inner for one in found for inner in _inside(one, step)]
    return ", ".join(word for one in found for word in _words(one))


def _inside(one: inspect.Type, step: str) -> list[inspect.Type]:
    match one:
        case inspect.UnionType():
            return [inner for part in one.types for inner in _inside(part, step)]
        case inspect.StructType():
            return [part.type for part in one.fields if part.encode_name == step]
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
            return [one.item_type]
        case inspect.TupleType():
            return [one.item_types[int(step)]] if step.isdigit() and int(step) < len(one.item_types) else []
        case inspect.DictType():
            return [one.value_type]
        case _:
            return []


def _words(one: inspect.Type) -> list[str]:
    match one:
        case inspect.UnionType():
            return [word for part in one.types for word in _words(part)]
        case inspect.EnumType():
            return [str(member.value) for member in one.cls]
        case inspect.LiteralType():
            return [str(value) for value in one.values]
        case _:
            return []


def _value_at(body: bytes, path: str) -> str:
    try:
        value: Any = orjson.loads(body)
    except orjson.JSONDecodeError:  # the error found stands before a place that is not JSON at all
        return ""
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return "" if isinstance(value, dict) else str(value)
    return str(value)
