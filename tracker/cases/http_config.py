"""The tables that pages are drawn from: states, transitions, stages, categories, channels, queues."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from tracker.cases.answers import STAGE_NAMES
from tracker.cases.book import Book, Books, Category, Channel, Template
from tracker.cases.queues import QUEUES
from tracker.cases.states import STATES, TRANSITIONS
from tracker.county.register import Register
from tracker.jsonio import answer
from tracker.people.model import CASE_VIEW
from tracker.routes import Route, RouteTable

LEVELS = [
    {"code": "normal", "zh": "一般督办", "en": "Normal"},
    {"code": "key", "zh": "重点督办", "en": "Key"},
    {"code": "listed", "zh": "挂牌督办", "en": "Listed"},
]


class CaseConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The tables as data."""

    states: list[dict[str, Any]]
    transitions: list[dict[str, Any]]
    stages: list[dict[str, Any]]
    categories: list[Category]
    channels: list[Channel]
    templates: list[Template]
    departments: list[dict[str, str]]
    queues: list[dict[str, Any]]
    levels: list[dict[str, str]]


class ConfigHttp:
    """One route."""

    def __init__(self, *, books: Books, register: Register) -> None:
        self._books = books
        self._register = register

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        about = "States, transitions, categories, channels"
        table = RouteTable("cases", permission=CASE_VIEW)
        return [table.get("/api/v1/cases/config", self.config, about, returns=CaseConfig)]

    async def config(self, _request: web.Request) -> web.StreamResponse:
        """The tables as data."""
        book = await self._books.get()
        departments = self._register.snapshot.departments.values()
        return answer(
            CaseConfig(
                states=_states(),
                transitions=_transitions(),
                stages=_stages(book),
                categories=list(book.categories.values()),
                channels=list(book.known_channels.values()),
                templates=list(book.templates),
                departments=[{"code": one.code, "name": one.name, "area": one.area_code} for one in departments],
                queues=[{"key": one.key, "zh": one.zh, "en": one.en, "states": one.states} for one in QUEUES],
                levels=LEVELS,
            )
        )


def _states() -> list[dict[str, Any]]:
    names = ("code", "zh", "en", "open", "open311", "stage")
    return [{name: getattr(one, name) for name in names} for one in STATES.values()]


def _transitions() -> list[dict[str, Any]]:
    return [
        {
            "no": one.no,
            "from": one.source,
            "to": one.target,
            "zh": one.zh,
            "en": one.en,
            "roles": sorted(one.doers),
            "needs": one.needs,
            "guards": one.guards,
        }
        for one in TRANSITIONS.values()
    ]


def _stages(book: Book) -> list[dict[str, Any]]:
    return [
        {"code": code, "zh": zh, "en": en, "limit": book.limits[code][0], "unit": book.limits[code][1]}
        for code, (zh, en) in STAGE_NAMES.items()
    ]
