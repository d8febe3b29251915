"""Bodies of what a county sets up, checked: categories, channels, templates, limits, working hours; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from tracker.cases.attributes import Attribute, checked_questions
from tracker.cases.worktime import Unit, read_plan
from tracker.errors import BadValue

MOST_NAME = 60
MOST_WORDS = 40  # keywords of a category
MOST_RULE = 500
MOST_BODY = 2000
MOST_LIMIT = 10_000
CATEGORY = re.compile(r"[0-9]{4}")
CHANNEL = re.compile(r"[a-z][a-z0-9_]{1,29}")
_ICON = re.compile(r"[a-z][a-z0-9-]{1,39}")


class CategoryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A small class: all of it, whether it is new or changed."""

    group: str
    name: str
    icon: str
    line: str
    department_name: str
    limit: int
    unit: Unit
    name_en: str = ""
    department_code: str | None = None
    urgent: bool = False
    needs_check: bool = True
    in_public: bool = True
    filing_rule: str = ""
    closing_rule: str = ""
    keywords: list[str] = []
    attributes: list[Attribute] = []
    sort: int = 0
    enabled: bool = True

    def checked(self) -> CategoryBody:
        """Itself; raises BadValue."""
        for field, most in (("group", 30), ("name", 30), ("line", 30), ("department_name", MOST_NAME)):
            _text(field, getattr(self, field), 1, most)
        for field, most in (("name_en", MOST_NAME), ("filing_rule", MOST_RULE), ("closing_rule", MOST_RULE)):
            _text(field, getattr(self, field), 0, most)
        _limit(self.limit)
        if not _ICON.fullmatch(self.icon):
            raise BadValue(field="icon", value=self.icon, allowed="the name of an icon: small letters, digits, -")
        if len(self.keywords) > MOST_WORDS:
            raise BadValue(field="keywords", value=len(self.keywords), allowed=f"at most {MOST_WORDS}")
        for word in self.keywords:
            _text("keywords", word, 1, 30)
        checked_questions(self.attributes)
        return self

    def values(self) -> Sequence[Any]:
        """In the order of the statement."""
        return (
            self.group, self.name, self.name_en, self.icon, self.line, self.department_code, self.department_name,
            self.limit, self.unit.value, self.urgent, self.needs_check, self.in_public, self.filing_rule,
            self.closing_rule, self.keywords, msgspec.to_builtins(self.attributes), self.sort, self.enabled,
        )  # fmt: skip


class ChannelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way in."""

    name: str
    kind: Literal["worker", "code", "phone", "web", "paper", "system"]
    name_en: str = ""
    verify: bool = False
    sort: int = 0
    enabled: bool = True

    def checked(self) -> ChannelBody:
        """Itself; raises BadValue."""
        _text("name", self.name, 1, 30)
        _text("name_en", self.name_en, 0, MOST_NAME)
        return self

    def values(self) -> Sequence[Any]:
        """In the order of the statement."""
        return (self.name, self.name_en, self.kind, self.verify, self.sort, self.enabled)


class TemplateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text to begin with."""

    kind: Literal["reply", "reject", "return", "extend", "suspend", "note"]
    title: str
    body: str
    sort: int = 0

    def checked(self) -> TemplateBody:
        """Itself; raises BadValue."""
        _text("title", self.title, 1, MOST_NAME)
        _text("body", self.body, 1, MOST_BODY)
        return self

    def values(self) -> Sequence[Any]:
        """In the order of the statement."""
        return (self.kind, self.title, self.body, self.sort)


class LimitBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a stage may take."""

    limit: int
    unit: Unit

    def checked(self) -> LimitBody:
        """Itself; raises BadValue."""
        _limit(self.limit)
        return self


class PlanBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Working hours from a day on: weekdays 1 (Monday) .. 7, hours as [["08:30", "12:00"], …]."""

    from_day: date = msgspec.field(name="from")
    weekdays: list[int]
    hours: list[tuple[str, str]]

    def row(self) -> dict[str, Any]:
        """As it is stored; raises BadValue."""
        row = {
            "from": self.from_day.isoformat(),
            "weekdays": sorted(set(self.weekdays)),
            "hours": [list(one) for one in self.hours],
        }
        read_plan(row)
        return row


def checked_code(text: str, pattern: re.Pattern[str], allowed: str) -> str:
    """The code of a category or channel; raises BadValue."""
    if not pattern.fullmatch(text):
        raise BadValue(field="code", value=text, allowed=allowed)
    return text


def _text(field: str, value: str, least: int, most: int) -> None:
    is_plain = all(sign.isprintable() or sign == "\n" for sign in value)
    if not least <= len(value.strip()) <= most or not is_plain:
        raise BadValue(field=field, value=value, allowed=f"a text of {least}..{most} printable characters")


def _limit(value: int) -> None:
    if not 1 <= value <= MOST_LIMIT:
        raise BadValue(field="limit", value=value, allowed=f"1..{MOST_LIMIT} units")
