"""Routes of webhooks: who is told of what, what was given up, and sending it again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from aiohttp import web

from tracker.cases.county_admin import CountyAdmin
from tracker.cases.outbox.hooks import MOST_ID, Delivery, HookBody, Hooks
from tracker.cases.outbox.model import KINDS, Hook
from tracker.db.pool import Database
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode
from tracker.people.model import CASE_ADMIN
from tracker.people.params import path_id, query_int, query_text
from tracker.routes import PAGE_PARAMS, Param, Route, RouteTable, path_param

STATES = ("waiting", "done", "dead")


class HookList(msgspec.Struct, frozen=True, kw_only=True):
    """Every webhook, and the kinds that there are."""

    webhooks: list[Hook]
    kinds: list[str]


class MadeHook(msgspec.Struct, frozen=True, kw_only=True):
    """A new webhook's id and, this once, its secret."""

    id: int
    secret: str


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; `next` is the cursor of the following page, or None."""

    deliveries: list[Delivery]
    next: str | None


class SentAgain(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries begin anew."""

    count: int


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """The id of the message that is on its way."""

    event_id: str


class HooksHttp:
    """The routes below /api/v1/webhooks; `poke` wakes the carrier."""

    def __init__(self, *, database: Database, hooks: Hooks, admin: CountyAdmin, poke: Callable[[], None]) -> None:
        self._database = database
        self._hooks = hooks
        self._admin = admin
        self._poke = poke

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        hook = (path_param("id", "webhook", "integer"),)
        one, delivery = "/api/v1/webhooks/{id}", (*hook, path_param("delivery", "its id", "integer"))
        state = Param(name="state", about=", ".join(STATES))
        table, of_one = (
            RouteTable("cases", permission=CASE_ADMIN),
            RouteTable("cases", permission=CASE_ADMIN, params=hook),
        )
        return [
            table.get("/api/v1/webhooks", self.list, "Webhooks with what waits", returns=HookList),
            table.post(
                "/api/v1/webhooks", self.create, "A new webhook", body=HookBody, returns=MadeHook, status=201
            ),
            of_one.put(one, self.change, "Change a webhook", body=HookBody, status=204),
            of_one.delete(one, self.retire, "Retire a webhook"),
            of_one.post(f"{one}/test", self.test, "Send a test message", returns=Tested),
            of_one.get(
                f"{one}/deliveries", self.deliveries, "Deliveries of a webhook", params=(*hook, state, *PAGE_PARAMS),
                returns=DeliveryPage,
            ),
            of_one.post(f"{one}/resend", self.resend_all, "Send all dead letters again", returns=SentAgain),
            of_one.post(
                f"{one}/deliveries/{{delivery}}/resend", self.resend, "Send a dead letter again", params=delivery,
                returns=SentAgain,
            ),
        ]  # fmt: skip

    async def list(self, request: web.Request) -> web.StreamResponse:
        """All of them."""
        self._admin.require(request)
        return answer(HookList(webhooks=await self._hooks.all(), kinds=list(KINDS)))

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A new one."""
        account = self._admin.require(request)
        body = decode(await request.read(), HookBody)
        async with self._database.transaction() as connection:
            hook_id, secret = await self._hooks.add(connection, body, account.area, account.id)
            await self._admin.write(request, connection, "webhook.create", f"webhook:{hook_id}", _shown(body))
        return answer(MadeHook(id=hook_id, secret=secret), status=201)

    async def change(self, request: web.Request) -> web.StreamResponse:
        """All of one."""
        account, hook_id = self._admin.require(request), path_id(request, "webhook")
        body = decode(await request.read(), HookBody)
        async with self._database.transaction() as connection:
            await self._hooks.change(connection, hook_id, body, account.area)
            await self._admin.write(request, connection, "webhook.change", f"webhook:{hook_id}", _shown(body))
        return web.Response(status=204)

    async def retire(self, request: web.Request) -> web.StreamResponse:
        """No more."""
        self._admin.require(request)
        hook_id = path_id(request, "webhook")
        async with self._database.transaction() as connection:
            await self._hooks.retire(connection, hook_id)
            await self._admin.write(request, connection, "webhook.retire", f"webhook:{hook_id}")
        return web.Response(status=204)

    async def test(self, request: web.Request) -> web.StreamResponse:
        """A message of its own."""
        self._admin.require(request)
        hook_id = path_id(request, "webhook")
        async with self._database.transaction() as connection:
            event_id = await self._hooks.test(connection, hook_id)
            await self._admin.write(request, connection, "webhook.test", f"webhook:{hook_id}", {"event": event_id})
        self._poke()
        return answer(Tested(event_id=event_id))

    async def deliveries(self, request: web.Request) -> web.StreamResponse:
        """What became of each."""
        self._admin.require(request)
        state = query_text(request, "state")
        if state is not None and state not in STATES:
            raise BadValue(field="state", value=state, allowed=", ".join(STATES))
        before = query_int(request, "cursor", default=MOST_ID, least=1, most=MOST_ID)
        limit = query_int(request, "limit", default=100, least=1, most=1000)
        found = await self._hooks.deliveries(path_id(request, "webhook"), state, before, limit + 1)
        following = str(found[limit - 1].id) if len(found) > limit else None
        return answer(DeliveryPage(deliveries=found[:limit], next=following))

    async def resend_all(self, request: web.Request) -> web.StreamResponse:
        """Every dead letter of one webhook."""
        return await self._resend(request, None)

    async def resend(self, request: web.Request) -> web.StreamResponse:
        """One dead letter."""
        text = request.match_info["delivery"]
        if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= MOST_ID):
            raise NotFound(kind="delivery", key=text)
        return await self._resend(request, int(text))

    async def _resend(self, request: web.Request, delivery: int | None) -> web.StreamResponse:
        self._admin.require(request)
        hook_id = path_id(request, "webhook")
        async with self._database.transaction() as connection:
            count = await self._hooks.send_again(connection, hook_id, delivery)
            if delivery is not None and not count:
                raise NotFound(kind="dead letter", key=delivery)
            detail = {"delivery": delivery, "count": count}
            await self._admin.write(request, connection, "webhook.resend", f"webhook:{hook_id}", detail)
        self._poke()
        return answer(SentAgain(count=count))


def _shown(body: HookBody) -> dict[str, object]:
    """For the audit: everything but the secret."""
    fields = msgspec.structs.asdict(body)
    return {name: value for name, value in fields.items() if name != "secret" and value}
