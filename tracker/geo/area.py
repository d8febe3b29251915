"""Area: a county, township, village or grid, known by its division code or grid code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Self

from tracker.errors import BadValue

_CODE = re.compile(
    r"""
    (?P<county>[0-9]{4}(?!00)[0-9]{2})    # 00 would be a province or a prefecture
    (?P<township>[0-9]{3})
    (?P<village>[0-9]{3})
    (?P<grid>[0-9]{3})?
    """,
    re.VERBOSE,
)
_ZEROS = "000"
_ALLOWED = "a 12-digit county, township or village code, or a 15-digit grid code"


class Level(IntEnum):
    """How deep an area lies; a larger number is a smaller place."""

    COUNTY = 1
    TOWNSHIP = 2
    VILLAGE = 3
    GRID = 4


_PREFIX_DIGITS = {Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12, Level.GRID: 15}


@dataclass(frozen=True, slots=True)
class Area:
    """One area; `code` has 12 digits (division) or 15 (grid: its village's 12 and a serial of 3).

    Raises BadValue (field `area`) for anything else, among them the codes of provinces and prefectures.
    """

    code: str
    level: Level = field(init=False, compare=False)
    prefix: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        level = _level_of(self.code)
        object.__setattr__(self, "level", level)
        object.__setattr__(self, "prefix", self.code[: _PREFIX_DIGITS[level]])

    @classmethod
    def parse(cls, code: str) -> Self:
        """Read the area from its code; raises BadValue (field `area`)."""
        return cls(code)

    def contains(self, code: str) -> bool:
        """Say whether the division or grid with this code is this area or lies within it."""
        return len(code) in (12, 15) and code.startswith(self.prefix)

    def ancestors(self) -> tuple[str, ...]:
        """Codes of the areas above this one, the county first; empty for a county."""
        above = (level for level in Level if level < self.level)
        return tuple(self.code[: _PREFIX_DIGITS[level]].ljust(12, "0") for level in above)


def _level_of(code: str) -> Level:
    match = _CODE.fullmatch(code)
    if match is None:
        raise BadValue(field="area", value=code, allowed=_ALLOWED)
    township, village, grid = match["township"], match["village"], match["grid"]
    # A level is named by its own three digits: once they are zeros, all below must be zeros (or absent).
    named = (township != _ZEROS, village != _ZEROS, grid is not None and grid != _ZEROS)
    depths = {(False, False, False): Level.COUNTY, (True, False, False): Level.TOWNSHIP}
    depths |= {(True, True, False): Level.VILLAGE, (True, True, True): Level.GRID}
    level = depths.get(named)
    if level is None or (grid is not None and level is not Level.GRID):
        raise BadValue(field="area", value=code, allowed=_ALLOWED)
    return level
