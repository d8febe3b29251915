"""The one shape of request head that the fast lane takes; whatever is not exactly this is somebody else's."""

from __future__ import annotations

import re
from typing import NamedTuple

START = b"POST /api/v1/pings HTTP/1.1\r\n"
END = b"\r\n\r\n"
MOST_HEAD = 4096  # bytes; the framework's own limits are far above
MOST_HEADERS = 64
MOST_BODY = 64 * 1024  # bytes: more than 1,000 fixes in the compact form; larger ones are read and limited elsewhere

# Printable ASCII, one space after the colon, no folded lines: nothing about which two parsers could disagree.
_PLAIN = re.compile(re.escape(START) + rb"(?:[A-Za-z0-9-]++: [\x20-\x7e]*+\r\n)++\r\n")
_NAME = re.compile(rb"\n([a-z0-9-]++):")
_LENGTH = re.compile(rb"\r\ncontent-length: ([1-9][0-9]{0,4})\r\n")
_HOST = re.compile(rb"\r\nhost: (?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\r\n")
_BEARER = re.compile(rb"\r\nauthorization: bearer ([a-z0-9_-]{20,64})\r\n")
_KEEP_ALIVE = b"\r\nconnection: keep-alive\r\n"
# Headers that change how the body is read or how the connection goes on.
_TELLING = frozenset(
    (b"transfer-encoding", b"content-encoding", b"expect", b"upgrade", b"proxy-connection", b"trailer", b"te")
)


class Head(NamedTuple):
    """A plain head in two parts: the next one on its connection differs from it in the length only."""

    before: bytes  # up to the digits of Content-Length
    after: bytes  # behind them, with the empty line
    token: bytes
    length: int  # of the body in bytes, 1 to MOST_BODY


def read_head(data: bytes) -> Head | None:
    """The plain head at the start of `data`, or None where it is not whole or not plain."""
    end = data.find(END, 0, MOST_HEAD)
    if end < 0 or not data.startswith(START):
        return None
    return _read(data[: end + len(END)])


def may_become_plain(data: bytes) -> bool:
    """Whether more bytes could still make `data`, in which no head ends yet, the start of a plain request."""
    return len(data) < MOST_HEAD and END not in data and data[: len(START)] == START[: len(data)]


def _read(head: bytes) -> Head | None:
    if _PLAIN.fullmatch(head) is None:
        return None
    lower = head.lower()
    if not _is_untelling(lower):
        return None
    length, bearer = _LENGTH.search(lower), _BEARER.search(lower)
    if length is None or bearer is None or int(length[1]) > MOST_BODY:
        return None
    start, end = length.span(1)
    token = head[bearer.start(1) : bearer.end(1)]
    return Head(before=head[:start], after=head[end:], token=token, length=int(length[1]))


def _is_untelling(lower: bytes) -> bool:
    """Whether no header stands twice, and none says more than where to, who sends and how many bytes."""
    names = _NAME.findall(lower)
    known = set(names)
    if len(names) != len(known) or len(names) > MOST_HEADERS or not _TELLING.isdisjoint(known):
        return False
    if b"connection" in known and _KEEP_ALIVE not in lower:
        return False
    return _HOST.search(lower) is not None
