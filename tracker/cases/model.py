"""Values of the case loop: who acts, what a change asks for, and what the rules must know of a case."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tracker.cases.states import Doer, State

MOST_TEXT = 4000  # characters of a description, an answer, a result
WORKER_MARK = "worker:"  # before a worker's id, where a complaint is about one of them
MOST_MEDIA = 9  # with one report or change: what a phone's picker gives


class MediaRole(StrEnum):
    """What a photo shows."""

    REPORT = "report"
    BEFORE = "before"
    AFTER = "after"
    VERIFY = "verify"
    CHECK = "check"
    OTHER = "other"


class MediaRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stored photo, named by its id in the media room."""

    ref: str
    role: MediaRole = MediaRole.OTHER


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts. `area` is a division or grid code; `department` only for a department's account."""

    doer: Doer
    area: str = ""
    account_id: int | None = None
    worker_id: int | None = None
    device_id: int | None = None
    department: str | None = None
    address: str = ""
    bulk: str = ""  # id of the request that makes many changes, for the audit


SYSTEM = Actor(doer=Doer.SYSTEM)


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to become of a case: the state it leads to, and what the transition needs."""

    to: State
    reason: str = ""
    reply: str = ""
    result: str = ""
    approve: bool = True
    category: str | None = None
    department: str | None = None
    co_departments: list[str] = []
    worker_id: int | None = None
    merge_into: int | None = None
    extend: int | None = None
    until_ms: int | None = None
    leader: str = ""
    suggest: str | None = None
    urgent: bool | None = None
    media: list[MediaRef] = []


class Change(Wish, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a change: a wish, and the version that its author saw."""

    version: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules ask of a case; `media` are the roles of photos that it has, with those of the change."""

    state: State
    version: int
    prior_state: State | None = None
    category: str | None = None
    needs_check: bool = True
    self_handled: bool = False
    complained_of: str | None = None
    department: str | None = None
    worker_id: int | None = None
    extensions: int = 0
    reopens: int = 0
    deadline_ms: int | None = None  # of the running handling clock
    closed_ms: int | None = None
    unanswered: int = 0  # reporters without an answer, followers by merging included
    unvisited: int = 0  # reporters without an outcome of the return visit
    media: frozenset[str] = frozenset()
