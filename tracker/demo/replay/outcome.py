"""What became of every point of a file, and the table that says so. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COLUMNS = ("points", "sent", "stored", "duplicate", "off duty", "quarantined")


@dataclass(kw_only=True, slots=True)
class Outcome:
    """One file's counts; `quarantined` by the server's reason, `notes` for people."""

    file: str
    worker: str
    points: int
    sent: int = 0
    stored: int = 0
    duplicate: int = 0
    off_duty: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def add(self, sent: int, reply: Mapping[str, Any]) -> None:
        """Count the server's answer to one batch."""
        self.sent += sent
        self.stored += int(reply["stored"])
        self.duplicate += int(reply["duplicate"])
        self.off_duty += int(reply["off_duty"])
        self.quarantined.update(str(one["reason"]) for one in reply["quarantined"])

    @property
    def answered(self) -> int:
        """Points that the server has told the fate of."""
        return self.stored + self.duplicate + self.off_duty + self.quarantined.total()

    def row(self) -> list[str]:
        """The cells of the table."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(self.quarantined.items()))
        counts = [self.points, self.sent, self.stored, self.duplicate, self.off_duty]
        return [self.file, self.worker, *map(str, counts), reasons or "0"]


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """A heading, a line for each file, and the notes below."""
    rows = [["file", "worker", *COLUMNS], *(one.row() for one in outcomes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(_cell(text, widths[i], i) for i, text in enumerate(row)).rstrip() for row in rows]
    return [*lines, *(f"{one.file}: {note}" for one in outcomes for note in one.notes)]


def _cell(text: str, width: int, column: int) -> str:
    left = column == 0 or column > len(COLUMNS)
    return text.ljust(width) if left else text.rjust(width)
