from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.bus.model import Batch, Stored
from tracker.ingest.elsewhere import Elsewhere
from tracker.ingest.trail import NO_TAIL, TAIL_FIXES, Tail, Trail
from tracker.ingest.trail_columns import Memory
from tracker.tracks import segment
from tracker.tracks.model import Fix, Flag


def fix(at_s: int, lat_e7: int = 370_000_000, **more: int) -> Fix:
    return Fix(recorded_at_ms=at_s * 1000, lat_e7=lat_e7, lon_e7=1_150_000_000, **more)


def batch(worker: int, fixes: list[Fix]) -> Batch:
    data = segment.pack(fixes)
    started_ms = fixes[0].recorded_at_ms
    one = Stored(worker_id=worker, started_at_ms=started_ms, received_at_ms=started_ms, data=data)
    return Batch(committed_at_ms=0, fixes=len(fixes), newest=[], segments=[one])


def walked(fixes: list[Fix], tail: Tail = NO_TAIL) -> Tail:
    """What an upload that came here would have left."""
    trail = Trail(tail, [(one.recorded_at_ms, one.lat_e7, one.lon_e7) for one in fixes])
    for one in fixes:
        trail.step((one.recorded_at_ms, one.lat_e7, one.lon_e7), measured=one.accuracy_dm is not None)
    return trail.tail()


def test_what_came_elsewhere_is_remembered_as_if_it_had_come_here() -> None:
    memory = Memory()
    elsewhere = Elsewhere(memory)
    elsewhere.note(batch(7, [fix(1), fix(2, 370_000_100)]))
    elsewhere.take_in([7])
    assert memory.one(7) == walked([fix(1), fix(2, 370_000_100)])


def test_workers_who_do_not_upload_here_cost_nothing() -> None:
    memory = Memory()
    elsewhere = Elsewhere(memory)
    elsewhere.note(batch(7, [fix(1)]))
    elsewhere.take_in([8])
    assert memory.one(7) == NO_TAIL


def test_an_old_position_with_a_new_time_is_left_out() -> None:
    memory = Memory()
    elsewhere = Elsewhere(memory)
    elsewhere.note(batch(7, [fix(1), fix(2, flags=int(Flag.STALE_FIX))]))
    elsewhere.take_in([7])
    assert memory.one(7) == walked([fix(1)])


@given(parts=st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=5), min_size=1, max_size=TAIL_FIXES))
def test_several_uploads_elsewhere_leave_what_they_would_have_left_here(parts: list[list[int]]) -> None:
    memory, tail, at_s = Memory(), NO_TAIL, 0
    elsewhere = Elsewhere(memory)
    for part in parts:
        fixes = [fix(at_s + n, 370_000_000 + move, accuracy_dm=50) for n, move in enumerate(part)]
        at_s += 60
        elsewhere.note(batch(7, fixes))
        tail = walked(fixes, tail)
    elsewhere.take_in([7])
    assert memory.one(7) == tail
