"""What phones were promised, kept outside of the server: which uploads were acknowledged, and what was in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracker.db.pool import Database
from tracker.geo.cells import PRESENCE_RESOLUTION, cell_of

FIXES_A_UPLOAD = 10
STEP_MS = 1000  # between two fixes of a phone: years of load fit before the present
SLOT_MS = 15 * 60 * 1000
_SPREAD = 0x9E3779B1

STORED = """
select (extract(epoch from recorded_at) * 1000)::bigint, round(lat * 1e7)::integer, round(lon * 1e7)::integer,
       round(accuracy_m * 10)::integer, round(speed_mps * 100)::integer, round(bearing_deg * 100)::integer, altitude_m,
       battery
from fix where worker_id = $1"""
PRESENT = "select cell, (extract(epoch from slot) * 1000)::bigint from present where worker_id = $1"
LATEST = """
select (extract(epoch from recorded_at) * 1000)::bigint, lat_e7, lon_e7 from latest where worker_id = $1"""

Values = tuple[int | None, ...]  # in the order of STORED


@dataclass(kw_only=True)
class Walker:
    """One worker: every fix follows from its number, so the ledger keeps only how many uploads were acknowledged."""

    worker_id: int
    token: str
    start_ms: int
    lat_e7: int
    lon_e7: int
    acknowledged: int = 0  # uploads, from the first on

    def fix(self, number: int) -> Values:
        """What the phone measured; here and there it does not know a value."""
        luck = (self.worker_id * 7919 + number) * _SPREAD % (1 << 32)
        there = abs(number % 200 - 100) * 90  # to and fro, a metre a second, with some noise
        return (
            self.start_ms + number * STEP_MS + luck % 900,
            self.lat_e7 + there + luck % 37,
            self.lon_e7 + there // 2 + luck % 41,
            None if luck % 11 == 0 else 30 + luck % 170,
            None if luck % 13 == 0 else luck % 300,
            None if luck % 7 == 0 else luck % 36_000,
            None if luck % 17 == 0 else luck % 900 - 20,
            100 - number // 500 % 90,
        )

    def upload(self, number: int, shift: int = 0) -> list[Values]:
        """The fixes of an upload; a shift makes one that overlaps with two."""
        first = number * FIXES_A_UPLOAD + shift
        return [self.fix(first + n) for n in range(FIXES_A_UPLOAD)]

    def promised(self) -> Iterator[Values]:
        """Every fix of every acknowledged upload."""
        return (self.fix(number) for number in range(self.acknowledged * FIXES_A_UPLOAD))


@dataclass(kw_only=True)
class Balance:
    """The database against the ledger; all but `promised` and `stored` must be 0."""

    promised: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0  # stored with other values than sent
    strange: int = 0  # stored, but never sent
    dots_wrong: int = 0
    presence_wrong: int = 0
    examples: list[Any] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nothing lost, doubled, wrong."""
        bad = self.lost + self.doubled + self.wrong + self.strange + self.dots_wrong + self.presence_wrong
        return self.promised > 0 and bad == 0

    def __str__(self) -> str:
        return (
            f"acknowledged {self.promised}, stored {self.stored}; lost {self.lost}, doubled {self.doubled}, "
            f"wrong {self.wrong}, never sent {self.strange}, dots wrong {self.dots_wrong}, "
            f"presence wrong {self.presence_wrong}" + (f"; such as {self.examples[:3]}" if self.examples else "")
        )


async def balance(database: Database, walkers: list[Walker]) -> Balance:
    """Compare everything; every upload must have been acknowledged in the end, so that both sides are known exactly."""
    total = Balance()
    for walker in walkers:
        await _compare(database, walker, total)
    return total


async def _compare(database: Database, walker: Walker, total: Balance) -> None:
    rows = [tuple(row) for row in await database.fetch(STORED, walker.worker_id)]
    stored = Counter(row[:3] for row in rows)
    values = {row[:3]: row for row in rows}
    promised = {fix[:3]: fix for fix in walker.promised()}
    lost = [fix for key, fix in promised.items() if key not in stored]
    wrong = [(fix, values[key]) for key, fix in promised.items() if key in values and values[key] != fix]
    total.promised += len(promised)
    total.stored += len(rows)
    total.lost += len(lost)
    total.doubled += sum(count - 1 for count in stored.values())
    total.wrong += len(wrong)
    total.strange += len(stored.keys() - promised.keys())
    total.examples += lost[:1] + wrong[:1]
    newest = max(promised, default=None, key=lambda key: key[0] or 0)
    dot = await database.fetchrow(LATEST, walker.worker_id)
    total.dots_wrong += (tuple(dot) if dot else None) != newest
    there = {(row[0], row[1]) for row in await database.fetch(PRESENT, walker.worker_id)}
    total.presence_wrong += len(there ^ _presence(promised))


def _presence(fixes: dict[tuple[Any, ...], Values]) -> set[tuple[int, int]]:
    return {(cell_of(lat / 1e7, lon / 1e7, PRESENCE_RESOLUTION), at // SLOT_MS * SLOT_MS) for at, lat, lon in fixes}
