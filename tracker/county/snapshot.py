"""One state of the register in memory, ready to answer: who works where, what lies where, what is called what."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import shapely

from tracker.county.model import Boundary, Department, Division, Grid, Worker
from tracker.county.raster import Fence, Locator
from tracker.county.store import Contents, Version
from tracker.geo.area import Area

ON_GRID_TOLERANCE_M = 60.0  # phones are off by so much between houses; nobody is accused for the width of a lane


@dataclass(frozen=True)  # no slots: the cached look-up tables live in the instance
class Snapshot:
    """The register as of one version and day."""

    version: Version
    day: date
    divisions: Mapping[str, Division]
    grids: Mapping[str, Grid]
    departments: Mapping[str, Department]
    workers: Mapping[int, Worker]  # all, also those whose validity has ended
    shapes_key: int = 0  # equal for snapshots of the same places; 0: not known

    @classmethod
    def of(cls, contents: Contents, *, version: Version, day: date, shapes_key: int = 0) -> Snapshot:
        """Arrange the contents by their keys."""
        return cls(
            version=version,
            day=day,
            shapes_key=shapes_key,
            divisions={one.code: one for one in contents.divisions},
            grids={one.code: one for one in contents.grids},
            departments={one.code: one for one in contents.departments},
            workers={one.id: one for one in contents.workers if one.id is not None},
        )

    @property
    def tag(self) -> str:
        """What changes when an answer made of this snapshot changes: the version and the day."""
        return f"{self.version.number}-{self.day:%Y%m%d}"

    @cached_property
    def county(self) -> Division | None:
        """The county itself; None while nothing has been imported."""
        return next((one for one in self.divisions.values() if one.parent_code is None), None)

    @cached_property
    def _by_grid(self) -> tuple[list[str], list[Worker]]:
        here = [one for one in self.workers.values() if self.is_valid(one)]
        here.sort(key=lambda one: (one.grid_code, one.id or 0))
        return [one.grid_code for one in here], here

    def is_valid(self, worker: Worker) -> bool:
        """Whether the worker serves on the snapshot's day."""
        return worker.valid_from <= self.day and (worker.valid_to is None or worker.valid_to > self.day)

    def workers_in(self, area: Area) -> list[Worker]:
        """The workers who serve in the area on the snapshot's day, ordered by grid."""
        codes, workers = self._by_grid
        low = bisect_left(codes, area.prefix)
        high = bisect_left(codes, area.prefix + "~")  # after every digit
        return workers[low:high]

    def grids_in(self, area: Area) -> list[Grid]:
        """The grids of the area, by code."""
        return [one for code, one in self.grids.items() if code.startswith(area.prefix)]

    def area_name(self, code: str) -> str:
        """The name of a division or grid; the code itself where it is unknown."""
        known = self.grids.get(code) or self.divisions.get(code)
        return known.name if known else code

    @cached_property
    def locator(self) -> Locator:
        """Which grid a point lies in."""
        return Locator(list(self.grids), [one.boundary for one in self.grids.values()])

    @cached_property
    def fences(self) -> Mapping[str, Fence]:
        """For every grid: whether a point lies in its village, within the tolerance; grids of a village share one."""
        shapes = self._village_shapes().items()
        villages = {code: Fence(shape, tolerance_m=ON_GRID_TOLERANCE_M) for code, shape in shapes}
        return {code: villages[grid.village_code] for code, grid in self.grids.items()}

    def _village_shapes(self) -> dict[str, Boundary]:
        parts: dict[str, list[Boundary]] = {}
        for grid in self.grids.values():
            parts.setdefault(grid.village_code, []).append(grid.boundary)
        # A village without a boundary of its own is what its grids are together.
        shapes: dict[str, Any] = dict.fromkeys(parts)
        for code in shapes:
            own = self.divisions.get(code)
            shapes[code] = own.boundary if own and own.boundary else shapely.union_all(parts[code])
        return shapes

    def prepare(self, before: Snapshot | None = None) -> None:
        """Build every look-up table, a second or two for a county, so call it in a thread.

        The tables of places are taken from `before` where it has the same places.
        """
        if before is not None and self.shapes_key and self.shapes_key == before.shapes_key:
            vars(self).update(locator=before.locator, fences=before.fences)
        _ = (self.county, self._by_grid, self.locator, self.fences)
