from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tracker.errors import WrongSetting
from tracker.web.basemap import PATH, BaseMap

Serve = Callable[..., Awaitable[Any]]


async def test_a_range_of_the_file_is_served(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "county.pmtiles"
    file.write_bytes(bytes(range(256)))
    client = await serve(BaseMap(str(file)).routes())
    answer = await client.get(PATH, headers={"Range": "bytes=16-19"})
    assert (answer.status, await answer.read()) == (206, b"\x10\x11\x12\x13")


async def test_without_the_setting_there_is_no_base_map(serve: Serve) -> None:
    client = await serve(BaseMap("").routes())
    assert (await client.get(PATH)).status == 404


def test_a_file_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(WrongSetting, match="pmtiles"):
        BaseMap("/nowhere.pmtiles")


def test_the_base_map_is_for_who_may_see_the_map() -> None:
    (route,) = BaseMap("").routes()
    assert route.permission == "map.view"
