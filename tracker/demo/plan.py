"""The demo county's patrol plan: three rounds that fill the whole day, so that every hour has one to see."""

from __future__ import annotations

from datetime import date

from tracker.patrol.model import Criteria, Plan, RoundPattern, Walkers

ROUNDS = (
    RoundPattern(name="早巡", starts=0, ends=8 * 60),
    RoundPattern(name="午巡", starts=8 * 60, ends=16 * 60),
    RoundPattern(name="晚巡", starts=16 * 60, ends=24 * 60),
)


def demo_plan(county_code: str, valid_from: date) -> Plan:
    """The usual criteria, in windows of eight hours."""
    return Plan(
        area_code=county_code,
        valid_from=valid_from,
        rounds=ROUNDS,
        criteria=Criteria(),
        sight_radius_m=40,
        walkers=Walkers.GRID,
    )
