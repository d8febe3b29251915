"""Stored segments become steps: in order, each once, good or not."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.patrol.patrol_house import fix
from tracker.patrol.steps import Steps, decode
from tracker.tracks.model import Fix, Flag
from tracker.tracks.segment import UnknownSegment, pack

FIXES = st.lists(
    st.builds(
        lambda at_s, east, north, accuracy: replace(fix(at_s, east, north), accuracy_dm=accuracy),
        st.integers(0, 20),
        st.integers(-2, 2),
        st.integers(-2, 2),
        st.sampled_from([None, 80, 500, 501, 3000]),
    ),
    min_size=1,
    max_size=12,
)


def segment(worker: int, fixes: list[Fix]) -> tuple[int, int, bytes]:
    ordered = sorted(fixes, key=lambda one: one.recorded_at_ms)
    return worker, ordered[0].recorded_at_ms, pack(ordered)


def rows(steps: Steps) -> list[tuple[int, int, int, int, bool]]:
    columns = (steps.worker, steps.at_ms, steps.lat_e7, steps.lon_e7, steps.is_good)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_nothing_gives_no_steps() -> None:
    assert len(decode([])) == 0


@given(FIXES, FIXES, st.integers(0, 99))
def test_order_cut_and_repeats_change_nothing(one: list[Fix], other: list[Fix], seed: int) -> None:
    segments = [segment(2, one), segment(1, other), segment(2, one[:1]), segment(2, one)]
    shuffled = Random(seed).sample(segments, len(segments))
    whole = rows(decode(segments[:2]))
    assert rows(decode(shuffled)) == whole
    assert whole == sorted(whole, key=lambda row: row[:4])
    assert len({row[:4] for row in whole}) == len(whole)


@given(FIXES)
def test_every_fix_is_there_with_its_time_and_place(fixes: list[Fix]) -> None:
    found = {row[:4] for row in rows(decode([segment(7, fixes)]))}
    assert found == {(7, one.recorded_at_ms, one.lat_e7, one.lon_e7) for one in fixes}


@pytest.mark.parametrize(
    ("accuracy_dm", "flags", "good"),
    [
        (500, Flag(0), True), (501, Flag(0), False), (None, Flag(0), True), (50, Flag.MOCK, False),
        (50, Flag.JUMP, False), (50, Flag.STALE_FIX, False), (50, Flag.HELP, True),
    ],
)  # fmt: skip
def test_accuracy_and_flags_decide_what_is_good(accuracy_dm: int | None, flags: Flag, good: bool) -> None:  # noqa: FBT001
    steps = decode([segment(1, [replace(fix(0, 0, 0), accuracy_dm=accuracy_dm, flags=flags)])])
    assert steps.is_good.tolist() == [good]


def test_of_a_good_and_a_bad_twin_the_good_one_stays() -> None:
    good, bad = fix(0, 0, 0), replace(fix(0, 0, 0), flags=Flag.MOCK)
    assert rows(decode([segment(1, [bad]), segment(1, [good])])) == rows(decode([segment(1, [good])]))


def test_some_steps_keep_their_order() -> None:
    steps = decode([segment(1, [fix(at_s, at_s, 0) for at_s in range(4)])])
    assert rows(steps.where(np.array([True, False, True, False]))) == rows(steps)[::2]


def test_an_unknown_version_is_refused() -> None:
    worker, started_ms, data = segment(1, [fix(0, 0, 0)])
    with pytest.raises(UnknownSegment, match="99"):
        decode([(worker, started_ms, bytes([99]) + data[1:])])
