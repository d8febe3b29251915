"""The sessions of one audience: those in step get the same bytes, those behind get one delta when they can take it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracker.geo.area import Area
from tracker.live.scribe import NOTHING, Made, Packet, Scribe
from tracker.live.session import Session

WRITES_PER_TURN = 256  # about 3 ms of socket writes; then phones get their turn


class Group:
    """One audience; `seq` is the number that every session in step has reached."""

    def __init__(self, area: Area, *, seq: int, roster: int, now_ms: int) -> None:
        self.area = area
        self.seq = seq
        self.roster = roster  # version that sessions in step were told
        self.in_step: set[Session] = set()
        self.behind: set[Session] = set()
        self._last_frame_ms = now_ms
        self._snapshot: Made | None = None

    def __len__(self) -> int:
        return len(self.in_step) + len(self.behind)

    def discard(self, session: Session) -> None:
        """Forget a session."""
        self.in_step.discard(session)
        self.behind.discard(session)

    def forget_snapshot(self) -> None:
        """The board has changed since the last snapshot was made."""
        self._snapshot = None

    def snapshot(self, scribe: Scribe, now_ms: int) -> Made:
        """The snapshot that every session asking before the next tick shares."""
        if self._snapshot is None:
            self._snapshot = scribe.snapshot(self.area.prefix, to_seq=self.seq, now_ms=now_ms)
        return self._snapshot

    def news(self, scribe: Scribe, *, seq: int, now_ms: int, heartbeat_ms: int) -> Made | None:
        """What sessions in step need to reach `seq`: a delta, a heartbeat when it is due, or nothing."""
        if not self.in_step and not self.behind:
            return None
        made = None
        if seq > self.seq:
            made = scribe.delta(self.area.prefix, from_seq=self.seq, to_seq=seq, now_ms=now_ms)
        if (made is None or not made.count) and now_ms - self._last_frame_ms < heartbeat_ms:
            return None
        if made is None or not made.count:
            made = scribe.heartbeat(from_seq=self.seq, to_seq=seq, now_ms=now_ms)
        self.seq = seq
        self._last_frame_ms = now_ms
        return made

    def offer(self, sessions: Sequence[Session], packet: Packet, now_ms: int) -> Iterator[tuple[int, int]]:
        """Write the same bytes to those of `sessions` still in step.

        Yields now and then how many took them since, and how many bytes that were.
        """
        taken, sent, seq = 0, 0, self.seq
        for number, session in enumerate(sessions, 1):
            if session in self.in_step:  # it may have left, or asked for a snapshot, while others had their turn
                if session.sink.writable:
                    sent += session.give(packet, seq)
                    taken += 1
                else:
                    self.fall_behind(session, now_ms)
            if number % WRITES_PER_TURN == 0:
                yield taken, sent
                taken = sent = 0
        yield taken, sent

    def fall_behind(self, session: Session, now_ms: int) -> None:
        """Give the session nothing until it can take it."""
        self.in_step.discard(session)
        self.behind.add(session)
        session.roster = self.roster
        if session.behind_since_ms is None:
            session.behind_since_ms = now_ms

    def catch_up(self, session: Session, made: Made, before: Packet = NOTHING) -> int:
        """Bring a session that is behind to the group's number; returns how many bytes that took."""
        self.behind.discard(session)
        self.in_step.add(session)
        session.behind_since_ms = None
        return session.give(before + made.wire, self.seq)

    def missing(self, session: Session, scribe: Scribe, *, can_resume: bool, now_ms: int) -> Made:
        """What the session needs to reach the group's number."""
        if session.seq is None or not can_resume:
            return self.snapshot(scribe, now_ms)
        return scribe.delta(self.area.prefix, from_seq=min(session.seq, self.seq), to_seq=self.seq, now_ms=now_ms)
