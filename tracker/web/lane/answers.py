"""Whole HTTP answers as bytes, exactly as the framework writes them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from aiohttp import hdrs
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import SERVER_SOFTWARE

from tracker.errors import SanxunError, Unavailable
from tracker.web.failures import failure

MOST_REFUSALS = 16  # different words of refusal kept

_CLOSE = b"Connection: close\r\n"


class Answers:
    """`fields` are the headers that every answer of the application carries (application.py)."""

    def __init__(self, fields: Mapping[str, str], content_type: str) -> None:
        self._fields = b"".join(_line(name, value) for name, value in fields.items())
        type_line = _line(hdrs.CONTENT_TYPE, content_type)
        self._good = b"HTTP/1.1 200 OK\r\n" + type_line + self._fields + b"Content-Length: "
        self._refusals: dict[tuple[str, int, bool], tuple[bytes, bytes]] = {}
        self._second = 0
        self._date = b""

    def good(self, body: bytes, *, close: bool = False) -> bytes:
        """The answer to an upload that is stored."""
        return b"%b%d%b%b\r\n%b" % (self._good, len(body), self._dated(), _CLOSE if close else b"", body)

    def failed(self, error: SanxunError, *, close: bool = False) -> bytes:
        """The answer to an upload that is refused; a flood is refused in the same words again and again."""
        if not isinstance(error, Unavailable):
            before, after = self._refusal(error, close=close)
            return before + self._dated() + after
        key = (str(error), error.retry_after_s, close)
        if key not in self._refusals:
            if len(self._refusals) >= MOST_REFUSALS:
                self._refusals.clear()
            self._refusals[key] = self._refusal(error, close=close)
        before, after = self._refusals[key]
        return before + self._dated() + after

    def _refusal(self, error: SanxunError, *, close: bool) -> tuple[bytes, bytes]:
        """What stands before and behind the date."""
        response = failure(error)
        assert isinstance(response.body, bytes)  # noqa: S101  # failure() encodes JSON
        lines = b"".join(_line(name, value) for name, value in response.headers.items() if name != hdrs.CONTENT_LENGTH)
        status = f"HTTP/1.1 {response.status} {response.reason}\r\n".encode()
        length = b"Content-Length: %d" % len(response.body)
        end = _CLOSE if close else b""
        return b"".join((status, lines, self._fields, length)), b"%b\r\n%b" % (end, response.body)

    def _dated(self) -> bytes:
        """The lines between the length and the body; made anew once a second."""
        now_s = int(time.time())
        if now_s != self._second:
            self._second = now_s
            date, server = _line(hdrs.DATE, rfc822_formatted_time()), _line(hdrs.SERVER, SERVER_SOFTWARE)
            self._date = b"\r\n" + date + server
        return self._date


def _line(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()
