from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from tests.unit.media.photos import photo
from tracker.db.pool import Database
from tracker.errors import BadValue, NotFound, TooMany
from tracker.media.model import MOST_OF_A_REPORT, Sender
from tracker.media.room import UNUSED_MS, Media

NOW_MS = 1_790_000_000_000
CLIENT = UUID("00000000-0000-4000-8000-000000000001")
CITIZEN = Sender(client_id=CLIENT)


class Clock:
    def __init__(self) -> None:
        self.ms = NOW_MS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def media(database: Database, tmp_path: Path, clock: Clock) -> Media:
    return Media(database=database, folder=tmp_path / "media", now_ms=lambda: clock.ms)


def files(tmp_path: Path) -> int:
    return len(list((tmp_path / "media").rglob("*.jpg")))


async def test_a_photo_comes_back_in_two_sizes(media: Media) -> None:
    stored = await media.keep(photo((800, 600)), Sender(account_id=3))
    row = await media.find(stored.ref)
    full, thumb = await media.read(row["sha256"], "full"), await media.read(row["sha256"], "thumb")
    assert (stored.width, stored.height, stored.bytes, row["account_id"]) == (800, 600, len(full), 3)
    assert len(thumb) < len(full)


async def test_a_photo_sent_again_is_the_same(media: Media, tmp_path: Path) -> None:
    first, second = await media.keep(photo(), CITIZEN), await media.keep(photo(), CITIZEN)
    assert (first.ref, files(tmp_path)) == (second.ref, 2)


async def test_two_senders_share_the_file_but_not_the_ref(media: Media, tmp_path: Path) -> None:
    first, second = await media.keep(photo(), CITIZEN), await media.keep(photo(), Sender(worker_id=1))
    assert first.ref != second.ref
    assert files(tmp_path) == 2


async def test_one_report_has_a_bound(media: Media) -> None:
    for side in range(MOST_OF_A_REPORT):
        await media.keep(photo((10 + side, 10)), CITIZEN)
    with pytest.raises(TooMany):
        await media.keep(photo((90, 10)), CITIZEN)


async def test_what_is_no_picture_leaves_nothing(media: Media, database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadValue):
        await media.keep(b"<html>", CITIZEN)
    assert (await database.fetchval("select count(*) from media"), files(tmp_path)) == (0, 0)


@pytest.mark.parametrize("ref", ["", "x", "0" * 32, "../../etc/passwd", "A" * 32])
async def test_unknown_refs_are_not_found(media: Media, ref: str) -> None:
    with pytest.raises(NotFound):
        await media.find(ref)


async def test_missing_refs_are_named(media: Media) -> None:
    stored = await media.keep(photo(), CITIZEN)
    assert await media.missing([stored.ref, "0" * 32]) == ["0" * 32]


async def test_the_sweep_takes_only_what_no_case_took_up(
    media: Media, database: Database, tmp_path: Path, clock: Clock
) -> None:
    used, unused = await media.keep(photo(), CITIZEN), await media.keep(photo((20, 20)), CITIZEN)
    await database.execute(
        "insert into case_media (case_id, ordinal, ref, role, at, actor) values (7, 1, $1, 'report', now(), 'citizen')",
        used.ref,
    )
    assert await media.sweep() == 0  # still young
    clock.ms += UNUSED_MS + 1
    assert await media.sweep() == 1
    assert await media.cases_of(used.ref) == [7]
    assert await media.missing([used.ref, unused.ref]) == [unused.ref]
    assert files(tmp_path) == 2


async def test_the_sweep_leaves_a_file_that_another_upload_names(media: Media, tmp_path: Path, clock: Clock) -> None:
    await media.keep(photo(), CITIZEN)
    clock.ms += UNUSED_MS + 1
    young = await media.keep(photo(), Sender(worker_id=1))
    assert (await media.sweep(), files(tmp_path)) == (1, 2)
    assert await media.missing([young.ref]) == []
