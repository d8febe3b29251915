from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.book import Category
from tracker.cases.dispatch import responsible, serving, suggest
from tracker.cases.masks import mask_name, mask_phone
from tracker.cases.worktime import Unit
from tracker.county.model import Department, Worker, WorkerRole

GRID = "130523100201001"
DEPARTMENTS = {
    one.code: one
    for one in (
        Department(code="CITY", name="县城市管理综合行政执法局", area_code="130523000000"),
        Department(code="CITY2", name="城市管理二大队", area_code="130523000000"),
        Department(code="TOWN", name="方家营镇人民政府", area_code="130523100000"),
        Department(code="OTHER", name="梨园屯镇人民政府", area_code="130523101000"),
    )
}


def category(**more: Any) -> Category:
    base: dict[str, Any] = {
        "code": "0102", "group": "市容环境", "name": "暴露垃圾", "name_en": "", "icon": "trash", "line": "环卫",
        "department_name": "城市管理", "limit": 4, "unit": Unit.WORK_HOUR, "urgent": False, "needs_check": True,
        "in_public": True, "keywords": ["垃圾", "臭味"],
    }  # fmt: skip
    return Category(**(base | more))


def test_the_category_names_the_department() -> None:
    assert responsible(category(), GRID, DEPARTMENTS) == "CITY"


def test_a_configured_code_goes_before_the_name() -> None:
    assert responsible(category(department_code="TOWN"), GRID, DEPARTMENTS) == "TOWN"


def test_the_township_of_the_place_handles_what_is_local() -> None:
    assert responsible(category(department_name="乡镇"), GRID, DEPARTMENTS) == "TOWN"


def test_the_unit_complained_of_is_passed_over() -> None:
    assert responsible(category(), GRID, DEPARTMENTS, "CITY") == "CITY2"
    assert responsible(category(department_name="乡镇"), GRID, DEPARTMENTS, "TOWN") is None


def test_without_a_category_nobody_is_responsible() -> None:
    assert responsible(None, GRID, DEPARTMENTS) is None


def test_words_suggest_a_category() -> None:
    lamp = category(code="0202", name="路灯故障", keywords=["路灯"])
    found = suggest("门口的垃圾发出臭味", [lamp, category()])
    assert [(one.code, score) for one, score in found] == [("0102", 4.0)]


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13800001234", "138****1234"), ("5551234", "*****34"), ("", ""), ("03192345678", "031****5678")],
)
def test_phones_are_masked(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@given(st.text(alphabet="0123456789", min_size=5, max_size=20))
def test_a_masked_phone_hides_at_least_three_digits(phone: str) -> None:
    assert mask_phone(phone).count("*") >= 3


def test_names_keep_the_first_character_only() -> None:
    assert (mask_name("欧阳娜娜"), mask_name("")) == ("欧**", "")


def worker(number: int, role: WorkerRole = WorkerRole.WORKER, grid: str = GRID) -> Worker:
    day = date(2020, 1, 1)
    return Worker(id=number, number=f"W{number}", name="王五", role=role, grid_code=grid, valid_from=day)


def test_a_grids_workers_answer_for_what_is_missed_there() -> None:
    here = [worker(1), worker(2, WorkerRole.LEADER), worker(3), worker(4, grid="130523100201002")]
    assert serving(GRID, here, None) == [1, 3]


def test_a_grid_without_workers_has_its_leader() -> None:
    assert serving(GRID, [worker(2, WorkerRole.LEADER)], None) == [2]


def test_nobody_answers_for_not_reporting_a_complaint_about_themselves() -> None:
    assert serving(GRID, [worker(1), worker(3)], "worker:1") == [3]


def test_a_report_of_a_whole_village_is_missed_by_nobody() -> None:
    assert serving(GRID[:12], [worker(1)], None) == []
