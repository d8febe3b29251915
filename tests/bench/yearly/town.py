"""The county of the simulated year: 16 townships of 4 villages, 12 departments, accounts of every role, a calendar."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, timedelta
from typing import Any

import shapely

from tests.integration.cases_house import CaseHouse
from tracker.bus.model import Message
from tracker.cases.book import Books
from tracker.clock import day_start_ms

COUNTY = "130523000000"
FIRST, LAST = date(2026, 1, 1), date(2027, 1, 1)
BEGINS_MS = day_start_ms(FIRST)
TOWNSHIPS = [f"130523{100 + n}" for n in range(16)]
VILLAGES = [f"{township}{201 + n}" for township in TOWNSHIPS for n in range(4)]
GRIDS = [f"{village}001" for village in VILLAGES]
NAMES = [
    *("城市管理综合行政执法局", "水务局", "住房和城乡建设局", "交通运输局", "农业农村局", "民政局", "医疗保障局"),
    *("人力资源和社会保障局", "教育局", "市场监督管理局", "应急管理局", "生态环境局", "供电公司", "公安局"),
    *("自然资源局", "消防救援大队", "信访局"),
]
DEPARTMENTS = [
    *((f"D{n:02}", f"县{name}", COUNTY) for n, name in enumerate(NAMES)),
    ("D90", "县民情通办中心", COUNTY),
    *((f"T{township[6:]}", f"第{n + 1}镇人民政府", f"{township}000") for n, township in enumerate(TOWNSHIPS)),
]
PEOPLE = {"operator": [1, 2, 3, 4], "shift_leader": [5, 6], "dispatcher": [7, 8, 9]}
# Long holidays, and days of rest worked instead; made up after the pattern of a year, not taken from a notice.
REST = [
    *(("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5)),
    *(("2026-06-19", 3), ("2026-09-25", 3), ("2026-10-01", 7)),
]
WORKED = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]

_CLOCK: ContextVar[int] = ContextVar("clock", default=BEGINS_MS)
_GRID = (
    "insert into grid (code, name, village_code, color, valid_from, boundary, lon, lat) "
    "values ($1, $2, $3, 1, '2020-01-01', $4, $5, $6)"
)


class Town(CaseHouse):
    """All parts of the room, with a clock that each task sets for itself."""

    def clock(self) -> int:
        return _CLOCK.get()

    def at(self, now_ms: int) -> None:
        """From here on it is this time for the running task."""
        _CLOCK.set(now_ms)

    def publish(self, message: Message) -> None:
        """Nobody listens."""

    async def build(self) -> None:
        """The register, accounts and special days; the configuration is read once."""
        async with self.database.connection() as connection:
            for statement, rows in _rows().items():
                await connection.executemany(statement, rows)
        self.cases._books = Books(self.database, lambda: 0)  # a simulated second is not a look at the table
        self.books = self.cases._books
        await self.register.load()


def place_of(grid: str) -> tuple[float, float]:
    """The middle (lat, lon) of a grid."""
    n = GRIDS.index(grid)
    return 37.0 + 0.02 * (n // 8), 114.5 + 0.02 * (n % 8)


_DIVISION = "insert into division (code, name, level, parent_code, valid_from) values ($1, $2, $3, $4, '2020-01-01')"
_DEPARTMENT = "insert into department (code, name, area_code) values ($1, $2, $3)"
_WORKER = (
    "insert into worker (id, number, name, role, grid_code, valid_from) values ($1, $2, $3, 'worker', $4, '2020-01-01')"
)
_ACCOUNT = (
    "insert into account (id, name, display_name, password_hash, role, area_code) values ($1, $2, $3, '-', $4, $5)"
)
_DAY = "insert into calendar_day (day, kind, name) values ($1, $2, $3) on conflict do nothing"


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    """Statements with their rows, in the order in which they must be run."""
    townships = [(f"{code}000", f"第{n}镇", 2, COUNTY) for n, code in enumerate(TOWNSHIPS, 1)]
    villages = [(code, f"{code[9:]}村", 3, f"{code[:9]}000") for code in VILLAGES]
    rests = [date.fromisoformat(first) + timedelta(n) for first, days in REST for n in range(days)]
    people = [(key, f"{role}{key}", f"{role} {key}", role, COUNTY) for role, keys in PEOPLE.items() for key in keys]
    worked = [(date.fromisoformat(day), "work", "调休") for day in WORKED]
    return {
        _DIVISION: [(COUNTY, "柳林县", 1, None), *townships, *villages],
        _DEPARTMENT: list(DEPARTMENTS),
        _GRID: [_grid(code) for code in GRIDS],
        _WORKER: [(n, f"W{n}", f"网格员{n}", grid) for n, grid in enumerate(GRIDS, 1)],
        _ACCOUNT: people,
        _DAY: [*((day, "rest", "放假") for day in rests), *worked],
    }


def _grid(code: str) -> tuple[Any, ...]:
    lat, lon = place_of(code)
    boundary = shapely.to_wkb(shapely.box(lon - 0.008, lat - 0.008, lon + 0.008, lat + 0.008))
    return code, f"{code[9:12]}网格", code[:12], boundary, lon, lat
