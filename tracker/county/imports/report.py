"""What an import found: every problem with its place, its value and what is allowed there, up to a bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tracker.errors import MAX_SHOWN, BadValue

MAX_PROBLEMS = 1000  # shown; more are counted. Nobody reads further, and the answer stays small


class Severity(StrEnum):
    """Whether a problem stops the import."""

    ERROR = "error"
    WARNING = "warning"  # repaired or doubtful; the import may go on


class Kind(StrEnum):
    """What a file holds."""

    DIVISIONS = "divisions"
    GRIDS = "grids"
    DEPARTMENTS = "departments"
    WORKERS = "workers"

    @classmethod
    def parse(cls, text: str) -> Kind:
        """Read the kind's name; raises BadValue (field `kind`)."""
        try:
            return cls(text)
        except ValueError:
            raise BadValue(field="kind", value=text, allowed=", ".join(cls)) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong. `line` is the file's line, or the feature's number counted from 1; 0 is the file as a whole."""

    severity: Severity
    file: str
    line: int
    field: str
    value: str
    allowed: str


@dataclass(slots=True)
class Problems:
    """Collects problems; `errors` and `warnings` count all of them, `shown` holds the first thousand."""

    shown: list[Problem] = field(default_factory=list)
    errors: int = 0
    warnings: int = 0

    def error(self, file: str, line: int, field: str, value: object, allowed: str) -> None:
        """Note what stops the import."""
        self.errors += 1
        self._show(Severity.ERROR, file, line, field, value, allowed)

    def warning(self, file: str, line: int, field: str, value: object, allowed: str) -> None:
        """Note what was repaired, or is doubtful."""
        self.warnings += 1
        self._show(Severity.WARNING, file, line, field, value, allowed)

    def refused(self, file: str, line: int, error: BadValue) -> None:
        """Note a value that a model refused."""
        self.error(file, line, error.field, error.value, error.allowed)

    @property
    def more(self) -> int:
        """How many problems are counted but not shown."""
        return self.errors + self.warnings - len(self.shown)

    def _show(self, severity: Severity, file: str, line: int, field: str, value: object, allowed: str) -> None:
        if len(self.shown) < MAX_PROBLEMS:
            shown = str(value)[:MAX_SHOWN]
            self.shown.append(
                Problem(severity=severity, file=file, line=line, field=field, value=shown, allowed=allowed)
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """The outcome of one import or dry run."""

    kind: Kind
    dry_run: bool
    applied: bool
    read: int  # records in the file
    added: int
    changed: int
    unchanged: int
    problems: Problems
    version: int  # of the register afterwards

    def to_json(self) -> dict[str, Any]:
        """The report as it goes over HTTP."""
        return {
            "kind": self.kind, "dry_run": self.dry_run, "applied": self.applied, "read": self.read,
            "added": self.added, "changed": self.changed, "unchanged": self.unchanged, "version": self.version,
            "errors": self.problems.errors, "warnings": self.problems.warnings,
            "problems": self.problems.shown, "more": self.problems.more,
        }  # fmt: skip
