"""What the patrol's routes share: who asks, about which area, day and round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from aiohttp import web

from tracker import clock
from tracker.errors import BadValue
from tracker.geo.area import Area
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.model import MAX_ROUNDS, RoundWindow
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, Account
from tracker.people.params import query_int, query_text
from tracker.people.peer import Peers
from tracker.routes import Handler, Param, Permission, Route

AREA = Param(name="area", about="division or grid code; your own area where absent")
DAY = Param(name="day", about="YYYY-MM-DD; today where absent")
ROUND = Param(name="round", about="ordinal of the round; the present or last one where absent", type="integer")
CURSOR = Param(name="cursor", about="`next` of the page before")
ID = Param(name="id", about="id", where="path", type="integer", required=True)
BIG_ID = (1 << 53) - 1  # ids below this are exact in JavaScript, too


def route(method: str, path: str, handler: Handler, summary: str, permission: Permission, **more: Any) -> Route:
    """A route of the patrol room for people."""
    return Route(
        method=method, path=f"/api/v1/patrol{path}", handler=handler, summary=summary, room="patrol",
        permission=permission, **more,
    )  # fmt: skip


def asked(request: web.Request) -> tuple[Account, Area]:
    """Who asks, and about which area of theirs; raises BadValue, Forbidden."""
    account = request[ACCOUNT_KEY]
    return account, account.area_or_own(query_text(request, "area"))


def day_of(request: web.Request, name: str, default: date | None = None) -> date:
    """A date of the query; raises BadValue where it is none, or absent without a default."""
    text = query_text(request, name)
    if text is None and default is not None:
        return default
    return parse_day(name, text or "")


def parse_day(name: str, text: str) -> date:
    """A date as YYYY-MM-DD, in years that a calendar of the county can have; raises BadValue."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  # a date has no zone
    except ValueError:
        day = date.min
    if not 2020 <= day.year <= 2100 or len(text) != 10:
        raise BadValue(field=name, value=text, allowed="YYYY-MM-DD from 2020 to 2100")
    return day


def asked_round(request: web.Request, engine: PatrolEngine, code: str) -> tuple[date, RoundWindow | None]:
    """The day and round asked for: today's present one by default, the last one of another day."""
    day = day_of(request, "day", engine.day)
    windows = engine.windows_of(code, day)
    wanted = query_int(request, "round", default=0, least=1, most=MAX_ROUNDS)
    if wanted:
        chosen = [window for window in windows if window.ordinal == wanted]
        if not chosen:
            raise BadValue(field="round", value=wanted, allowed=f"a round of {day}: {_ordinals(windows)}")
        return day, chosen[0]
    if day == engine.day:
        return day, engine.present(code) or (windows[-1] if windows else None)
    return day, windows[-1] if windows else None


def window_at(windows: Sequence[RoundWindow], time_ms: int) -> RoundWindow | None:
    """The round that was open at an instant, else the last before it, else the first."""
    begun = [window for window in windows if window.starts_ms <= time_ms]
    return begun[-1] if begun else (windows[0] if windows else None)


def present_rounds(engine: PatrolEngine, codes: Iterable[str]) -> dict[str, RoundWindow]:
    """The present round of each grid; those under one plan share the answer, so a county takes milliseconds."""
    by_plan: dict[int, RoundWindow | None] = {}
    found: dict[str, RoundWindow] = {}
    for code in codes:
        plan = engine.plan_of(code, engine.day)
        key = plan.id if plan else 0
        if key not in by_plan:
            by_plan[key] = engine.present(code)
        if window := by_plan[key]:
            found[code] = window
    return found


class Scribe:
    """Writes audit lines for requests."""

    def __init__(self, audit: Audit, peers: Peers) -> None:
        self._audit = audit
        self._peers = peers

    async def note(self, request: web.Request, action: str, *, subject: str, area_code: str, **detail: object) -> None:
        """One line of the request's account; dates become text."""
        shown = {name: str(value) if isinstance(value, date) else value for name, value in detail.items()}
        await self._audit.write(
            action,
            subject=subject,
            area_code=area_code,
            account_id=request[ACCOUNT_KEY].id,
            detail=shown,
            address=self._peers.address(request),
        )

    def address(self, request: web.Request) -> str:
        """Where the request came from."""
        return self._peers.address(request)


def cursor_of(request: web.Request, default: int) -> int:
    """The cursor as a number; raises BadValue."""
    return query_int(request, "cursor", default=default, least=0, most=BIG_ID)


def is_yes(request: web.Request, name: str) -> bool:
    """Whether a switch of the query is set: 1 or true; raises BadValue for anything but a switch."""
    text = query_text(request, name) or "0"
    if text not in {"0", "1", "true", "false"}:
        raise BadValue(field=name, value=text, allowed="1, 0, true, false")
    return text in {"1", "true"}


def today(now_ms: int) -> date:
    """The county's day."""
    return clock.local_day(now_ms)


def _ordinals(windows: Sequence[RoundWindow]) -> str:
    return ", ".join(str(window.ordinal) for window in windows) or "there is none"
