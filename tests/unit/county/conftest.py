"""The small county as a snapshot."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.county.county_house import small_county
from tracker.county.snapshot import Snapshot
from tracker.county.store import Version


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot.of(small_county(), version=Version(number=7, synthetic=True), day=date(2026, 11, 1))
