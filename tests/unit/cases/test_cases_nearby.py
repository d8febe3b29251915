from __future__ import annotations

from typing import Any

from tracker.cases.nearby import STALE_S, Candidate, ranked

GRID = "130523100201001"


def candidate(worker_id: int, **more: Any) -> Candidate:
    base: dict[str, Any] = {
        "worker_id": worker_id, "name": "王五", "number": "W1", "role": "worker", "grid": GRID, "grid_name": "第一网格",
        "on_duty": True, "distance_m": 100.0, "position_age_s": 5, "open_tasks": 0,
    }  # fmt: skip
    return Candidate(**(base | more))


def order(*candidates: Candidate) -> list[int]:
    return [one.worker_id for one in ranked(candidates, GRID)]


def test_the_nearest_goes_first() -> None:
    assert order(candidate(1, distance_m=300.0), candidate(2, distance_m=20.0)) == [2, 1]


def test_who_is_off_duty_goes_last() -> None:
    off = candidate(1, on_duty=False, distance_m=None, position_age_s=None)
    assert order(off, candidate(2, distance_m=9000.0)) == [2, 1]


def test_who_was_seen_long_ago_may_be_anywhere() -> None:
    assert order(candidate(1, distance_m=1.0, position_age_s=STALE_S + 1), candidate(2, distance_m=900.0)) == [2, 1]


def test_without_positions_the_own_grid_goes_first() -> None:
    unknown: dict[str, Any] = {"distance_m": None, "position_age_s": None}
    village = candidate(2, grid="130523100201002", **unknown)
    far = candidate(1, grid="130523100299001", **unknown)
    assert order(far, village, candidate(3, **unknown)) == [3, 2, 1]


def test_a_leader_is_asked_after_workers() -> None:
    assert order(candidate(1, role="leader"), candidate(2)) == [2, 1]
