"""The board: who is where, and what changed after which number."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker.bus.model import Batch, Committed, DutyChanged
from tracker.live import board as board_module
from tracker.live import motion
from tracker.live.board import Board, Worker
from tracker.live.frames import UNKNOWN_BATTERY, UNKNOWN_U16, Records, State
from tracker.tracks.model import Flag

COUNTY, TOWN_1, TOWN_2 = "320115", "320115001", "320115002"
GRID_1, GRID_2 = "320115001001001", "320115002001001"
T0 = 1_700_000_000_000


def fix(worker_id: int = 1, at_ms: int = T0, **more: Any) -> Committed:
    known: dict[str, Any] = {"lat_e7": 319_000_000, "lon_e7": 1_188_000_000, "accuracy_dm": 50, "speed_cms": 0}
    known |= {"bearing_cdeg": None, "battery": None, "flags": 0, "received_at_ms": at_ms} | more
    return Committed(worker_id=worker_id, recorded_at_ms=at_ms, **known)


def batch(*fixes: Committed, at_ms: int = T0) -> Batch:
    return Batch(committed_at_ms=at_ms, fixes=len(fixes), newest=list(fixes))


def loaded(*workers: tuple[int, str]) -> Board:
    board = Board()
    board.load(Worker(*worker) for worker in workers or ((1, GRID_1), (2, GRID_2)))
    return board


def states(records: Records) -> dict[int, State]:
    pairs = zip(records.worker_id.tolist(), records.state.tolist(), strict=True)
    return {worker_id: State(state) for worker_id, state in pairs}


def test_a_snapshot_holds_the_whole_audience() -> None:
    board = loaded()
    assert set(states(board.snapshot(COUNTY).records)) == {1, 2}
    assert set(states(board.snapshot(TOWN_2).records)) == {2}
    assert set(states(board.snapshot("320116").records)) == set()


def test_a_change_is_seen_after_its_tick_only() -> None:
    board = loaded()
    seq = board.seq
    board.apply(batch(fix(1)))
    assert len(board.records_after(seq, COUNTY).records) == 0
    assert board.tick() == seq + 1
    assert set(states(board.records_after(seq, COUNTY).records)) == {1}
    assert len(board.records_after(seq + 1, COUNTY).records) == 0


def test_a_tick_without_change_keeps_the_number() -> None:
    board = loaded()
    assert board.tick() == board.tick()


def test_a_worker_unknown_to_the_roster_is_left_out() -> None:
    board = loaded()
    seq = board.seq
    board.apply(batch(fix(99)))
    board.apply_duty(DutyChanged(worker_id=99, on=True, at_ms=T0))
    assert board.tick() == seq


def test_the_dot_moves_only_forward_in_time() -> None:
    board = loaded()
    board.apply(batch(fix(1, T0, lat_e7=5)))
    board.tick()
    seq = board.seq
    board.apply(batch(fix(1, T0 - 1, lat_e7=6)))
    assert board.tick() == seq
    assert board.snapshot(TOWN_1).records.lat_e7.tolist() == [5]


@given(st.permutations([T0, T0 + 1, T0 + 2, T0 + 3]), st.lists(st.booleans(), min_size=4, max_size=4))
def test_the_newest_fix_wins_in_any_order(times: list[int], ticks: list[bool]) -> None:
    board = loaded()
    for at_ms, tick in zip(times, ticks, strict=True):
        board.apply(batch(fix(1, at_ms, lat_e7=at_ms - T0)))
        if tick:
            board.tick()
    board.tick()
    assert board.snapshot(TOWN_1).records.lat_e7.tolist() == [3]


def test_columns_carry_the_fix() -> None:
    board = loaded()
    one = fix(
        1,
        lat_e7=1,
        lon_e7=-2,
        accuracy_dm=3,
        speed_cms=400,
        bearing_cdeg=18_000,
        battery=7,
        flags=Flag.LATE | Flag.HELP,
    )
    board.apply(batch(one))
    board.tick()
    records = board.snapshot(TOWN_1).records
    assert (records.lat_e7[0], records.lon_e7[0], records.accuracy_dm[0], records.speed_cms[0]) == (1, -2, 3, 400)
    assert (records.bearing[0], records.battery[0], records.flags[0]) == (128, 7, Flag.LATE)
    wanted = State.HAS_POSITION | State.MOVING | State.ASKS_FOR_HELP | State.BEARING_KNOWN
    assert states(records)[1] == wanted


def test_unknown_values_are_marked() -> None:
    board = loaded()
    board.apply(batch(fix(1, accuracy_dm=None, speed_cms=None)))
    board.tick()
    records = board.snapshot(TOWN_1).records
    assert (records.accuracy_dm[0], records.speed_cms[0], records.battery[0]) == (
        UNKNOWN_U16,
        UNKNOWN_U16,
        UNKNOWN_BATTERY,
    )
    assert states(records)[1] == State.HAS_POSITION


def test_duty_is_a_change_and_survives_fixes() -> None:
    board = loaded()
    board.apply_duty(DutyChanged(worker_id=1, on=True, at_ms=T0))
    board.tick()
    board.apply(batch(fix(1)))
    board.tick()
    assert states(board.snapshot(TOWN_1).records)[1] == State.ON_DUTY | State.HAS_POSITION
    assert board.count_on_duty() == 1


def test_off_duty_ends_moving_and_the_call_for_help() -> None:
    board = loaded()
    board.set_on_duty({1}, now_ms=T0)
    board.apply(batch(fix(1, speed_cms=100, flags=Flag.HELP)))
    board.tick()
    board.apply_duty(DutyChanged(worker_id=1, on=False, at_ms=T0))
    board.tick()
    assert states(board.snapshot(TOWN_1).records)[1] == State.HAS_POSITION


def test_duty_said_twice_is_one_change() -> None:
    board = loaded()
    board.set_on_duty({1}, now_ms=T0)
    seq = board.tick()
    board.set_on_duty({1}, now_ms=T0)
    assert board.tick() == seq


def test_a_worker_who_moves_grid_is_gone_from_the_old_audience() -> None:
    board = loaded()
    seq = board.seq
    board.load([Worker(1, GRID_2), Worker(2, GRID_2)])
    assert states(board.records_after(seq, TOWN_1).records) == {1: State.GONE}
    assert states(board.records_after(seq, TOWN_2).records) == {1: State(0)}
    assert states(board.records_after(seq, COUNTY).records) == {1: State(0)}
    assert len(board.records_after(board.seq, TOWN_1).records) == 0


def test_a_worker_who_leaves_the_roster_is_gone_everywhere() -> None:
    board = loaded()
    seq = board.seq
    board.load([Worker(2, GRID_2)])
    board.apply(batch(fix(1)))
    board.tick()
    assert states(board.records_after(seq, COUNTY).records) == {1: State.GONE}
    assert set(states(board.snapshot(COUNTY).records)) == {2}
    assert board.count_seen(0) == 1


def test_a_worker_who_returns_is_not_gone() -> None:
    board = loaded()
    seq = board.seq
    board.load([Worker(2, GRID_2)])
    board.load([Worker(1, GRID_1), Worker(2, GRID_2)])
    assert states(board.records_after(seq, TOWN_1).records) == {1: State(0)}


def test_a_changed_roster_is_no_commit_whose_delay_counts() -> None:
    board = loaded()
    board.apply(batch(fix(1)))
    board.tick()
    seq = board.seq
    board.load([Worker(1, GRID_2), Worker(2, GRID_2)])
    assert board.records_after(seq, COUNTY).oldest_commit_ms == 0


def test_the_oldest_commit_of_the_changes_is_known() -> None:
    board = loaded()
    seq = board.seq
    board.apply(batch(fix(1), at_ms=T0 + 5))
    board.apply(batch(fix(2), at_ms=T0 + 3))
    board.tick()
    assert board.records_after(seq, COUNTY).oldest_commit_ms == T0 + 3


def test_moves_beyond_memory_end_resuming(monkeypatch: Any) -> None:
    monkeypatch.setattr(board_module, "MAX_MOVES", 1)
    board = loaded()
    before = board.seq
    board.load([Worker(1, GRID_2), Worker(2, GRID_2)])
    assert board.can_resume(before)
    board.load([Worker(1, GRID_1), Worker(2, GRID_2)])
    assert not board.can_resume(before)
    assert board.can_resume(board.seq)
    assert not board.can_resume(board.seq + 1)


@given(st.data())
def test_deltas_lead_to_the_snapshot(data: st.DataObject) -> None:
    """Whatever happens, a viewer who applies every delta of its audience ends with what a snapshot would say."""
    board = loaded((1, GRID_1), (2, GRID_2), (3, GRID_1))
    held, seq = states(board.snapshot(TOWN_1).records), board.seq
    for at_ms in range(T0, T0 + 12):
        what = data.draw(st.sampled_from(["fix", "duty", "load", "tick"]))
        worker_id = data.draw(st.integers(1, 4))
        if what == "fix":
            board.apply(batch(fix(worker_id, at_ms, speed_cms=data.draw(st.sampled_from([0, 100])))))
        elif what == "duty":
            board.apply_duty(DutyChanged(worker_id=worker_id, on=data.draw(st.booleans()), at_ms=at_ms))
        elif what == "load":
            board.load(Worker(n, data.draw(st.sampled_from([GRID_1, GRID_2]))) for n in range(1, worker_id + 1))
        board.tick()
        if data.draw(st.booleans()):
            held |= states(board.records_after(seq, TOWN_1).records)
            held = {n: state for n, state in held.items() if State.GONE not in state}
            seq = board.seq
    held |= states(board.records_after(seq, TOWN_1).records)
    assert {n: s for n, s in held.items() if State.GONE not in s} == states(board.snapshot(TOWN_1).records)


def moved(*, metres: float, seconds: float, radius_m: float = 5, flags: int = 0) -> bool:
    column = np.array([0], np.int64)
    way = column + round(metres / motion.METRES_PER_E7)
    answer = motion.by_way(
        north_e7=way,
        east_e7=column,
        lat_e7=column,
        elapsed_ms=column + int(seconds * 1000),
        radius_dm=column + int(radius_m * 10),
        flags=column + flags,
    )
    return bool(answer[0])


def test_a_way_longer_than_its_doubt_is_moving() -> None:
    assert moved(metres=15, seconds=15)
    assert not moved(metres=9, seconds=5)
    assert not moved(metres=15, seconds=15, radius_m=20)


def test_a_slow_or_late_or_doubtful_way_is_not_moving() -> None:
    assert not moved(metres=15, seconds=60)
    assert not moved(metres=900, seconds=121)
    assert not moved(metres=15, seconds=15, flags=Flag.JUMP)
    assert not moved(metres=15, seconds=0)


def test_a_speed_of_a_slow_walk_is_moving() -> None:
    assert motion.by_speed(np.array([39, 40, 65535]), unknown=65535).tolist() == [False, True, False]
