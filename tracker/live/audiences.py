"""The audience of a department: what happens to its own cases in its area, and no worker at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.bus.model import department_place
from tracker.geo.area import Area


@dataclass(frozen=True, slots=True)
class DepartmentAudience(Area):
    """An area in which only news that were published for the department lie; no grid's code begins with its prefix."""

    department: str = field(default="")

    def __post_init__(self) -> None:
        Area.__post_init__(self)
        object.__setattr__(self, "prefix", department_place(self.department, self.prefix))
