"""Where a phone's token stands in its request: unmodified apps cannot all send a header of their own choosing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from enum import Flag, auto
from typing import Any
from urllib.parse import parse_qs

import msgspec

MOST_HEADER = 1024  # characters of an Authorization header that are looked at
MOST_BODY = 64 * 1024  # bytes of a form or JSON body that are searched for an id


class Way(Flag):
    """The places in which a token is looked for."""

    BEARER = auto()  # Authorization: Bearer <token>
    BASIC = auto()  # Authorization: Basic base64(<anything>:<token>), OwnTracks
    QUERY = auto()  # ?token=<token>, apps where only the address can be set
    IDENTIFIER = auto()  # id= or deviceid= in the query, form or JSON: the Traccar client's "device identifier"


_WAYS = {
    "/osmand": Way.BEARER | Way.QUERY | Way.IDENTIFIER,
    "/owntracks": Way.BEARER | Way.BASIC | Way.QUERY,
    "/overland": Way.BEARER | Way.QUERY,
}


def ways_of(path: str) -> Way:
    """The ways allowed on a route: only Bearer, except on the addresses of unmodified apps."""
    return _WAYS.get(path, Way.BEARER)


def token_of(authorization: str | None, query: Mapping[str, str], ways: Way) -> str | None:
    """The token from the header or the query, or None; a header wins over the query."""
    scheme, _, rest = (authorization or "")[:MOST_HEADER].partition(" ")
    if Way.BEARER in ways and scheme.lower() == "bearer" and rest.strip():
        return rest.strip()
    if Way.BASIC in ways and scheme.lower() == "basic" and (token := _basic(rest)):
        return token
    if Way.QUERY in ways and query.get("token"):
        return query["token"]
    if Way.IDENTIFIER in ways:
        return query.get("id") or query.get("deviceid") or None
    return None


def token_in_body(content_type: str, body: bytes) -> str | None:
    """The identifier in a Traccar client's body, or None: a form (10.x), or a JSON object (9.x) or array."""
    if content_type == "application/json":
        return _json_identifier(body[:MOST_BODY] if len(body) <= MOST_BODY else b"")
    form = parse_qs(body[:MOST_BODY].decode("utf-8", "replace"))
    return next((form[name][0] for name in ("id", "deviceid") if name in form), None)


def _basic(encoded: str) -> str | None:
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text.partition(":")[2] or None


def _json_identifier(body: bytes) -> str | None:
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    found = value.get("device_id") or value.get("id") or value.get("deviceid")
    return found if isinstance(found, str) else None
