"""Routes that write on one case: changes of state, notes, answers, return visits, 催办 and 督办, unmasking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from tracker.cases import callers
from tracker.cases.answers import CaseDetail
from tracker.cases.cases import Cases
from tracker.cases.http_desk import MOST_BODY
from tracker.cases.model import Actor, Change
from tracker.cases.reading import Reading
from tracker.cases.records import (
    AnswerBody,
    NoteBody,
    PublicTextBody,
    Records,
    ReplyBody,
    RevealBody,
    SuperviseBody,
    VisitBody,
)
from tracker.errors import BadValue
from tracker.jsonio import answer, decode
from tracker.people.model import CASE_CHANGE, CASE_INTAKE, CASE_REVEAL, CASE_SUPERVISE
from tracker.people.params import path_id
from tracker.people.peer import Peers
from tracker.routes import Handler, Permission, Route, RouteTable, path_param

Act = Callable[[int, Any, Actor], Awaitable[object]]


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """A field in clear text."""

    value: str


class ChangesHttp:
    """The writing routes below /api/v1/cases/{id}; each answers the case as it then is."""

    def __init__(self, *, cases: Cases, records: Records, reading: Reading, peers: Peers) -> None:
        self._cases = cases
        self._records = records
        self._reading = reading
        self._peers = peers

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table = RouteTable("cases", params=callers.CASE_ID, max_body=MOST_BODY)
        records = self._records
        one, numbered = "/api/v1/cases/{id}", "/api/v1/cases/{id}/supervisions/{ordinal}"
        acts: list[tuple[str, str, Act, Any, Permission]] = [
            ("changes", "Any change of state", self._cases.change, Change, CASE_CHANGE),
            ("notes", "Internal note", records.note, NoteBody, CASE_CHANGE),
            ("replies", "Answer the reporters", records.reply, ReplyBody, CASE_INTAKE),
            ("visits", "回访: a return visit", records.visit, VisitBody, CASE_INTAKE),
            ("supervisions", "催办, 督办", records.supervise, SuperviseBody, CASE_SUPERVISE),
            ("public-text", "What strangers may read of it", records.set_public_text, PublicTextBody, CASE_INTAKE),
        ]
        answers = {"returns": CaseDetail}
        ordinal = (*callers.CASE_ID, path_param("ordinal", "of the 催办 or 督办", "integer"))
        return [
            *(
                table.post(f"{one}/{name}", self._acting(act, kind), about, permission=who, body=kind, **answers)
                for name, about, act, kind, who in acts
            ),
            table.post(
                numbered, self.answer, "Reply to 催办 or 督办", permission=CASE_CHANGE, body=AnswerBody, params=ordinal,
                returns=CaseDetail,
            ),
            table.post(
                f"{one}/reveal", self.reveal, "One field in clear text, audited", permission=CASE_REVEAL,
                body=RevealBody, returns=Revealed,
            ),
        ]  # fmt: skip

    def _acting(self, act: Act, kind: Any) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            case_id, actor = path_id(request, "case"), callers.at_desk(request, self._peers)
            await act(case_id, decode(await request.read(), kind), actor)
            return answer(await self._reading.detail(case_id, actor))

        return handler

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The department's reply."""
        case_id, actor = path_id(request, "case"), callers.at_desk(request, self._peers)
        ordinal = _ordinal(request)
        await self._records.answer(case_id, ordinal, decode(await request.read(), AnswerBody), actor)
        return answer(await self._reading.detail(case_id, actor))

    async def reveal(self, request: web.Request) -> web.StreamResponse:
        """Clear text, audited."""
        body, actor = decode(await request.read(), RevealBody), callers.at_desk(request, self._peers)
        return answer(Revealed(value=await self._records.reveal(path_id(request, "case"), body, actor)))


def _ordinal(request: web.Request) -> int:
    text = request.match_info["ordinal"]
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 32768):
        raise BadValue(field="ordinal", value=text, allowed="1..32767")
    return int(text)
