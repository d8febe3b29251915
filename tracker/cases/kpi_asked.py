"""What a request for KPIs asks: a period of whole local days, a place, maybe a department or a channel of it."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from tracker.cases.model import Actor
from tracker.cases.states import Doer
from tracker.cases.stats_behind import Asked
from tracker.cases.stats_read import Period, scope_of
from tracker.clock import DAY_MS, local_day
from tracker.errors import BadValue
from tracker.geo.area import Area
from tracker.people.model import ACCOUNT_KEY, Account
from tracker.people.params import query_int, query_text
from tracker.routes import AREA_PARAM, Param

LONGEST_MS = 3 * 366 * DAY_MS
_LATEST_MS = 4_102_444_800_000  # the year 2100
PERIOD_PARAMS = (
    Param(name="from", about="Unix ms; its whole local day is counted", type="integer", required=True),
    Param(name="to", about="Unix ms, exclusive", type="integer", required=True),
)
SCOPE_PARAMS = (
    AREA_PARAM,
    Param(name="department", about="code; for the county or a township"),
    Param(name="channel", about="code; not together with a department"),
)


def period_of(request: web.Request) -> Period:
    """The whole local days that `from` and `to` touch; raises BadValue."""
    from_ms, to_ms = _instant(request, "from"), _instant(request, "to")
    if not from_ms < to_ms <= from_ms + LONGEST_MS:
        raise BadValue(field="to", value=to_ms, allowed="after `from`, at most three years")
    return Period(first=local_day(from_ms), end=local_day(to_ms - 1) + timedelta(days=1))


def _instant(request: web.Request, name: str) -> int:
    if not request.query.get(name):
        raise BadValue(field=name, value="", allowed=f"Unix ms; {name} is missing")
    return query_int(request, name, default=0, least=0, most=_LATEST_MS)


def own_area(request: web.Request) -> Area:
    """The place that is asked for, or else the account's own; raises Forbidden or BadValue."""
    account: Account = request[ACCOUNT_KEY]
    return account.area_or_own(request.query.get("area"))


def asked_of(request: web.Request) -> Asked:
    """Whose figures are asked for."""
    area, department, channel = own_area(request), query_text(request, "department"), query_text(request, "channel")
    scope = scope_of(area, department, channel)
    return Asked(scope=scope, prefix=area.prefix, department=department, channel=channel)


def actor_of(account: Account) -> Actor:
    """Who reads."""
    doer = Doer(account.role.value)
    return Actor(doer=doer, area=account.area.code, account_id=account.id, department=account.department)
