"""The sixteen townships: names and codes are real, the rough places given here are only for the drawing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Township:
    """A township's published code and name; east and north are -1..1 of the county's half width and height."""

    code: str
    name: str
    east: float
    north: float


def _township(serial: int, name: str, east: float, north: float) -> Township:
    return Township(code=f"130533{serial}000", name=name, east=east, north=north)


TOWNSHIPS = (
    _township(100, "洺州镇", -0.05, 0.05),
    _township(101, "梨园屯镇", 0.75, -0.55),
    _township(102, "章台镇", 0.20, 0.85),
    _township(103, "侯贯镇", 0.45, 0.45),
    _township(104, "七级镇", 0.85, 0.35),
    _township(105, "贺营镇", 0.90, -0.10),
    _township(106, "方家营镇", -0.50, -0.45),
    _township(107, "常庄镇", -0.90, 0.05),
    _township(108, "第什营镇", -0.35, 0.50),
    _township(109, "贺钊镇", -0.75, 0.45),
    _township(110, "赵村镇", 0.40, 0.00),
    _township(111, "固献镇", 0.35, -0.45),
    _township(202, "枣园乡", -0.10, -0.85),
    _township(206, "张家营乡", 0.40, -0.90),
    _township(207, "常屯乡", -0.25, 0.90),
    _township(209, "高公庄乡", -0.65, -0.85),
)
