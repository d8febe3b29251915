"""Routes by which the county's administrator sets up cases: categories, channels, texts, limits, working hours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec
from aiohttp import web

from tracker.cases.answers import STAGE_NAMES
from tracker.cases.book import Books
from tracker.cases.county_admin import CountyAdmin
from tracker.cases.settings_bodies import (
    CATEGORY,
    CHANNEL,
    CategoryBody,
    ChannelBody,
    LimitBody,
    PlanBody,
    TemplateBody,
    checked_code,
)
from tracker.cases.settings_rows import SettingChange, SettingsRows
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode
from tracker.people.model import CASE_ADMIN, Account
from tracker.people.params import path_id, query_int, query_text
from tracker.routes import PAGE_PARAMS, Param, Route, RouteTable, path_param

MOST_ID = (1 << 63) - 1
KEPT_CHANNELS = ("grid", "code", "transfer")  # phones, QR codes and Open311 file under these
PATH = "/api/v1/case-settings"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is set up, what was retired included."""

    categories: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    templates: list[dict[str, Any]]
    limits: list[dict[str, Any]]
    plans: list[dict[str, Any]]


class MadeTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """The id of a new text."""

    id: int


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; `next` is the cursor of the following page, or None."""

    changes: list[SettingChange]
    next: str | None


class SettingsHttp:
    """The routes below /api/v1/case-settings."""

    def __init__(
        self, *, database: Database, rows: SettingsRows, books: Books, register: Register, admin: CountyAdmin
    ) -> None:
        self._database = database
        self._rows = rows
        self._books = books
        self._register = register
        self._admin = admin

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table = RouteTable("cases", permission=CASE_ADMIN)
        code, number = (path_param("code", "code"),), (path_param("id", "its id", "integer"),)
        stage, day = (path_param("stage", "a stage of cases/config"),), (path_param("day", "YYYY-MM-DD"),)
        asked = (
            Param(name="kind", about="category, channel, template, limit, plan"),
            Param(name="key", about="code, id, stage or day"),
            *PAGE_PARAMS,
        )
        category, channel = f"{PATH}/categories/{{code}}", f"{PATH}/channels/{{code}}"
        template, limit = f"{PATH}/templates/{{id}}", f"{PATH}/limits/{{stage}}"
        of_code = RouteTable("cases", permission=CASE_ADMIN, params=code, status=204)
        of_text = RouteTable("cases", permission=CASE_ADMIN, params=number, status=204)
        return [
            table.get(PATH, self.all, "Everything that is set up for cases", returns=Settings),
            table.get(f"{PATH}/history", self.history, "What was changed when", params=asked, returns=HistoryPage),
            of_code.put(category, self.put_category, "Make or change a category", body=CategoryBody),
            of_code.delete(category, self.retire_category, "Retire a category"),
            of_code.put(channel, self.put_channel, "Make or change a channel", body=ChannelBody),
            of_code.delete(channel, self.retire_channel, "Retire a channel"),
            table.post(
                f"{PATH}/templates",
                self.add_template,
                "A new text",
                body=TemplateBody,
                returns=MadeTemplate,
                status=201,
            ),
            of_text.put(template, self.put_template, "Change a text", body=TemplateBody),
            of_text.delete(template, self.retire_template, "Retire a text"),
            table.put(
                limit, self.put_limit, "The limit of a stage from now on", params=stage, body=LimitBody, status=204
            ),
            table.post(f"{PATH}/plans", self.put_plan, "Working hours from a day on", body=PlanBody, status=204),
            table.delete(f"{PATH}/plans/{{day}}", self.drop_plan, "Take coming working hours back", params=day),
        ]

    async def all(self, request: web.Request) -> web.StreamResponse:
        """Retired ones last."""
        self._admin.require(request)
        book = await self._books.get()
        limits = [
            {"stage": stage, "zh": zh, "en": en, "limit": book.limits[stage][0], "unit": book.limits[stage][1]}
            for stage, (zh, en) in STAGE_NAMES.items()
        ]
        return answer(
            Settings(
                categories=[dict(row) for row in await self._rows.categories()],
                channels=[dict(row) for row in await self._rows.channels()],
                templates=[dict(row) for row in await self._rows.templates()],
                limits=limits,
                plans=await self._rows.plans(),
            )
        )

    async def history(self, request: web.Request) -> web.StreamResponse:
        """Every change with what was before and after."""
        self._admin.require(request)
        before = query_int(request, "cursor", default=MOST_ID, least=1, most=MOST_ID)
        limit = query_int(request, "limit", default=100, least=1, most=1000)
        found = await self._rows.history(query_text(request, "kind"), query_text(request, "key"), before, limit + 1)
        following = str(found[limit - 1].id) if len(found) > limit else None
        return answer(HistoryPage(changes=found[:limit], next=following))

    async def put_category(self, request: web.Request) -> web.StreamResponse:
        """All of a category."""
        account = self._admin.require(request)
        code = checked_code(request.match_info["code"], CATEGORY, "four digits: large class, small class")
        body = decode(await request.read(), CategoryBody).checked()
        if body.department_code is not None and body.department_code not in self._register.snapshot.departments:
            raise BadValue(field="department_code", value=body.department_code, allowed="the code of a department")
        return await self._change(request, f"category:{code}", self._rows.put_category, code, body, account.id)

    async def retire_category(self, request: web.Request) -> web.StreamResponse:
        """Cases keep it."""
        account, code = self._named(request)
        return await self._change(request, f"category:{code}", self._rows.retire_category, code, account.id)

    async def put_channel(self, request: web.Request) -> web.StreamResponse:
        """All of a channel."""
        account = self._admin.require(request)
        code = checked_code(request.match_info["code"], CHANNEL, "2..30 small letters, digits, _")
        body = decode(await request.read(), ChannelBody).checked()
        return await self._change(request, f"channel:{code}", self._rows.put_channel, code, body, account.id)

    async def retire_channel(self, request: web.Request) -> web.StreamResponse:
        """Those that the program itself files under stay."""
        account, code = self._named(request)
        if code in KEPT_CHANNELS:
            raise BadValue(
                field="code", value=code, allowed=f"none of {', '.join(KEPT_CHANNELS)}: pages file under them"
            )
        return await self._change(request, f"channel:{code}", self._rows.retire_channel, code, account.id)

    async def add_template(self, request: web.Request) -> web.StreamResponse:
        """A new text."""
        account = self._admin.require(request)
        body = decode(await request.read(), TemplateBody).checked()
        async with self._database.transaction() as connection:
            made = await self._rows.add_template(connection, body, account.id)
            await self._admin.write(request, connection, "case_setting.change", f"template:{made}")
        self._books.forget()
        return answer(MadeTemplate(id=made), status=201)

    async def put_template(self, request: web.Request) -> web.StreamResponse:
        """All of a text."""
        account, number = self._admin.require(request), path_id(request, "template")
        body = decode(await request.read(), TemplateBody).checked()
        return await self._change(request, f"template:{number}", self._rows.put_template, number, body, account.id)

    async def retire_template(self, request: web.Request) -> web.StreamResponse:
        """Nobody begins with it any more."""
        account, number = self._admin.require(request), path_id(request, "template")
        return await self._change(request, f"template:{number}", self._rows.retire_template, number, account.id)

    async def put_limit(self, request: web.Request) -> web.StreamResponse:
        """Clocks that run keep theirs."""
        account, stage = self._admin.require(request), request.match_info["stage"][:40]
        body = decode(await request.read(), LimitBody).checked()
        return await self._change(request, f"limit:{stage}", self._rows.put_limit, stage, body, account.id)

    async def put_plan(self, request: web.Request) -> web.StreamResponse:
        """From a coming day on."""
        account = self._admin.require(request)
        body = decode(await request.read(), PlanBody)
        return await self._change(request, f"plan:{body.from_day}", self._rows.put_plan, body, account.id)

    async def drop_plan(self, request: web.Request) -> web.StreamResponse:
        """Only before it begins."""
        account, text = self._admin.require(request), request.match_info["day"]
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise NotFound(kind="plan", key=text) from None
        return await self._change(request, f"plan:{day}", self._rows.drop_plan, day, account.id)

    def _named(self, request: web.Request) -> tuple[Account, str]:
        return self._admin.require(request), request.match_info["code"][:40]

    async def _change(
        self, request: web.Request, subject: str, work: Callable[..., Awaitable[object]], *what: Any
    ) -> web.StreamResponse:
        """The change, its history and its audit line in one transaction; from the next question on it holds here."""
        async with self._database.transaction() as connection:
            await work(connection, *what)
            await self._admin.write(request, connection, "case_setting.change", subject)
        self._books.forget()
        return web.Response(status=204)
