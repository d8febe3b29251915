from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tracker import settings as reading
from tracker.app.place import Place
from tracker.app.processes import _write_order, read_order
from tracker.errors import WrongSetting
from tracker.settings import Settings

PLACE = Place(
    name="ingest-1", is_house=False, parent=1, database="postgresql://a@/b", bus="nats://127.0.0.1:1", bus_token="x",
    public=3, adopted=4, house="", ingest="i",
)  # fmt: skip
OUTSIDE = {"database": "postgresql://sanxun@db/sanxun", "bus": "nats://token@bus:4222"}


def test_a_child_has_the_settings_of_its_parent() -> None:
    changed = replace(Settings(), port=9370, data=Path("elsewhere"), duty_required=False, data_contact="张三 ☎")
    order = read_order(_write_order(changed, PLACE))
    assert order.settings == changed
    assert order.place == PLACE


def test_an_order_is_one_line() -> None:
    assert _write_order(Settings(), PLACE).count(b"\n") == 1


def test_a_machine_for_uploads_names_database_and_bus_of_the_first() -> None:
    assert reading.read({"machine_role": "ingest", **OUTSIDE}, {}).machine_role == "ingest"
    for missing in OUTSIDE:
        with pytest.raises(WrongSetting):
            reading.read({"machine_role": "ingest", **OUTSIDE, missing: ""}, {})


def test_a_bus_needs_a_database_that_others_reach() -> None:
    with pytest.raises(WrongSetting, match="bus"):
        reading.read({"bus": OUTSIDE["bus"]}, {})


@pytest.mark.parametrize("url", ["http://bus", "bus:4222", "4222"])
def test_a_bus_is_a_nats_address(url: str) -> None:
    with pytest.raises(WrongSetting, match="bus"):
        reading.read({**OUTSIDE, "bus": url}, {})
