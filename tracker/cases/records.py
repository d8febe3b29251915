"""What is written beside a case without changing its state: notes, answers, return visits, 催办, 督办, ratings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from msgspec.structs import replace

from tracker.cases import access, store
from tracker.cases.model import MOST_TEXT, Actor
from tracker.cases.persons import Persons, about_reporter
from tracker.cases.rows import CaseFile, Event
from tracker.cases.states import ENDED, Doer, State
from tracker.clock import NowMs, to_datetime
from tracker.db.pool import Connection, Database
from tracker.db.queries import Queries
from tracker.errors import BadValue, Conflict, NotFound
from tracker.people.audit import Audit

_SQL = Queries.beside(__file__)
Work = Callable[[Connection, CaseFile], Awaitable[tuple[CaseFile, Event]]]


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An internal note."""

    text: str


class ReplyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer for all who have none, or for the named reporters of this very case."""

    version: int
    text: str
    reporters: list[int] | None = None


class VisitBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """回访: one call back; `case_id` where the reporter belongs to a case that was merged into this one."""

    version: int
    reporter: int
    outcome: Literal["satisfied", "basic", "unsatisfied", "no_contact", "anonymous"]
    case_id: int | None = None
    solved: bool | None = None
    text: str = ""


class SuperviseBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """催办 or 督办."""

    kind: Literal["urge", "supervise"]
    text: str
    level: Literal["normal", "key", "listed"] = "normal"
    due_ms: int | None = None


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The department's reply to 催办 or 督办."""

    reply: str


class PublicTextBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words that strangers may read from now on; null: nothing."""

    version: int
    public_text: str | None


class RatingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reporter thinks of the answer."""

    rating: int
    solved: bool | None = None
    text: str = ""


class RevealBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field of one reporter in clear text, with the reason for the audit."""

    reporter: int
    field: Literal["phone", "name"]
    reason: str
    case_id: int | None = None


class Records:
    """Each call is one transaction with its event, its audit line and its outbox message."""

    def __init__(self, *, database: Database, audit: Audit, persons: Persons, now_ms: NowMs) -> None:
        self._database = database
        self._audit = audit
        self._persons = persons
        self._now_ms = now_ms
        self.poke: Callable[[], None] = lambda: None

    async def note(self, case_id: int, body: NoteBody, actor: Actor) -> CaseFile:
        """Add an internal note; never shown to reporters."""
        text = _text("text", body.text)

        async def work(_connection: Connection, case: CaseFile) -> tuple[CaseFile, Event]:
            return case, store.event_of("note", actor, text=text)

        return await self._act(case_id, actor, "note", work)

    async def reply(self, case_id: int, body: ReplyBody, actor: Actor) -> CaseFile:
        """Answer reporters, followers by merging included; raises Conflict where the case has changed."""
        text, now_ms = _text("text", body.text), self._now_ms()

        async def work(connection: Connection, case: CaseFile) -> tuple[CaseFile, Event]:
            _check_version(case, body.version)
            if case.state is State.MERGED:
                message = f"it is answered with case {case.merged_into}, which it was merged into"
                raise Conflict(message).because("case.is_merged", into=case.merged_into)
            values = (case.id, text, to_datetime(now_ms), actor.account_id, body.reporters)
            tag = await connection.execute(_SQL.answer_reporters, *values)
            data = {"reporters": body.reporters, "answered": int(tag.split()[-1])}
            return _changed(case), store.event_of("reply", actor, text=text, data=data, public=True)

        return await self._act(case_id, actor, "reply", work)

    async def visit(self, case_id: int, body: VisitBody, actor: Actor) -> CaseFile:
        """Note one return visit; the third in vain makes the reporter unreachable."""

        async def work(connection: Connection, case: CaseFile) -> tuple[CaseFile, Event]:
            _check_version(case, body.version)
            owner = await _owner(connection, case, body.case_id)
            values = (owner, body.reporter, body.outcome, body.solved)
            row = await connection.fetchrow(_SQL.note_visit, *values)
            if row is None:
                raise NotFound(kind="reporter", key=body.reporter)
            data = {"case_id": owner, "reporter": body.reporter, "said": body.outcome} | dict(row)
            text = body.text.strip()[:MOST_TEXT]
            return _changed(case), store.event_of("visit", actor, text=text, data=data)

        return await self._act(case_id, actor, "visit", work)

    async def supervise(self, case_id: int, body: SuperviseBody, actor: Actor) -> CaseFile:
        """催办 or 督办 of an open case; the department owes a reply."""
        text, now_ms = _text("text", body.text), self._now_ms()

        async def work(connection: Connection, case: CaseFile) -> tuple[CaseFile, Event]:
            if case.state in ENDED:
                raise Conflict(f"the case is {case.state} already").because("case.ended", state=case.state.value)
            due = None if body.due_ms is None else to_datetime(body.due_ms)
            values = (case.id, body.kind, body.level, text, to_datetime(now_ms), actor.account_id)
            ordinal = await connection.fetchval(_SQL.insert_supervision, *values, case.department_code, due)
            event = store.event_of(body.kind, actor, text=text, data={"ordinal": ordinal, "level": body.level})
            return counted(case, body.kind), event

        return await self._act(case_id, actor, "urge", work)

    async def answer(self, case_id: int, ordinal: int, body: AnswerBody, actor: Actor) -> CaseFile:
        """The reply to 催办 or 督办; raises Conflict where there is one already."""
        text, now_ms = _text("reply", body.reply), self._now_ms()

        async def work(connection: Connection, case: CaseFile) -> tuple[CaseFile, Event]:
            values = (case.id, ordinal, text, to_datetime(now_ms), actor.account_id)
            if await connection.fetchval(_SQL.answer_supervision, *values) is None:
                raise Conflict("there is no such 催办 or 督办 without a reply").because("supervision.answered")
            return case, store.event_of("answer", actor, text=text, data={"ordinal": ordinal})

        return await self._act(case_id, actor, "note", work)

    async def set_public_text(self, case_id: int, body: PublicTextBody, actor: Actor) -> CaseFile:
        """Release words for strangers, change them, or take them back; secret cases and complaints have none."""
        text = _text("public_text", body.public_text) if body.public_text is not None else None

        async def work(_connection: Connection, case: CaseFile) -> tuple[CaseFile, Event]:
            _check_version(case, body.version)
            if text is not None and (case.secret or case.complained_of):
                raise Conflict("nothing of a secret case or a complaint is public").because("case.never_public")
            data = {"public_text": text, "before": case.public_text}
            return replace(_changed(case), public_text=text), store.event_of("edit", actor, data=data)

        return await self._act(case_id, actor, "note", work)

    async def rate(self, case_id: int, reporter: int, body: RatingBody, actor: Actor) -> CaseFile:
        """The reporter's rating, once, after the answer; it is also the outcome of the return visit."""
        if not 1 <= body.rating <= 5:
            raise BadValue(field="rating", value=body.rating, allowed="1..5")
        text, now_ms = body.text.strip()[:MOST_TEXT], self._now_ms()

        async def work(connection: Connection, case: CaseFile) -> tuple[CaseFile, Event]:
            values = (case.id, reporter, body.rating, text, to_datetime(now_ms), body.solved)
            row = await connection.fetchrow(_SQL.rate, *values)
            if row is None:
                raise Conflict("an answer is rated once, and there must be one").because("case.not_ratable")
            return case, store.event_of("rating", actor, text=text, data={"reporter": reporter} | dict(row))

        return await self._act(case_id, actor, "note", work)

    async def reveal(self, case_id: int, body: RevealBody, actor: Actor) -> str:
        """The clear text of one field; the audit keeps who read it and why."""
        reason = _text("reason", body.reason)
        async with self._database.transaction() as connection:
            case = await store.lock(connection, case_id)
            access.require(case, actor)
            if not access.sees_reporters(case, actor):
                raise NotFound(kind="reporter", key=body.reporter)
            owner = await _owner(connection, case, body.case_id)
            row = await connection.fetchrow(_SQL.read_reporter, owner, body.reporter)
            if row is None:
                raise NotFound(kind="reporter", key=body.reporter)
            detail = {"field": body.field, "reporter": body.reporter, "reason": reason}
            await store.audited(connection, self._audit, "case.reveal", case, actor, detail)
        return self._persons.open(row[f"{body.field}_sealed"], about_reporter(owner, body.reporter, body.field))

    async def _act(self, case_id: int, actor: Actor, what: str, work: Work) -> CaseFile:
        now_ms = self._now_ms()
        async with self._database.transaction() as connection:
            case = await store.lock(connection, case_id)
            access.require(case, actor)
            case, event = await work(connection, case)
            case = await store.add_event(connection, case, event, now_ms)
            await store.save(connection, case)
            await store.audited(connection, self._audit, f"case.{event.kind}", case, actor, {})
            await store.tell(connection, case, what, now_ms)
        self.poke()
        return case


def counted(case: CaseFile, kind: str) -> CaseFile:
    """The case with one more 催办 or 督办."""
    field = "urges" if kind == "urge" else "supervisions"
    return replace(case, **{field: getattr(case, field) + 1})


def _changed(case: CaseFile) -> CaseFile:
    return replace(case, version=case.version + 1)


def _check_version(case: CaseFile, version: int) -> None:
    if case.version != version:
        message = f"somebody was first: the case is now {case.state} at version {case.version}"
        raise Conflict(message).because("case.changed", state=case.state.value, version=case.version)


async def _owner(connection: Connection, case: CaseFile, case_id: int | None) -> int:
    """The case that the reporter belongs to: this one, or one that was merged into it."""
    if case_id in (None, case.id):
        return case.id
    found = await connection.fetchval(_SQL.is_follower, case.id, case_id)
    if found is None:
        raise NotFound(kind="case", key=case_id)
    return int(found)


def _text(field: str, value: str) -> str:
    text = value.strip()
    if not 2 <= len(text) <= MOST_TEXT or "\x00" in text:
        raise BadValue(field=field, value=text, allowed=f"a text of 2..{MOST_TEXT} characters")
    return text


CITIZEN = Actor(doer=Doer.CITIZEN)
