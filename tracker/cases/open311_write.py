"""Open311's two forms of one answer, XML and JSON, from plain lists and dicts; pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import orjson

from tracker.clock import LOCAL

TYPES = {"xml": "text/xml", "json": "application/json"}
# The name of one entry of a list, by the name of the list.
ENTRIES = {
    "services": "service", "service_requests": "request", "attributes": "attribute", "values": "value",
    "service_request_updates": "request_update", "endpoints": "endpoint", "formats": "format", "errors": "error",
}  # fmt: skip
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no way to say


def written(value: Any, form: str, root: str) -> bytes:
    """The answer in UTF-8; `root` names the XML document and, for a list, its entries by ENTRIES."""
    if form == "json":
        return orjson.dumps(value)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_element(root, value)}'.encode()


def moment(at: datetime | None) -> str | None:
    """W3C date and time in the county's zone, without fractions of a second."""
    return None if at is None else at.astimezone(LOCAL).replace(microsecond=0).isoformat()


def _element(name: str, value: Any) -> str:
    if value is None or value == "":
        return f"<{name}/>" if name not in ENTRIES else f"<{name}></{name}>"
    return f"<{name}>{_content(name, value)}</{name}>"


def _content(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return "".join(_element(key, one) for key, one in value.items())
    if isinstance(value, list):
        return "".join(_element(ENTRIES[name], one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(_FORBIDDEN.sub("", str(value)))
