"""Numbers and texts from the path and the query of a request, with errors that name them."""

from __future__ import annotations

from aiohttp import web

from tracker.errors import BadValue, NotFound

_MOST_ID = (1 << 31) - 1  # ids are PostgreSQL integers


def path_id(request: web.Request, kind: str) -> int:
    """The `{id}` of the path; raises NotFound (of this kind) for what cannot be one."""
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= _MOST_ID):
        raise NotFound(kind=kind, key=text)
    return int(text)


def storable(text: str, most: int) -> str:
    """The text trimmed to `most` characters and without NUL, which PostgreSQL cannot store."""
    return text.replace("\x00", "").strip()[:most]


def query_text(request: web.Request, name: str) -> str | None:
    """A text of the query, or None where it is absent or empty."""
    return storable(request.query.get(name, ""), 200) or None


def query_int(request: web.Request, name: str, *, default: int, least: int, most: int) -> int:
    """A whole number of the query; raises BadValue outside least..most."""
    text = request.query.get(name, "")
    if not text:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and least <= int(text) <= most):
        raise BadValue(field=name, value=text, allowed=f"{least}..{most}")
    return int(text)
