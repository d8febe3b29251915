"""Many cases in one request: each its own transaction, one that loses a race does not hold up the others."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from tracker.cases import callers
from tracker.cases.cases import Cases
from tracker.cases.model import Actor, Change, Wish
from tracker.cases.records import Records, SuperviseBody
from tracker.cases.rows import CaseFile
from tracker.errors import BadValue, SanxunError
from tracker.jsonio import answer, decode, described
from tracker.people.audit import Audit
from tracker.people.model import CASE_CHANGE, CASE_SUPERVISE
from tracker.people.peer import Peers
from tracker.routes import Route, RouteTable

MOST = 200  # cases: a second or two of work, and what a person can answer for with one click
AT_ONCE = (
    6  # cases under way in this process: a change mostly waits for the disk, and six commits share one write to it
)
MOST_BODY = 64 * 1024


class Picked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case and the version that was seen."""

    id: int
    version: int


class BulkChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same change for many cases."""

    cases: list[Picked]
    change: Wish


class BulkSupervision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same 催办 or 督办 for many cases."""

    cases: list[int]
    supervision: SuperviseBody


class BulkResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one case: its new version and state, or why not (an error as anywhere else)."""

    id: int
    ok: bool
    version: int | None = None
    state: str | None = None
    error: dict[str, Any] | None = None


class BulkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`bulk` stands in every audit line of the request."""

    bulk: str
    done: int
    failed: int
    results: list[BulkResult]


class BulkHttp:
    """The routes below /api/v1/case-bulk."""

    def __init__(
        self, *, cases: Cases, records: Records, audit: Audit, peers: Peers,
        new_id: Callable[[], str] = lambda: secrets.token_hex(6),
    ) -> None:  # fmt: skip
        self._cases = cases
        self._records = records
        self._audit = audit
        self._peers = peers
        self._new_id = new_id
        self._gate = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table, path = RouteTable("cases", max_body=MOST_BODY, returns=BulkAnswer), "/api/v1/case-bulk"
        return [
            table.post(
                f"{path}/changes", self.change, "One change of many cases", permission=CASE_CHANGE, body=BulkChange
            ),
            table.post(
                f"{path}/supervisions", self.supervise, "催办, 督办 of many cases", permission=CASE_SUPERVISE,
                body=BulkSupervision,
            ),
        ]  # fmt: skip

    async def change(self, request: web.Request) -> web.StreamResponse:
        """One change for each."""
        body = decode(await request.read(), BulkChange)
        wish, versions = msgspec.structs.asdict(body.change), {one.id: one.version for one in body.cases}

        async def act(case_id: int, actor: Actor) -> CaseFile:
            return await self._cases.change(case_id, Change(**wish, version=versions[case_id]), actor)

        return await self._run(request, [one.id for one in body.cases], f"change:{body.change.to}", act)

    async def supervise(self, request: web.Request) -> web.StreamResponse:
        """One 催办 or 督办 for each."""
        body = decode(await request.read(), BulkSupervision)

        async def act(case_id: int, actor: Actor) -> CaseFile:
            return await self._records.supervise(case_id, body.supervision, actor)

        return await self._run(request, body.cases, body.supervision.kind, act)

    async def _run(
        self, request: web.Request, ids: Sequence[int], what: str, act: Callable[[int, Actor], Awaitable[CaseFile]]
    ) -> web.StreamResponse:
        if not 1 <= len(ids) <= MOST or len(set(ids)) != len(ids):
            raise BadValue(field="cases", value=len(ids), allowed=f"1..{MOST} different cases").because(
                "bulk.size", most=MOST
            )
        bulk = self._new_id()
        actor = msgspec.structs.replace(callers.at_desk(request, self._peers), bulk=bulk)
        results = await asyncio.gather(*(self._one(case_id, actor, act) for case_id in ids))
        done = sum(one.ok for one in results)
        detail = {"bulk": bulk, "what": what, "asked": len(ids), "done": done}
        await self._audit.write(
            "case.bulk",
            subject=f"bulk:{bulk}",
            area_code=actor.area,
            account_id=actor.account_id,
            detail=detail,
            address=actor.address,
        )
        return answer(BulkAnswer(bulk=bulk, done=done, failed=len(ids) - done, results=results))

    async def _one(self, case_id: int, actor: Actor, act: Callable[[int, Actor], Awaitable[CaseFile]]) -> BulkResult:
        """What was done before the database went away is told, too."""
        try:
            async with self._gate:
                case = await act(case_id, actor)
        except SanxunError as error:
            return BulkResult(id=case_id, ok=False, error=described(error))
        return BulkResult(id=case_id, ok=True, version=case.version, state=case.state.value)
