"""The results of a day's rounds as last looked at: what is news to the pages, and what the tables do not know yet."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tracker.patrol.book import SETTLE_MS, DayBook
from tracker.patrol.model import RoundResult, State
from tracker.patrol.spots import PER_CELL, drawn, in_cells

LOOK_MS = 30_000  # an open round is looked at anew: silence grows, forecasts age
BUDGET_S = 0.01  # of the loop's time for one look; the rest follows with the next
NEVER_MS = np.iinfo(np.int64).max


@dataclass(kw_only=True, slots=True)
class News:
    """What changed, by ordinal of the round, for the live stream: parts of (grid code, what changed)."""

    coverage: dict[int, list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)
    states: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class Ledger:
    """Looks at rounds when steps changed them, when the clock does, and every 30 s while they are open."""

    def __init__(self, book: DayBook) -> None:
        self.book = book
        self.results: list[RoundResult | None] = [None] * len(book.rounds)
        self._changed: dict[int, None] = {}
        self._due_ms = np.zeros(len(book.rounds), np.int64)
        self._unwritten: dict[int, None] = {}
        self._states: Counter[State] = Counter()

    def touch(self, places: Iterable[int]) -> None:
        """Steps came to these rounds."""
        self._changed.update(dict.fromkeys(places))

    def look(self, now_ms: int, budget_s: float = BUDGET_S) -> News:
        """Judge what changed and what is due, within the time allowed, changed ones first."""
        news = News()
        until = time.perf_counter() + budget_s
        due = np.flatnonzero(self._due_ms <= now_ms).tolist()
        doubtful = self.book.doubtful()
        for place in [*self._changed, *(one for one in due if one not in self._changed)]:
            if place not in doubtful:
                self._look(place, now_ms, news)
            self._changed.pop(place, None)
            if time.perf_counter() > until:
                break
        return news

    def is_due(self, now_ms: int) -> bool:
        """Whether anything waits to be looked at."""
        return bool(self._changed) or bool((self._due_ms <= now_ms).any())

    def take_unwritten(self, most: int) -> list[int]:
        """Rounds that the tables do not know as they are; the caller writes them, or gives them back."""
        taken = list(self._unwritten)[:most]
        for place in taken:
            del self._unwritten[place]
        return taken

    def give_back(self, places: Iterable[int]) -> None:
        """Rounds that could not be written."""
        self._unwritten.update(dict.fromkeys(places))

    def counts(self) -> Counter[State]:
        """How many rounds are in each state."""
        return self._states

    def _look(self, place: int, now_ms: int, news: News) -> None:
        before, found = self.results[place], self.book.result(place, now_ms)
        self.results[place] = found
        self._states[found.state] += 1
        if before is not None:
            self._states[before.state] -= 1
        self._due_ms[place] = _next_look_ms(self.book, place, now_ms)
        if _as_written(before) != _as_written(found):
            self._unwritten[place] = None
        if before is None:
            return
        if before.bitmap != found.bitmap or before.minutes != found.minutes:
            news.coverage.setdefault(found.ordinal, []).append((found.grid_code, _coverage(before, found)))
        if (before.state, before.revised_ms) != (found.state, found.revised_ms):
            news.states.append((found.grid_code, round_news(found)))


def round_news(found: RoundResult) -> dict[str, Any]:
    """What the live stream says of a round whose state changed."""
    return {
        "code": found.grid_code, "ordinal": found.ordinal, "state": str(found.state),
        "covered": in_cells(found.covered), "cells": found.cells // PER_CELL, "revised_ms": found.revised_ms,
    }  # fmt: skip


def _next_look_ms(book: DayBook, place: int, now_ms: int) -> int:
    window = book.rounds[place].window
    if now_ms < window.starts_ms:
        return window.starts_ms
    if now_ms < window.ends_ms:
        return min(now_ms + LOOK_MS, window.ends_ms)
    settled_ms = window.ends_ms + SETTLE_MS
    return settled_ms if now_ms < settled_ms else int(NEVER_MS)


def _as_written(found: RoundResult | None) -> object:
    """What makes it worth a write: while a round is open, growing silence alone does not."""
    if found is None:
        return None
    facts = (found.state, found.bitmap, found.minutes, found.visited, found.fixes, found.done_ms, found.revised_ms)
    return (*facts, found.confidence, found.longest_gap_s) if found.state.is_final else facts


def _coverage(before: RoundResult, found: RoundResult) -> dict[str, Any]:
    cells = found.cells // PER_CELL
    new = drawn(found.bitmap, cells)
    fresh = np.flatnonzero(new > drawn(before.bitmap, cells))
    return {
        "code": found.grid_code, "covered": in_cells(found.covered), "cells": cells, "minutes": found.minutes,
        "state": str(found.state), "drawn": int(new.sum()), "new": fresh.tolist(),
    }  # fmt: skip
