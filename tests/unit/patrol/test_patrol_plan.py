from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.unit.patrol.patrol_house import COUNTY, DAY, GRID, MIDNIGHT
from tracker.errors import BadValue
from tracker.patrol.calendar import Calendar, SpecialDay
from tracker.patrol.model import (
    Criteria,
    DayKind,
    Plan,
    RoundPattern,
    clock_minute,
    clock_text,
    patterns_from_json,
    patterns_to_json,
)
from tracker.patrol.plan import DEFAULT_ROUNDS, Plans, default_plan, rounds_on

HOUR_MS = 3_600_000
SATURDAY, SUNDAY, MONDAY = date(2026, 10, 10), date(2026, 10, 11), date(2026, 10, 12)


def pattern(starts: int = 6, ends: int = 10, **about: object) -> RoundPattern:
    return RoundPattern(**{"name": "早巡", "starts": starts * 60, "ends": ends * 60, **about})  # type: ignore[arg-type]


def plan(area: str = COUNTY, since: date = DAY, *, number: int = 1, until: date | None = None) -> Plan:
    return Plan(area_code=area, valid_from=since, valid_to=until, rounds=(pattern(),), id=number)


def test_three_rounds_a_day_in_local_time() -> None:
    windows = rounds_on(default_plan(COUNTY, DAY), DAY, Calendar())
    hours = [((one.starts_ms - MIDNIGHT) / HOUR_MS, (one.ends_ms - MIDNIGHT) / HOUR_MS) for one in windows]
    assert hours == [(6, 10), (11, 15), (16, 20)]
    assert [one.ordinal for one in windows] == [1, 2, 3]


def test_a_round_may_be_late_until_the_next_begins() -> None:
    windows = rounds_on(default_plan(COUNTY, DAY), DAY, Calendar())
    assert [(one.until_ms - MIDNIGHT) / HOUR_MS for one in windows] == [11, 16, 24]


def test_the_most_specific_plan_holds() -> None:
    plans = Plans([plan(COUNTY, number=1), plan("130533100000", number=2), plan(GRID, number=3)])
    asked = {code: plans.holding(code, DAY) for code in (GRID, "130533100201002", "130533101201001", COUNTY)}
    assert [one.id for one in asked.values() if one] == [3, 2, 1, 1]


def test_no_plan_holds_before_the_first_day() -> None:
    assert Plans([plan()]).holding(GRID, DAY - timedelta(days=1)) is None


def test_past_days_keep_their_plan() -> None:
    change = DAY + timedelta(days=10)
    plans = Plans([plan(number=1, until=change), plan(number=2, since=change)])
    found = [plans.holding(GRID, day) for day in (DAY, change - timedelta(days=1), change)]
    assert [one.id for one in found if one] == [1, 1, 2]


def test_another_county_has_no_plan() -> None:
    assert Plans([plan()]).holding("130532100201001", DAY) is None


def test_weekdays_choose_rounds() -> None:
    weekend = Plan(area_code=COUNTY, valid_from=DAY, rounds=(pattern(), pattern(12, 13, weekdays=(6, 7))))
    assert [len(rounds_on(weekend, day, Calendar())) for day in (SATURDAY, MONDAY)] == [2, 1]


def test_a_workday_moved_to_saturday_is_walked_as_one() -> None:
    office = Plan(area_code=COUNTY, valid_from=DAY, rounds=(pattern(days=DayKind.WORK),))
    moved = Calendar({SATURDAY: SpecialDay(day=SATURDAY, kind=DayKind.WORK, name="国庆调休")})
    assert [len(rounds_on(office, SATURDAY, calendar)) for calendar in (Calendar(), moved)] == [0, 1]


def test_a_holiday_on_monday_is_rest() -> None:
    leisure = Plan(area_code=COUNTY, valid_from=DAY, rounds=(pattern(days=DayKind.REST),))
    holiday = Calendar({MONDAY: SpecialDay(day=MONDAY, kind=DayKind.REST, name="国庆节")})
    assert [len(rounds_on(leisure, day, holiday)) for day in (SUNDAY, MONDAY)] == [1, 1]
    assert holiday.knows(2026)
    assert not holiday.knows(2027)


def test_ordinals_count_the_rounds_of_the_day() -> None:
    mixed = Plan(area_code=COUNTY, valid_from=DAY, rounds=(pattern(weekdays=(1,)), pattern(12, 13)))
    assert [one.ordinal for one in rounds_on(mixed, SUNDAY, Calendar())] == [1]


@pytest.mark.parametrize(
    ("field", "about"),
    [
        ("rounds.ends", {"starts": 10, "ends": 10}),
        ("rounds.ends", {"ends": 25}),
        ("rounds.weekdays", {"weekdays": ()}),
        ("rounds.weekdays", {"weekdays": (1, 1)}),
        ("rounds.weekdays", {"weekdays": (0,)}),
        ("rounds.name", {"name": ""}),
    ],
)
def test_a_wrong_round_is_refused(field: str, about: dict[str, object]) -> None:
    with pytest.raises(BadValue) as caught:
        pattern(**about)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_rounds_of_one_day_must_not_overlap() -> None:
    with pytest.raises(BadValue):
        Plan(area_code=COUNTY, valid_from=DAY, rounds=(pattern(6, 10), pattern(9, 12)))
    Plan(
        area_code=COUNTY, valid_from=DAY, rounds=(pattern(6, 10, days=DayKind.WORK), pattern(9, 12, days=DayKind.REST))
    )
    Plan(area_code=COUNTY, valid_from=DAY, rounds=(pattern(6, 10, weekdays=(1,)), pattern(9, 12, weekdays=(2,))))


@pytest.mark.parametrize(
    ("name", "value"), [("min_coverage", 1.1), ("min_minutes", -1), ("min_confidence", float("nan"))]
)
def test_wrong_criteria_are_refused(name: str, value: float) -> None:
    with pytest.raises(BadValue) as caught:
        Criteria(**{name: value})  # type: ignore[arg-type]
    assert caught.value.field == name


def test_rounds_survive_their_stored_form() -> None:
    assert patterns_from_json(patterns_to_json(DEFAULT_ROUNDS)) == DEFAULT_ROUNDS


@pytest.mark.parametrize("text", ["6:00", "24:01", "12:60", "ab:cd", "１２:00", ""])
def test_a_wrong_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        clock_minute("starts", text)


def test_midnight_at_the_end_is_a_time_of_day() -> None:
    assert clock_text(clock_minute("ends", "24:00")) == "24:00"
