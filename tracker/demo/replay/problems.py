"""What is wrong with a recording, told so that the place in the file can be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tracker.errors import MAX_SHOWN, SanxunError

SHOWN = 3  # of one kind: a track without times has hundreds


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One wrong value; `line` and `point` count from 1, 0 where the whole file is meant."""

    field: str
    value: str
    what: str
    line: int = 0
    point: int = 0

    def told(self, file: Path) -> str:
        """The line for people: file, line, point, field, value, what is wrong."""
        where = f"{file}:{self.line}" if self.line else f"{file}"
        point = f" point {self.point}:" if self.point else ""
        return f"{where}:{point} {self.field} {self.value[:MAX_SHOWN]!r}: {self.what}"


class BrokenRecording(SanxunError):
    """A recording cannot be sent as it is; the message lists what is wrong, nothing was sent."""

    code = "broken_recording"

    def __init__(self, file: Path, problems: Sequence[Problem], hint: str = "") -> None:
        self.file = file
        self.problems = problems
        lines = told(file, problems)
        super().__init__("\n".join([*lines, hint] if hint else lines))


def told(file: Path, problems: Sequence[Problem]) -> list[str]:
    """Every kind of problem with its first cases and how many more there are."""
    lines: list[str] = []
    for what, same in groupby(sorted(problems, key=_kind), key=_kind):
        cases = list(same)
        lines += [one.told(file) for one in cases[:SHOWN]]
        if len(cases) > SHOWN:
            lines.append(f"{file}: … and {len(cases) - SHOWN} more points: {what[1]}")
    return lines


def _kind(problem: Problem) -> tuple[str, str]:
    return problem.field, problem.what
