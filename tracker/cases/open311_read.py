"""What Open311 clients ask and send, checked: lists, dates, the form of a new request; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tracker.cases.attributes import Answers
from tracker.cases.model import MOST_TEXT
from tracker.clock import LOCAL
from tracker.errors import BadValue

SPAN = timedelta(days=90)  # the longest period that one question covers
MOST = 1000  # requests in one answer
MOST_NUMBERS = 200
STATUSES = ("open", "closed")
_ATTRIBUTE = re.compile(r"attribute\[(?P<code>[^\[\]]{1,40})\](\[\])?")
_MEDIA = re.compile(r"https?://[^\s<>\"]{3,480}")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question for requests; `numbers` overrides everything else."""

    numbers: list[str] | None
    starts: datetime
    ends: datetime
    services: list[str] | None
    statuses: list[str] | None
    page: int
    page_size: int


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A new request as its form says it."""

    service_code: str
    lat: float | None
    lon: float | None
    address: str
    description: str
    name: str
    phone: str
    client_id: UUID
    attributes: Answers


UPDATE_STATUSES = (  # of an update, as FixMyStreet and its kin name them
    "OPEN", "INVESTIGATING", "ACTION_SCHEDULED", "IN_PROGRESS", "INTERNAL_REFERRAL", "NOT_COUNCILS_RESPONSIBILITY",
    "NO_FURTHER_ACTION", "DUPLICATE", "FIXED", "REOPEN", "CLOSED",
)  # fmt: skip


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """What a client adds to a request; `status` is what its user says of it, "" for nothing."""

    number: str
    update_id: str
    description: str
    status: str


def asked(query: Mapping[str, str], now: datetime) -> Asked:
    """The question; an empty parameter is an absent one; raises BadValue."""
    starts, ends = _period(query, now)
    return Asked(
        numbers=_listed(query, "service_request_id"),
        starts=starts,
        ends=ends,
        services=_listed(query, "service_code"),
        statuses=_statuses(query),
        page=_whole(query, "page", 1, 100_000),
        page_size=_whole(query, "page_size", MOST, MOST),
    )


def sent(form: Mapping[str, str], key: str, day: str, attributes: Answers) -> Sent:
    """The new request; raises BadValue.

    Open311 has no id of the client's own, and clients try again: the same form with the same key on the same day is the
    same request.
    """
    service = _needed(form, "service_code")
    lat, lon = _degrees(form, "lat", 90), _degrees(form, "long", 180)
    address = (form.get("address_string", "") or form.get("address_id", "")).strip()[:200]
    if (lat is None) != (lon is None):
        raise BadValue(field="lat", value=form.get("lat", ""), allowed="lat and long together")
    if lat is None and not address:
        raise BadValue(field="lat", value="", allowed="lat and long, or address_string, or address_id")
    description = _description(form)
    names = [form.get(one, "").strip() for one in ("last_name", "first_name")]
    plain = [f"{name}={form[name]}" for name in sorted(form) if name != "api_key"]
    same = "\n".join([key, day, *plain, *(f"{code}={values}" for code, values in sorted(attributes.items()))])
    digest = hashlib.sha256(same.encode("utf-8", "replace")).digest()
    return Sent(
        service_code=service, lat=lat, lon=lon, address=address, description=description,
        name=" ".join(filter(None, names))[:60], phone=form.get("phone", "").strip()[:30],
        client_id=UUID(bytes=digest[:16], version=4), attributes=attributes,
    )  # fmt: skip


def added(form: Mapping[str, str]) -> Update:
    """An update of a request; raises BadValue."""
    description = _needed(form, "description")
    if len(description) > MOST_TEXT:
        raise BadValue(field="description", value=len(description), allowed=f"at most {MOST_TEXT} characters")
    _date(form, "updated_datetime")
    number, update_id = _needed(form, "service_request_id")[:40], _needed(form, "update_id")[:100]
    status = form.get("status", "").strip().upper()
    if status and status not in UPDATE_STATUSES:
        raise BadValue(field="status", value=form["status"], allowed=", ".join(UPDATE_STATUSES))
    return Update(number=number, update_id=update_id, description=description, status=status)


def answers_of(pairs: Iterable[tuple[str, object]]) -> Answers:
    """What stands under `attribute[code]` and `attribute[code][]`."""
    found: Answers = {}
    for name, value in pairs:
        match = _ATTRIBUTE.fullmatch(name)
        if match and isinstance(value, str):
            found.setdefault(match["code"], []).append(value)
    return found


def span(query: Mapping[str, str], now: datetime, default: timedelta) -> tuple[datetime, datetime]:
    """The period that is asked for; without dates the last `default`; raises BadValue."""
    if not query.get("start_date", "").strip() and not query.get("end_date", "").strip():
        return now - default, now
    return _period(query, now)


def _description(form: Mapping[str, str]) -> str:
    text = form.get("description", "").strip()
    if len(text) > MOST_TEXT:
        raise BadValue(field="description", value=len(text), allowed=f"at most {MOST_TEXT} characters")
    media = form.get("media_url", "").strip()
    # The picture stays where it is: a server that fetches any address it is told can be turned against its neighbours.
    if _MEDIA.fullmatch(media) and len(text) + len(media) + 5 <= MOST_TEXT:
        text = f"{text}\n照片：{media}".strip()
    return text


def _period(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    starts, ends = _date(query, "start_date"), _date(query, "end_date")
    if ends is None:
        ends = now if starts is None else min(now, starts + SPAN)
    if starts is None:
        starts = ends - SPAN
    if ends - starts > SPAN:
        raise BadValue(field="end_date", value=ends.isoformat(), allowed="at most 90 days after start_date")
    return starts, ends


def _date(query: Mapping[str, str], name: str) -> datetime | None:
    # A plus sign that a client forgot to encode arrives as a space.
    text = re.sub(r" (?=\d\d:?\d\d$)", "+", query.get(name, "").strip())
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=LOCAL)).astimezone(LOCAL)
    except (ValueError, OverflowError):
        raise BadValue(field=name, value=text, allowed="a time such as 2026-11-24T08:00:00+08:00") from None


def _listed(query: Mapping[str, str], name: str) -> list[str] | None:
    found = [one.strip() for one in query.get(name, "").replace("\x00", "").split(",") if one.strip()]
    if len(found) > MOST_NUMBERS:
        raise BadValue(field=name, value=len(found), allowed=f"at most {MOST_NUMBERS}")
    return found or None


def _statuses(query: Mapping[str, str]) -> list[str] | None:
    found = _listed(query, "status")
    wrong = [one for one in found or [] if one not in STATUSES]
    if wrong:
        raise BadValue(field="status", value=wrong[0], allowed=" or ".join(STATUSES))
    return found


def _whole(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise BadValue(field=name, value=text, allowed=f"1..{most}")
    return int(text)


def _needed(form: Mapping[str, str], name: str) -> str:
    text = form.get(name, "").replace("\x00", "").strip()
    if not text:
        raise BadValue(field=name, value="", allowed="a value: it is needed")
    return text


def _degrees(form: Mapping[str, str], name: str, most: int) -> float | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise BadValue(field=name, value=text, allowed=f"-{most}..{most} degrees (WGS-84)")
    return value
