"""What a county configures of its cases: categories, channels, limits, working calendar, templates, at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from tracker.cases.attributes import Attribute
from tracker.cases.states import Stage
from tracker.cases.worktime import Unit, WorkCalendar, read_plan
from tracker.clock import NowMs
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import BadValue

_SQL = Queries.beside(__file__, "book.sql")
FRESH_MS = 15_000  # how soon another process's edit holds here


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """One small class (小类) of cases, with its handling limit and who is responsible."""

    code: str
    group: str
    name: str
    name_en: str
    icon: str
    line: str
    department_name: str
    limit: int
    unit: Unit
    urgent: bool
    needs_check: bool
    in_public: bool
    keywords: list[str] = []
    attributes: list[Attribute] = []
    department_code: str | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One way that reports come in."""

    code: str
    name: str
    name_en: str
    kind: str
    verify: bool
    enabled: bool


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A text to begin with."""

    id: int
    kind: str
    title: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Book:
    """Everything at one moment."""

    categories: Mapping[str, Category]  # in use
    known: Mapping[str, Category]  # retired ones too: cases keep theirs
    channels: Mapping[str, Channel]  # in use
    known_channels: Mapping[str, Channel]  # retired ones too: cases keep theirs
    limits: Mapping[Stage, tuple[int, Unit]]
    calendar: WorkCalendar
    templates: Sequence[Template] = field(default_factory=tuple)

    def category(self, code: str | None, field: str = "category") -> Category:
        """The category; raises BadValue where there is none of this code."""
        found = self.categories.get(code or "")
        if found is None:
            raise BadValue(field=field, value=code, allowed="the code of a category in use")
        return found

    def channel(self, code: str) -> Channel:
        """The channel; raises BadValue where there is none of this code."""
        found = self.channels.get(code)
        if found is None:
            raise BadValue(field="channel", value=code, allowed=", ".join(self.channels))
        return found


class Books:
    """Gives the present book and reads it anew when it is older than a few seconds."""

    def __init__(self, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms
        self._book: Book | None = None
        self._read_ms = 0

    async def get(self) -> Book:
        """The book; raises Unavailable when it has never been read and the database is away."""
        if self._book is None or self._now_ms() - self._read_ms > FRESH_MS:
            self._book, self._read_ms = await _read(self._database), self._now_ms()
        return self._book

    def forget(self) -> None:
        """Read it anew at the next question: it was just edited here."""
        self._book = None


async def _read(database: Database) -> Book:
    async with database.connection() as connection:
        categories = await connection.fetch(_SQL.read_categories)
        channels = await connection.fetch(_SQL.read_channels)
        limits = await connection.fetch(_SQL.read_limits)
        plans = await connection.fetchval(_SQL.read_plans)
        days = await connection.fetch(_SQL.read_days)
        templates = await connection.fetch(_SQL.read_templates)
    return Book(
        categories={row["code"]: _struct(Category, row) for row in categories if row["enabled"]},
        known={row["code"]: _struct(Category, row) for row in categories},
        channels={row["code"]: _struct(Channel, row) for row in channels if row["enabled"]},
        known_channels={row["code"]: _struct(Channel, row) for row in channels},
        limits={Stage(row["stage"]): (row["limit_value"], Unit(row["limit_unit"])) for row in limits},
        calendar=_calendar(plans, {row["day"]: row["kind"] == "work" for row in days}),
        templates=[_struct(Template, row) for row in templates],
    )


def _calendar(plans: list[dict[str, object]], special: Mapping[date, bool]) -> WorkCalendar:
    read = sorted((read_plan(row) for row in plans), key=lambda plan: plan.begins)
    return WorkCalendar(plans=tuple(read), special=special)


def _struct(kind: type[Any], row: Any) -> Any:
    return msgspec.convert(dict(row), kind)
