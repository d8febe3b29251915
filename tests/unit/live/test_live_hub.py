"""The hub: what each session is given and when, without any socket."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from tests.live_reader import Viewer
from tracker.bus.model import Batch, Committed, DutyChanged
from tracker.errors import Unavailable
from tracker.geo.area import Area
from tracker.live import hub as hub_module
from tracker.live.frames import Close
from tracker.live.hub import Hub, Resume
from tracker.live.scribe import Packet, Wire
from tracker.live.session import Session
from tracker.metrics import Metrics
from tracker.people.model import Account, Role

COUNTY, TOWN_2 = Area("320115000000"), Area("320115002000")
GRID_1, GRID_2 = "320115001001001", "320115002001001"
T0 = 1_700_000_000_000
ACCOUNT = Account(id=1, name="a", display_name="a", role=Role.VIEWER, area=COUNTY, session_hash=b"h")


def _framed(tag: bytes) -> Any:
    def frame(body: bytes) -> Packet:
        plain = tag + len(body).to_bytes(4, "big") + body
        return Packet(plain, plain + b"Z\0\0\0\0")

    return frame


@dataclass(eq=False)
class Tape:
    """Records what a socket would have sent, and plays it to a viewer."""

    writable: bool = True
    deflates: bool = False
    wires: list[bytes] = field(default_factory=list)
    closed: tuple[Close, str] | None = None
    viewer: Viewer = field(default_factory=Viewer)
    kinds: list[int] = field(default_factory=list)
    packed: int = 0

    def write(self, wire: bytes) -> None:
        self.wires.append(wire)
        while wire:
            size = int.from_bytes(wire[1:5], "big")
            body, tag, wire = wire[5 : 5 + size], wire[:1], wire[5 + size :]
            if tag == b"Z":
                self.packed += 1
            elif tag == b"B":
                self.kinds.append(self.viewer.apply(body).kind)
            else:
                self.viewer.texts.append(orjson.loads(body))

    def close(self, code: Close, reason: str) -> None:
        self.closed = (code, reason)
        self.writable = False

    def abort(self) -> None:
        self.closed = self.closed or (Close.STOPPING, "aborted")


@dataclass
class Stage:
    hub: Hub
    metrics: Metrics
    now_ms: int = T0

    def join(
        self, area: Area = COUNTY, resume: Resume | None = None, *, deflates: bool = False, **account: Any
    ) -> tuple[Tape, Session]:
        tape = Tape(deflates=deflates)
        return tape, self.hub.join(account=replace(ACCOUNT, **account), area=area, sink=tape, resume=resume)

    def tick(self, after_ms: int = 250) -> None:
        self.now_ms += after_ms
        deque(self.hub.tick(), maxlen=0)

    def fix(self, worker_id: int = 1, lat_e7: int = 1) -> None:
        one = Committed(
            worker_id=worker_id,
            recorded_at_ms=self.now_ms,
            received_at_ms=self.now_ms,
            lat_e7=lat_e7,
            lon_e7=0,
            accuracy_dm=None,
            speed_cms=None,
            bearing_cdeg=None,
            battery=None,
            flags=0,
        )
        self.hub.read(Batch(committed_at_ms=self.now_ms, fixes=1, newest=[one]))


@pytest.fixture
def stage() -> Stage:
    metrics = Metrics()
    times: list[Stage] = []
    wire = Wire(binary=_framed(b"B"), text=_framed(b"T"))
    hub = Hub(wire=wire, metrics=metrics, now_ms=lambda: times[0].now_ms, epoch="e")
    times.append(Stage(hub=hub, metrics=metrics))
    hub.load(workers=[(1, GRID_1, True), (2, GRID_2, False)], on_duty={2})
    return times[0]


def test_a_session_that_takes_compressed_messages_gets_them(stage: Stage) -> None:
    (plain, _), (packed, _) = stage.join(), stage.join(deflates=True)
    stage.fix()
    stage.tick()
    assert (plain.packed, packed.packed) == (0, 3)  # hello, snapshot, delta
    assert plain.viewer == packed.viewer


def test_a_tick_is_due_when_its_time_has_come(stage: Stage) -> None:
    stage.tick()
    stage.fix()
    assert not stage.hub.is_due()
    stage.now_ms += stage.hub.rhythm.tick_ms
    assert stage.hub.is_due()


def test_news_for_people_make_a_tick_due_at_once(stage: Stage) -> None:
    stage.tick()
    stage.hub.read(DutyChanged(worker_id=1, on=True, at_ms=stage.now_ms))
    assert stage.hub.is_due()


def test_a_full_frame_makes_a_tick_due_at_once(stage: Stage) -> None:
    workers = range(1, hub_module.FULL_FRAME + 1)
    stage.hub.load(workers=[(number, GRID_1, False) for number in workers])
    stage.tick()
    for number in workers:
        assert not stage.hub.is_due()
        stage.fix(worker_id=number)
    assert stage.hub.is_due()


def test_sessions_of_an_audience_get_the_same_bytes(stage: Stage) -> None:
    (first, _), (second, _) = stage.join(), stage.join()
    stage.fix()
    stage.tick()
    assert first.wires[-1] is second.wires[-1]
    assert first.kinds == [1, 2]


def test_nothing_is_sent_when_nothing_changed(stage: Stage) -> None:
    tape, _ = stage.join()
    stage.tick()
    stage.tick()
    assert len(tape.wires) == 1


def test_a_change_elsewhere_is_no_news_for_an_audience(stage: Stage) -> None:
    tape, _ = stage.join(TOWN_2)
    stage.fix(1)
    stage.tick()
    assert tape.kinds == [1]
    stage.fix(2)
    stage.tick()
    assert tape.kinds == [1, 2]
    assert tape.viewer.gaps == 0


def test_a_heartbeat_comes_every_four_seconds(stage: Stage) -> None:
    tape, _ = stage.join()
    for _ in range(32):
        stage.tick()
    assert tape.kinds.count(3) == 2


def test_a_frame_comes_at_least_every_heartbeat(stage: Stage) -> None:
    tape, _ = stage.join(TOWN_2)
    heard_ms, longest_ms = stage.now_ms, 0
    for number in range(100):
        if number % 7 == 0:
            stage.fix(number % 2 + 1)
        before = len(tape.wires)
        stage.tick()
        longest_ms = max(longest_ms, stage.now_ms - heard_ms)
        heard_ms = stage.now_ms if len(tape.wires) > before else heard_ms
    assert longest_ms <= stage.hub.rhythm.heartbeat_ms


def test_a_session_behind_gets_one_delta_with_the_newest(stage: Stage) -> None:
    tape, _ = stage.join()
    tape.writable = False
    for lat in (1, 2, 3):
        stage.fix(1, lat)
        stage.tick()
    assert len(tape.wires) == 1
    tape.writable = True
    stage.tick()
    assert tape.kinds == [1, 2]
    assert tape.viewer.workers[1]["lat_e7"] == 3
    stage.fix(2, 9)
    stage.tick()
    assert (tape.viewer.workers[2]["lat_e7"], tape.viewer.gaps) == (9, 0)


def test_a_session_too_slow_is_closed(stage: Stage) -> None:
    tape, session = stage.join()
    tape.writable = False
    stage.fix()
    stage.tick()
    stage.tick(15_000)
    assert stage.hub.count() == 1
    stage.tick(1)
    assert tape.closed == (Close.TOO_SLOW, "nothing taken for 15 s")
    assert not stage.hub.is_empty()
    stage.hub.leave(session)
    assert stage.hub.is_empty()


def test_resync_brings_a_snapshot_at_the_next_tick(stage: Stage) -> None:
    tape, session = stage.join()
    stage.hub.hear(session, b'{"type":"resync"}')
    stage.tick()
    assert tape.kinds == [1, 1]
    assert tape.viewer.texts[1:] == []


@pytest.mark.parametrize("text", [b'{"type":"pong"}', b'{"type":"from the future","more":1}'])
def test_other_messages_are_ignored(stage: Stage, text: bytes) -> None:
    tape, session = stage.join()
    stage.hub.hear(session, text)
    stage.tick()
    assert (tape.kinds, tape.closed) == ([1], None)


def test_resume_of_this_start_is_a_delta(stage: Stage) -> None:
    old, session = stage.join()
    stage.hub.leave(session)
    stage.fix(1)
    stage.tick()
    tape, _ = stage.join(resume=Resume(epoch=old.viewer.texts[0]["epoch"], seq=old.viewer.seq))
    assert tape.kinds == [2]


@pytest.mark.parametrize("resume", [Resume(epoch="other.320115", seq=1), Resume(epoch="e.320115", seq=99)])
def test_resume_of_another_start_is_a_snapshot(stage: Stage, resume: Resume) -> None:
    tape, _ = stage.join(resume=resume)
    assert tape.kinds == [1]


def test_a_new_roster_is_told_once_to_everybody(stage: Stage) -> None:
    in_step, _ = stage.join()
    behind, _ = stage.join()
    behind.writable = False
    stage.hub.load(workers=[(1, GRID_1, True)], version=7)
    stage.tick()
    behind.writable = True
    for _ in range(3):
        stage.tick()
    for tape in (in_step, behind):
        assert tape.viewer.texts[1:] == [{"type": "roster", "version": 7}]
        assert set(tape.viewer.workers) == {1}


def test_a_resync_does_not_lose_the_roster_news(stage: Stage) -> None:
    tape, session = stage.join()
    stage.hub.load(workers=[(1, GRID_1, True)], version=7)
    stage.hub.hear(session, b'{"type":"resync"}')
    stage.tick()
    assert tape.viewer.texts[1:] == [{"type": "roster", "version": 7}]


def test_a_snapshot_right_after_a_roster_change_is_fresh(stage: Stage) -> None:
    stage.join()
    stage.hub.load(workers=[(1, GRID_1, True)])
    tape, _ = stage.join()
    assert set(tape.viewer.workers) == {1}


def test_duty_is_an_event_for_audiences_that_hold_the_worker(stage: Stage) -> None:
    (county, _), (town, _) = stage.join(), stage.join(TOWN_2)
    stage.hub.read(DutyChanged(worker_id=1, on=True, at_ms=T0))
    stage.tick()
    assert county.viewer.texts[1:] == [{"type": "event", "kind": "duty", "data": {"worker_id": 1, "on": True}}]
    assert county.viewer.workers[1]["state"] == 1
    assert town.viewer.texts[1:] == []


def test_events_of_one_tick_are_bounded(stage: Stage) -> None:
    tape, _ = stage.join()
    for _ in range(150):
        stage.hub.read(DutyChanged(worker_id=1, on=True, at_ms=T0))
    stage.tick()
    assert len(tape.viewer.texts) == 1 + 100


def test_the_age_of_the_oldest_commit_is_told(stage: Stage) -> None:
    tape, _ = stage.join()
    stage.fix()
    stage.tick(70)
    assert tape.wires[-1][5 + 24 : 5 + 28] == (70).to_bytes(4, "little")
    assert stage.metrics.registry.get_sample_value("sanxun_deliver_lag_seconds_sum") == pytest.approx(0.07)


def test_a_session_may_leave_while_others_have_their_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.live.group.WRITES_PER_TURN", 1)
    pairs = [stage.join() for _ in range(3)]
    stage.fix()
    for _ in stage.hub.tick():
        for _, session in pairs:
            stage.hub.leave(session)
    assert sorted(len(tape.wires) for tape, _ in pairs) == [1, 1, 2]


def test_a_session_that_joins_while_others_have_their_turn_misses_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.live.group.WRITES_PER_TURN", 1)
    stage.join()
    stage.join()
    stage.fix(1, 5)
    late: list[Tape] = [stage.join()[0] for _ in stage.hub.tick()]
    assert late
    stage.fix(2, 6)
    stage.tick()
    for tape in late:
        assert {n: row["lat_e7"] for n, row in tape.viewer.workers.items()} == {1: 5, 2: 6}
        assert tape.viewer.gaps == 0


def test_closing_says_goodbye_once(stage: Stage) -> None:
    tape, session = stage.join()
    stage.hub.close_all()
    stage.hub.close(session, Close.TOO_SLOW, "again")
    assert tape.viewer.texts[1:] == [{"type": "bye", "reason": "the server stops", "retry_ms": 537}]
    assert tape.closed == (Close.STOPPING, "the server stops")


def test_an_expired_session_ends(stage: Stage) -> None:
    tape, _ = stage.join(expires_at_ms=T0 + 5000)
    stage.tick()
    stage.tick(4000)
    assert tape.closed is None
    stage.tick(4000)
    assert tape.closed == (Close.SESSION_ENDED, "the session expired: sign in")


def test_only_the_ended_session_is_closed(stage: Stage) -> None:
    (kept, _), (ended, _) = stage.join(session_hash=b"kept"), stage.join(session_hash=b"ended")
    stage.hub.end_session(b"ended")
    assert (kept.closed, ended.closed) == (None, (Close.SESSION_ENDED, "the session ended: sign in"))


def test_an_account_may_have_twenty_sessions(stage: Stage) -> None:
    tapes = [stage.join()[0] for _ in range(21)]
    other, _ = stage.join(id=2)
    assert [tape.closed is None for tape in tapes] == [True] * 20 + [False]
    assert other.closed is None


def test_a_full_hub_has_no_room(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MAX_SESSIONS", 1)
    stage.hub.check_room()
    stage.join()
    with pytest.raises(Unavailable):
        stage.hub.check_room()


def test_sessions_and_records_are_counted(stage: Stage) -> None:
    tape, session = stage.join()
    stage.fix()
    stage.tick()
    value = stage.metrics.registry.get_sample_value
    assert value("sanxun_live_sessions") == 1
    assert value("sanxun_live_records_total") == 3
    assert value("sanxun_live_bytes_total") == sum(len(wire) for wire in tape.wires) == session.bytes_sent
    assert value("sanxun_workers_on_duty") == 1
    stage.hub.leave(session)
    assert value("sanxun_live_sessions") == 0


def test_a_delta_after_a_heartbeat_is_applied(stage: Stage) -> None:
    tape, _ = stage.join(TOWN_2)
    stage.fix(1)
    stage.tick(4000)
    assert tape.kinds == [1, 3]
    stage.fix(2, 8)
    stage.tick()
    assert (tape.viewer.workers[2]["lat_e7"], tape.viewer.gaps) == (8, 0)


def test_a_session_that_knows_the_roster_is_not_told_again(stage: Stage) -> None:
    tape, _ = stage.join()
    stage.hub.load(workers=[(1, GRID_1, True), (2, GRID_2, False)], version=7)
    stage.tick()
    tape.writable = False
    stage.fix()
    stage.tick()
    tape.writable = True
    stage.tick()
    assert tape.viewer.texts[1:] == [{"type": "roster", "version": 7}]
    assert tape.kinds[-1] == 2
