"""Imports the reports of a file in short transactions; what was imported is found again when the file comes again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tracker.cases.cases import Cases
from tracker.cases.intake_rows import Good
from tracker.cases.model import Actor
from tracker.errors import SanxunError, Unavailable
from tracker.jsonio import described

AT_ONCE = 50  # reports in one transaction: some 100 ms, for which nobody else waits


class RowResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a line: its number, `again` where it had come before, or the error."""

    line: int
    external_number: str
    number: str | None = None
    again: bool = False
    error: dict[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """Whether it is not there."""
        return self.error is not None


async def import_rows(cases: Cases, rows: Sequence[Good], actor: Actor) -> list[RowResult]:
    """All that can be imported; a line that cannot holds up no other.

    When the database goes away, the lines that were not reached say so: the same file again brings the rest.
    """
    results: list[RowResult] = []
    for batch in _batches(rows):
        try:
            results += await _batch(cases, batch, actor)
        except Unavailable as error:
            return results + [_failed(row, error) for row in rows[len(results) :]]
    return results


async def _batch(cases: Cases, batch: Sequence[Good], actor: Actor) -> list[RowResult]:
    """All in one transaction, or else each by itself."""
    try:
        return await _together(cases, batch, actor)
    except Unavailable:
        raise
    except SanxunError as error:
        if len(batch) == 1:
            return [_failed(batch[0], error)]
        return [result for row in batch for result in await _batch(cases, [row], actor)]


async def _together(cases: Cases, batch: Sequence[Good], actor: Actor) -> list[RowResult]:
    made = await cases.create_all([row.new for row in batch], actor)
    return [
        RowResult(line=row.line, external_number=row.new.intake.external_number, number=one.number, again=one.again)
        for row, one in zip(batch, made, strict=True)
    ]


def _failed(row: Good, error: SanxunError) -> RowResult:
    return RowResult(line=row.line, external_number=row.new.intake.external_number, error=described(error))


def _batches(rows: Sequence[Good]) -> Iterator[Sequence[Good]]:
    return (rows[n : n + AT_ONCE] for n in range(0, len(rows), AT_ONCE))
