"""What comes in: the bodies of reports, checked and joined with place and category into one new case; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from tracker.cases.attributes import Answers, checked_answers
from tracker.cases.book import Book
from tracker.cases.model import MOST_MEDIA, MOST_TEXT, MediaRef
from tracker.cases.worktime import DAY_MS
from tracker.clock import LOCAL, to_datetime
from tracker.errors import BadValue
from tracker.geo.area import Area

SHORTEST = 2  # characters of a description
MOST_NAME = 60
MOST_ADDRESS = 200
OLDEST_MS = 8 * DAY_MS  # a phone may have been without network for a week
YEAR_MS = 366 * DAY_MS
FUTURE_MS = 5 * 60_000
QUERY_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
QUERY_LENGTH = 10  # 49 bits: not to be guessed at the rate that is let through
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}[0-9]")
_REF = re.compile(r"[0-9A-Za-z_-]{8,80}")

GridAt = Callable[[int, int], str | None]


class ReporterBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who reported, as far as they say it."""

    name: str = ""
    phone: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a report says at every door."""

    description: str
    category: str | None = None
    lat: float | None = None
    lon: float | None = None
    area: str | None = None
    address: str = ""
    urgent: bool = False
    secret: bool = False
    complained_of: str | None = None
    reporter: ReporterBody = ReporterBody()
    media: list[MediaRef] = []
    attributes: Answers = {}
    at_ms: int | None = None


class Intake(Report, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/v1/cases and /api/v1/my/cases."""

    client_id: UUID
    channel: str
    public_text: str | None = None
    external_number: str = ""
    self_handled: bool = False


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was found good, with its place."""

    intake: Intake
    area_code: str
    lat_e7: int | None
    lon_e7: int | None
    reported_ms: int
    urgent: bool
    reporter: ReporterBody
    attributes: Answers = {}
    category_name: str = ""


def checked(
    intake: Intake,
    book: Book,
    grid_at: GridAt,
    now_ms: int,
    *,
    fallback_area: str | None = None,
    asks: bool = False,
    old: bool = False,
) -> NewCase:
    """The new case; raises BadValue with what is wrong.

    `fallback_area` is where it is when the point lies in no grid: the worker's own grid, the village of a QR code.
    `asks`: the door shows the category's questions, so that those which are required must be answered.
    `old`: a report of another system may be from long ago.
    """
    book.channel(intake.channel)
    category = book.category(intake.category) if intake.category else None
    _check_text("description", intake.description, SHORTEST, MOST_TEXT)
    _check_text("address", intake.address, 0, MOST_ADDRESS)
    _check_text("public_text", intake.public_text or "", 0, MOST_TEXT)
    _check_text("external_number", intake.external_number, 0, MOST_NAME)
    check_media(intake.media)
    lat_e7, lon_e7 = _point(intake.lat, intake.lon)
    return NewCase(
        intake=intake,
        area_code=_area(intake, lat_e7, lon_e7, grid_at, fallback_area),
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        reported_ms=_instant(intake.at_ms, now_ms, YEAR_MS if old else OLDEST_MS),
        urgent=intake.urgent or bool(category and category.urgent),
        reporter=checked_reporter(intake.reporter),
        category_name=category.name if category else "",
        attributes=checked_answers(category.attributes if category else (), intake.attributes, asks=asks),
    )


def checked_reporter(body: ReporterBody) -> ReporterBody:
    """Name and phone without needless signs; raises BadValue."""
    name, phone = body.name.strip(), body.phone.strip()
    _check_text("name", name, 0, MOST_NAME)
    if phone and not _PHONE.fullmatch(phone):
        raise BadValue(field="phone", value="(not shown)", allowed="a phone number, or nothing")
    return ReporterBody(name=name, phone=re.sub(r"[ -]", "", phone))


def check_media(media: list[MediaRef]) -> None:
    """Raise BadValue for what cannot be photos of the media room."""
    if len(media) > MOST_MEDIA:
        raise BadValue(field="media", value=len(media), allowed=f"at most {MOST_MEDIA}")
    for one in media:
        if not _REF.fullmatch(one.ref):
            raise BadValue(field="media.ref", value=one.ref, allowed="the id of a stored photo")


def number_of(case_id: int, reported_ms: int) -> str:
    """The number that people read: the local day and six digits; unique up to a million cases a day."""
    day: datetime = to_datetime(reported_ms).astimezone(LOCAL)
    return f"{day:%Y%m%d}{case_id % 1_000_000:06d}"


def query_code(drawn: bytes) -> str:
    """The code by which a reporter finds the case again, from bytes that nobody else can draw."""
    number, letters = int.from_bytes(drawn), ""
    for _ in range(QUERY_LENGTH):
        number, place = divmod(number, len(QUERY_ALPHABET))
        letters += QUERY_ALPHABET[place]
    return letters


def query_key(code: str) -> str:
    """What is stored of a query code: its digest, so that the table opens nothing."""
    return sha256(code.strip().upper().encode()).hexdigest()


def _check_text(field: str, value: str, least: int, most: int) -> None:
    if not least <= len(value.strip()) <= most or "\x00" in value:
        raise BadValue(field=field, value=value, allowed=f"a text of {least}..{most} characters")


def _point(lat: float | None, lon: float | None) -> tuple[int | None, int | None]:
    if lat is None and lon is None:
        return None, None
    for field, value, most in (("lat", lat, 90), ("lon", lon, 180)):
        if value is None or not -most <= value <= most:
            raise BadValue(field=field, value=value, allowed=f"-{most}..{most} degrees, both lat and lon")
    return round((lat or 0) * 1e7), round((lon or 0) * 1e7)


def _area(intake: Intake, lat_e7: int | None, lon_e7: int | None, grid_at: GridAt, fallback: str | None) -> str:
    found = grid_at(lat_e7, lon_e7) if lat_e7 is not None and lon_e7 is not None else None
    chosen = found or intake.area or fallback
    if chosen is None:
        raise BadValue(field="lat", value=intake.lat, allowed="a point inside the county, or an area")
    return Area.parse(chosen).code


def _instant(at_ms: int | None, now_ms: int, oldest_ms: int) -> int:
    if at_ms is None:
        return now_ms
    if not now_ms - oldest_ms <= at_ms <= now_ms + FUTURE_MS:
        raise BadValue(field="at_ms", value=at_ms, allowed=f"an instant of the last {oldest_ms // DAY_MS} days")
    return min(at_ms, now_ms)
