"""The errors that Sanxun raises on purpose; anything else is a bug and keeps its trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

MAX_SHOWN = 200  # characters of a wrong value that an error repeats


class SanxunError(Exception):
    """Something was wrong that the program foresaw.

    `reason` is a stable word for pages that say it in their reader's language, `values` what stands in that sentence.
    """

    code = "error"
    status = 500
    reason = ""
    values: Mapping[str, object] = {}

    @property
    def told(self) -> str:
        """What a stranger may read of it; the whole text is for the log."""
        return str(self)

    def because(self, reason: str, **values: object) -> Self:
        """The same error with its stable word."""
        self.reason, self.values = reason, values
        return self


class _Detailed(SanxunError):
    """An error whose `detail` (a driver's own words) is for the log only."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        self._message = message
        super().__init__(f"{message}: {detail}" if detail else message)

    @property
    def told(self) -> str:
        """Without the detail."""
        return self._message


class BadValue(SanxunError):
    """A value that came from outside is not acceptable; names the field, the value and what is allowed."""

    code = "bad_value"
    status = 400

    def __init__(self, *, field: str, value: object, allowed: str, line: int | None = None) -> None:
        self.field = field
        self.value = str(value)[:MAX_SHOWN]
        self.allowed = allowed
        self.line = line
        super().__init__(f"{field}: {self.value!r} is not allowed; allowed: {allowed}")


class NotSignedIn(SanxunError):
    """The caller did not show who they are, or the session or token is no longer good."""

    code = "not_signed_in"
    status = 401


class Forbidden(SanxunError):
    """The caller is known but may not do this, or not in this area."""

    code = "forbidden"
    status = 403


class NotFound(SanxunError):
    """What was asked for does not exist, or not in the caller's area."""

    code = "not_found"
    status = 404

    def __init__(self, *, kind: str, key: object) -> None:
        self.kind = kind
        self.key = str(key)[:MAX_SHOWN]
        super().__init__(f"no {kind} {self.key!r}")


class Conflict(_Detailed):
    """The request does not fit the present state; somebody else was first, or the name is taken."""

    code = "conflict"
    status = 409


class TooLarge(SanxunError):
    """The message is larger than its limit."""

    code = "too_large"
    status = 413


class TooMany(SanxunError):
    """The caller asks too often; try again after `retry_after_s`."""

    code = "too_many"
    status = 429

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class Unavailable(_Detailed):
    """The database is away or a queue is full: nothing was accepted; try again after `retry_after_s`."""

    code = "unavailable"
    status = 503

    def __init__(self, message: str, *, retry_after_s: int = 5, detail: str = "") -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message, detail=detail)


class WrongSetting(SanxunError):
    """A setting stops the start: names the key, the value and what is allowed."""

    code = "wrong_setting"

    def __init__(self, *, key: str, value: object, allowed: str) -> None:
        self.key = key
        self.value = str(value)[:MAX_SHOWN]
        self.allowed = allowed
        super().__init__(f"setting {key} = {self.value!r} is not allowed; allowed: {allowed}")


class DatabaseFailed(SanxunError):
    """The embedded database could not be started or an outside one not be reached; the message says why."""

    code = "database_failed"
