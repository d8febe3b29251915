from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from tracker.demo.county import roster
from tracker.demo.county.build import build_county
from tracker.demo.county.model import DemoCounty
from tracker.demo.county.townships import TOWNSHIPS


@pytest.fixture(scope="module")
def county() -> DemoCounty:
    return build_county(villages=6)


def test_each_grid_has_one_worker(county: DemoCounty) -> None:
    assert [w.grid_code for w in county.workers] == [g.code for g in county.grids]


def test_one_worker_leads_each_village(county: DemoCounty) -> None:
    leaders = Counter(w.grid_code[:12] for w in county.workers if w.role == "leader")
    assert leaders == {d.code: 1 for d in county.level(3)}


def test_numbers_tell_township_village_and_grid(county: DemoCounty) -> None:
    worker = county.workers[2]
    code = worker.grid_code
    assert worker.number == f"WX-{code[6:9]}-{code[9:12]}-{code[13:]}"


def test_phones_are_of_the_invented_range(county: DemoCounty) -> None:
    assert all(len(w.phone) == 11 and w.phone.startswith("1990000") for w in county.workers)


def test_duties_are_business_lines(county: DemoCounty) -> None:
    assert all(2 <= len(w.duties) <= 4 and set(w.duties) <= set(roster.LINES) for w in county.workers)


def test_five_thousand_people_have_five_thousand_names() -> None:
    names = list(itertools.islice(roster.people(np.random.default_rng(1)), 5000))
    assert len(set(names)) == 5000
    assert {len(n) for n in names} == {2, 3}


def test_surnames_are_listed_once() -> None:
    assert len(set(roster.SURNAMES)) == len(roster.SURNAMES)


def test_each_township_has_a_government() -> None:
    names = {d.name: d.area_code for d in roster.departments(TOWNSHIPS)}
    assert all(names[f"{t.name}人民政府"] == t.code for t in TOWNSHIPS)
    assert len(names) == len(roster.COUNTY_DEPARTMENTS) + 16
