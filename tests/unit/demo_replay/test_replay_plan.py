"""Who sends which file, when each batch is due, and what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.demo.credentials import Credentials, DemoAccount, DemoDevice
from tracker.demo.replay.outcome import Outcome, table
from tracker.demo.replay.pace import Pace, read_pace
from tracker.demo.replay.plan import Timing, devices_for, supervisor, timed
from tracker.demo.replay.problems import BrokenRecording
from tracker.demo.replay.recording import Point, Recording
from tracker.demo.replay.sender import fix
from tracker.errors import BadValue

PHONES = Credentials(
    url="http://127.0.0.1:1",
    accounts=[
        DemoAccount(name="admin", password="p", role="admin", area="130533000000"),
        DemoAccount(name="county", password="p", role="supervisor", area="130533000000"),
    ],
    devices=[DemoDevice(worker=n, token=f"t{n}") for n in (1, 2, 3)],
)
LINE = [Point(line=n, number=n, lat=1.0, lon=2.0, at_ms=n * 1000, time="") for n in range(250)]


def recording(*times: int | None) -> Recording:
    points = tuple(Point(line=1, number=n, lat=1.0, lon=2.0, at_ms=at, time=None) for n, at in enumerate(times))
    return Recording(file=Path("a.gpx"), segments=1, waypoints=0, points=points)


def workers(found: list[DemoDevice]) -> list[int]:
    return [device.worker for device in found]


def test_each_file_gets_a_phone_of_its_own() -> None:
    assert workers(devices_for(2, PHONES, [])) == [1, 2]


def test_more_files_than_phones_share_the_last() -> None:
    assert workers(devices_for(5, PHONES, [])) == [1, 2, 3, 3, 3]


def test_one_named_worker_sends_all_files() -> None:
    assert workers(devices_for(3, PHONES, [2])) == [2, 2, 2]


def test_named_workers_send_a_file_each() -> None:
    assert workers(devices_for(2, PHONES, [3, 1])) == [3, 1]


def test_too_few_workers_for_the_files_are_refused() -> None:
    with pytest.raises(BadValue, match="one worker for all files, or 3"):
        devices_for(3, PHONES, [1, 2])


def test_an_unknown_worker_is_named() -> None:
    with pytest.raises(BadValue, match=r"worker: '9'.*1 to 3"):
        devices_for(1, PHONES, [9])


def test_credentials_without_phones_are_refused() -> None:
    with pytest.raises(BadValue, match="a file with phones"):
        devices_for(1, Credentials(url="", accounts=[], devices=[]), [])


def test_the_supervisor_is_found_by_role() -> None:
    assert supervisor(PHONES).name == "county"


def test_without_a_supervisor_grids_cannot_be_asked_for() -> None:
    with pytest.raises(BadValue, match="supervisor"):
        supervisor(Credentials(url="", accounts=PHONES.accounts[:1], devices=[]))


def test_bad_times_are_refused_unless_repaired() -> None:
    with pytest.raises(BrokenRecording):
        timed(recording(1000, None), Timing(now_ms=None, step_ms=None))


def test_repaired_times_are_told() -> None:
    after, notes = timed(recording(1000, None), Timing(now_ms=None, step_ms=500))
    assert [point.at_ms for point in after.points] == [1000, 1500]
    assert notes == ["1 of 2 points had no usable time and got evenly spaced ones"]


def test_a_file_without_any_time_needs_now() -> None:
    with pytest.raises(BadValue, match="--now"):
        timed(recording(None, None), Timing(now_ms=None, step_ms=500))
    after, _ = timed(recording(None, None), Timing(now_ms=9000, step_ms=500))
    assert [point.at_ms for point in after.points] == [8500, 9000]


def test_at_full_speed_batches_are_full() -> None:
    assert [Pace().due(LINE, first, 0.0) for first in (0, 100, 200)] == [100, 200, 250]


def test_a_paced_replay_sends_what_is_due() -> None:
    assert Pace(speed=10).due(LINE, 0, 1.0) == 11
    assert Pace(speed=10).due(LINE, 11, 1.0) == 11


def test_a_paced_replay_waits_for_the_next_point() -> None:
    assert Pace(speed=0.5).wait_s(LINE, 5, 1.0) == 9.0
    assert Pace().wait_s(LINE, 5, 1.0) == 0.0


@pytest.mark.parametrize("text", ["0", "-1", "fast", "inf", "nan"])
def test_a_wrong_speed_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="speed"):
        read_pace(text)


def test_speeds_are_read() -> None:
    assert (read_pace("max").speed, read_pace("60").speed) == (None, 60.0)


def test_only_known_readings_are_sent() -> None:
    point = Point(line=1, number=1, lat=1.0, lon=2.0, at_ms=5, time="", altitude_m=0.0)
    assert fix(point) == {"t": 5, "lat": 1.0, "lon": 2.0, "alt": 0.0}


def test_the_table_accounts_for_every_point() -> None:
    outcome = Outcome(file="a.gpx", worker="7", points=6, notes=["moved"])
    reply = {"stored": 1, "duplicate": 1, "off_duty": 1, "quarantined": [{"reason": "too_old"}] * 2 + [{"reason": "x"}]}
    outcome.add(6, reply)
    assert outcome.answered == outcome.sent == 6
    heading, row, note = table([outcome])
    assert heading.split()[:4] == ["file", "worker", "points", "sent"]
    assert row.split(maxsplit=7) == ["a.gpx", "7", "6", "6", "1", "1", "1", "too_old 2, x 1"]
    assert note == "a.gpx: moved"
