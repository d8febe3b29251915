"""Who waits, in which order, and who is sent away."""

from __future__ import annotations

import pytest

from tracker.errors import Unavailable
from tracker.geo.datum import Crs
from tracker.ingest.model import RawFix, Rejected, Upload
from tracker.ingest.waiting import Queue, Waiting
from tracker.people.model import Device
from tracker.tracks.model import Dialect


def waiting(worker: int, fixes: int = 10, body: bytes = b"") -> Waiting:
    raw = [RawFix(index=n, recorded_at_ms=n, lat=1, lon=2) for n in range(fixes)]
    rejected = [Rejected(index=0, reason="x", body=body)] if body else []
    upload = Upload(dialect=Dialect.NATIVE, crs=Crs.WGS84, fixes=raw, rejected=rejected)
    return Waiting(Device(id=worker, worker_id=worker, grid_code=""), upload, 0, lambda _answer: None)


def workers(group: list[Waiting]) -> list[int]:
    return [one.device.worker_id for one in group]


def test_a_group_has_each_worker_once() -> None:
    queue = Queue(1000)
    uploads = [waiting(worker) for worker in (1, 1, 2, 1, 2)]
    for one in uploads:
        queue.put(one)
    assert queue.take(1000) == [uploads[0], uploads[2]]
    assert queue.take(1000) == [uploads[1], uploads[4]]
    assert queue.take(1000) == [uploads[3]]
    assert (queue.take(1000), queue.fixes, queue.size) == ([], 0, 0)


def test_a_group_holds_no_more_fixes_than_asked_but_one_upload() -> None:
    queue = Queue(1000)
    for worker in range(4):
        queue.put(waiting(worker, fixes=100))
    assert [workers(queue.take(250)), workers(queue.take(1))] == [[0, 1], [2]]


def test_who_waits_already_is_sent_away_first() -> None:
    queue = Queue(100)
    for worker in range(5):
        queue.put(waiting(worker))
    with pytest.raises(Unavailable):
        queue.put(waiting(0))
    for worker in range(5, 10):
        queue.put(waiting(worker))
    with pytest.raises(Unavailable):
        queue.put(waiting(11))
    assert (len(queue), queue.fixes) == (10, 100)


def test_a_flood_of_bytes_is_bounded_too() -> None:
    queue = Queue(1000, max_bytes=20_000)
    queue.put(waiting(1, fixes=1, body=b"x" * 16_000))
    with pytest.raises(Unavailable):
        queue.put(waiting(2, fixes=1, body=b"x" * 16_000))


def test_after_a_refusal_nobody_is_read_until_the_next_group_leaves() -> None:
    queue = Queue(30)
    for worker in range(3):
        assert not queue.is_shut_for(worker)
        queue.put(waiting(worker))
    with pytest.raises(Unavailable):
        queue.put(waiting(3))
    assert queue.is_shut_for(4)
    queue.take(10)
    assert not queue.is_shut_for(4)


def test_a_second_upload_that_found_no_room_shuts_only_the_door_of_seconds() -> None:
    queue = Queue(40)
    for worker in range(2):
        queue.put(waiting(worker))
    with pytest.raises(Unavailable):
        queue.put(waiting(0))
    assert queue.is_shut_for(1)
    assert not queue.is_shut_for(5)
