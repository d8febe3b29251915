from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.patrol.patrol_house import COUNTY, DAY, GRID, MIDNIGHT, MORNING, ROUNDS, fix, grid_ground, segment
from tracker.geo.area import Area
from tracker.patrol.book import MOST_PENDING, SETTLE_MS, DayBook, GridDay
from tracker.patrol.ground import Ground
from tracker.patrol.ledger import Ledger
from tracker.patrol.model import Criteria, RoundKey, RoundResult, State
from tracker.patrol.plan import default_plan
from tracker.patrol.steps import Segment
from tracker.tracks.model import Fix

PLAN = replace(default_plan(COUNTY, DAY), criteria=Criteria(min_coverage=0.1))
GROUND = Ground([grid_ground(points=False)])
LATE_MS = MORNING.ends_ms + SETTLE_MS
WALK = [fix(10 * n, abs((12 * n + 220) % 880 - 440) - 220, 0) for n in range(300)]


def a_book(*, workers: tuple[int, ...] = (1,), fresh: bool = True, duty_hours: tuple[int, int] = (0, 24)) -> DayBook:
    def is_on_duty(_worker: int, at_ms: int) -> bool:
        return duty_hours[0] <= (at_ms - MIDNIGHT) / 3_600_000 < duty_hours[1]

    grids = [GridDay(code=GRID, plan=PLAN, windows=ROUNDS, walkers=workers)]
    book = DayBook(DAY, GROUND, grids, on_leave=frozenset(), is_on_duty=is_on_duty)
    if fresh:
        refold(book, [])
    return book


def refold(book: DayBook, history: list[Segment]) -> list[int]:
    workers = book.begin_refold(100)
    mine = [one for one in history if one[0] in workers]
    return book.finish_refold(workers, book.prepare(workers, mine))


def morning(book: DayBook, now_ms: int = LATE_MS) -> RoundResult:
    return book.result(book.at[GRID, 1], now_ms)


def fed(*uploads: Segment, workers: tuple[int, ...] = (1,)) -> DayBook:
    book = a_book(workers=workers)
    for one in uploads:
        book.note([one])
        book.advance(1000)
    return book


def test_a_day_begins_with_everybody_stale() -> None:
    book = a_book(fresh=False)
    assert book.stale == {1}
    assert book.doubtful() == {0, 1, 2}
    assert not book.is_settled


def test_noting_folds_nothing() -> None:
    book = a_book()
    book.note([segment(1, WALK)])
    assert book.pending == 1
    assert morning(book).covered == 0


def test_what_came_in_time_is_no_revision_when_it_waits_to_be_folded() -> None:
    book = a_book(workers=(1, 2))
    ledger = Ledger(book)
    book.note([segment(1, WALK), segment(2, WALK)])
    while book.pending:
        ledger.touch(book.advance(1).changed)
        ledger.look(LATE_MS, budget_s=10)
    ledger.look(LATE_MS, budget_s=10)
    found = ledger.results[book.at[GRID, 1]]
    assert found is not None
    assert (found.covered > 0, found.revised_ms) == (True, None)


def test_an_advance_tells_the_rounds_that_changed() -> None:
    book = a_book()
    book.note([segment(1, WALK)])
    assert book.advance(1000).changed == [book.at[GRID, 1]]
    assert morning(book).covered > 0


def test_late_steps_wait_for_history_and_then_agree() -> None:
    first, second = segment(1, WALK[:100]), segment(1, WALK[100:])
    book = fed(second, first)
    assert book.stale == {1}
    refold(book, [second, first])
    assert morning(book) == morning(fed(first, second))


def test_steps_that_come_during_a_refold_are_kept() -> None:
    book = fed(segment(1, WALK[100:200]), segment(1, WALK[:100]))
    workers = book.begin_refold(100)
    fresh = book.prepare(workers, [segment(1, WALK[:200])])
    book.note([segment(1, WALK[200:])])
    book.advance(1000)
    book.finish_refold(workers, fresh)
    book.advance(1000)
    assert book.is_settled
    assert morning(book) == morning(fed(segment(1, WALK)))


def test_an_unread_history_is_asked_for_again() -> None:
    book = a_book(fresh=False)
    workers = book.begin_refold(100)
    assert not book.stale
    book.give_up_refold(workers)
    assert book.stale == {1}


def test_two_halves_of_the_phones_messages_meet_in_history() -> None:
    one, other = fed(segment(1, WALK[::2])), fed(segment(1, WALK[1::2]))
    both = [segment(1, WALK[::2]), segment(1, WALK[1::2])]
    for book in (one, other):
        book.stale.add(1)
        refold(book, both)
    assert morning(one) == morning(other) == morning(fed(segment(1, WALK)))


def test_too_many_uploads_are_left_to_history() -> None:
    book = a_book()
    book.note([segment(1, [one]) for one in WALK[:1]] * (MOST_PENDING + 1))
    assert book.pending == 0
    assert book.stale == {1}


def test_steps_of_earlier_days_are_handed_on() -> None:
    yesterday = replace_time(WALK[:2], -86_400_000)
    book = a_book()
    book.note([yesterday])
    assert book.advance(1000).earlier == [(1, yesterday[1])]
    assert morning(book).fixes == 0


def replace_time(fixes: list[Fix], by_ms: int) -> Segment:
    worker, started, data = segment(1, fixes)
    return worker, started + by_ms, data


def test_walkers_of_a_round_are_united() -> None:
    book = fed(segment(1, WALK[:20]), segment(2, WALK[150:170]), workers=(1, 2))
    alone = [fed(segment(1, part)) for part in (WALK[:20], WALK[150:170])]
    assert morning(book).minutes == pytest.approx(sum(morning(one).minutes for one in alone), abs=0.01)
    shares = [int.from_bytes(morning(one).bitmap, "little") for one in (book, *alone)]
    assert shares[0] == shares[1] | shares[2]
    assert [one.worker_id for one in book.walks_of(morning(book), LATE_MS)] == [1, 2]


def test_confidence_is_of_the_time_on_duty() -> None:
    book = a_book(duty_hours=(6, 7))
    book.note([segment(1, WALK[:181])])  # half an hour
    book.advance(1000)
    assert morning(book).confidence == 0.5
    assert morning(book).longest_gap_s == 1800


def test_nobody_on_duty_is_missed_not_silent() -> None:
    assert morning(a_book(duty_hours=(0, 0))).state is State.MISSED
    assert morning(a_book()).state is State.NO_DATA


def test_time_on_duty_counts_up_to_now() -> None:
    book = a_book()
    book.note([segment(1, WALK[:13])])  # two minutes
    book.advance(1000)
    assert morning(book, MORNING.starts_ms + 120_000).confidence == 1.0


def test_late_data_marks_the_round_once_it_was_settled() -> None:
    book = fed(segment(1, WALK[100:]))
    assert morning(book).revised_ms is None
    book.stale.add(1)
    refold(book, [segment(1, WALK)])
    assert morning(book, LATE_MS + 1).revised_ms == LATE_MS + 1
    assert morning(book, LATE_MS + 2).revised_ms == LATE_MS + 1


def test_a_restart_is_no_revision() -> None:
    before = morning(fed(segment(1, WALK)))
    stored = replace(before, forecast=None)
    book = a_book(fresh=False)
    book.remember({RoundKey(grid_code=GRID, day=DAY, ordinal=1): stored})
    refold(book, [segment(1, WALK)])
    assert morning(book, LATE_MS + 5) == before


def test_a_past_minute_can_be_asked() -> None:
    book = fed(segment(1, WALK))
    place = book.at[GRID, 1]
    covered = [book.result_at(place, MORNING.starts_ms + s * 1000, LATE_MS).covered for s in (0, 120, 3000)]
    assert covered[0] == 0 < covered[1] < covered[2] == morning(book).covered


def test_places_are_found_by_area() -> None:
    book = a_book()
    assert book.places_in(Area(COUNTY), 2) == [book.at[GRID, 2]]
    assert book.places_in(Area("130533101000"), 2) == []


def test_the_ledger_tells_news_once() -> None:
    book = a_book()
    ledger = Ledger(book)
    now_ms = MORNING.starts_ms + 3_600_000
    assert not ledger.look(now_ms, 1.0).states  # the first look is no news
    book.note([segment(1, WALK)])
    ledger.touch(book.advance(1000).changed)
    news = ledger.look(now_ms, 1.0)
    assert [code for code, _ in news.coverage[1]] == [GRID]
    assert [part["state"] for _, part in news.states] == ["done"]
    assert not ledger.look(now_ms, 1.0).coverage


def test_the_ledger_follows_the_clock() -> None:
    ledger = Ledger(a_book())
    ledger.look(MORNING.starts_ms - 1, 1.0)
    assert not ledger.is_due(MORNING.starts_ms - 1)
    states = [[part["state"] for _, part in ledger.look(at, 1.0).states] for at in (MORNING.starts_ms, MORNING.ends_ms)]
    assert states == [["open"], ["no_data"]]


def test_the_ledger_does_not_look_at_what_is_not_known() -> None:
    ledger = Ledger(a_book(fresh=False))
    ledger.look(MORNING.starts_ms, 1.0)
    assert ledger.results == [None, None, None]


def test_what_was_not_written_is_given_again() -> None:
    ledger = Ledger(a_book())
    ledger.look(MORNING.starts_ms, 1.0)
    taken = ledger.take_unwritten(2)
    assert len(taken) == 2
    ledger.give_back(taken)
    assert sorted(ledger.take_unwritten(9)) == [0, 1, 2]
    assert ledger.take_unwritten(9) == []


def test_a_flood_is_folded_in_portions() -> None:
    book = a_book()
    book.note([segment(1, WALK[:100]), segment(1, WALK[100:200]), segment(1, WALK[200:])])
    assert [book.advance(150).fixes for _ in range(3)] == [200, 100, 0]
