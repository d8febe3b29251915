"""One state of the register in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.unit.county.county_house import a_worker, small_county
from tracker.county.answers import map_county
from tracker.county.snapshot import Snapshot
from tracker.county.store import Contents, Version
from tracker.geo.area import Area


def test_workers_of_a_village_are_found_by_its_code(snapshot: Snapshot) -> None:
    assert [one.number for one in snapshot.workers_in(Area("130533106201"))] == ["W001", "W002"]


def test_workers_of_one_grid_are_found(snapshot: Snapshot) -> None:
    assert [one.number for one in snapshot.workers_in(Area("130533106202001"))] == ["W003"]


def test_workers_of_the_county_are_all(snapshot: Snapshot) -> None:
    assert len(snapshot.workers_in(Area("130533000000"))) == 3


def test_a_worker_who_left_is_known_but_not_in_the_roster() -> None:
    gone = a_worker("W009", "130533106201001", id=9, valid_to=date(2025, 1, 1))
    contents = replace(small_county(), workers=[gone])
    snapshot = Snapshot.of(contents, version=Version(number=1, synthetic=False), day=date(2025, 1, 1))
    assert snapshot.workers[9] is gone
    assert snapshot.workers_in(Area("130533000000")) == []


def test_an_unknown_area_is_named_by_its_code(snapshot: Snapshot) -> None:
    assert (snapshot.area_name("130533106201"), snapshot.area_name("x")) == ("东村", "x")


def test_the_locator_finds_grids(snapshot: Snapshot) -> None:
    assert snapshot.locator.find(369_050_000, 1_152_150_000) == "130533106201002"


def test_a_village_without_a_boundary_is_what_its_grids_are() -> None:
    contents = small_county()
    bare = replace(contents, divisions=[replace(one, boundary=None) for one in contents.divisions])
    snapshot = Snapshot.of(bare, version=Version(number=1, synthetic=False), day=date(2026, 1, 1))
    fence = snapshot.fences["130533106201001"]
    assert fence.holds(369_050_000, 1_152_150_000)
    assert not fence.holds(369_050_000, 1_152_250_000)


def test_the_map_of_an_empty_register_opens_on_the_country() -> None:
    nothing = Snapshot.of(Contents(), version=Version(number=0, synthetic=False), day=date(2026, 1, 1))
    assert (map_county(nothing).code, map_county(nothing).bounds) == ("", [73.0, 18.0, 135.0, 54.0])


def test_the_tag_changes_with_the_day(snapshot: Snapshot) -> None:
    assert replace(snapshot, day=date(2026, 11, 2)).tag != snapshot.tag
