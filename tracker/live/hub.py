"""The hub: takes committed changes from the bus and gives each audience its frames, tick by tick; knows no sockets."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tracker.bus.model import AreaEvent, Batch, Committed, DutyChanged, Message
from tracker.clock import NowMs
from tracker.errors import Unavailable
from tracker.geo.area import Area
from tracker.live import control
from tracker.live.board import Board, Worker
from tracker.live.frames import SLOW_LIMIT_MS, Close
from tracker.live.group import WRITES_PER_TURN, Group
from tracker.live.scribe import NOTHING, Made, Packet, Scribe, Wire
from tracker.live.session import BrokeRule, Session, Sink
from tracker.metrics import Metrics
from tracker.people.model import Account
from tracker.tracks.model import Flag

MAX_SESSIONS = 5000  # in all: 60 ms of socket writes a tick on a small machine
MAX_SESSIONS_PER_ACCOUNT = 20  # a duty room's screens; beyond it is a page that reconnects in a loop
MAX_EVENTS_PER_TICK = 100  # duty begins for thousands at 8:00; the state column tells all of them anyway
FULL_FRAME = 64  # workers; a frame of fewer pays more for its head, and compresses worse
MAX_NEWS_PER_TICK = 16  # each may hold every grid of the county
SEEN_WITHIN_MS = 120_000

log = logging.getLogger(__name__)

_HELP = int(Flag.HELP)  # `&` of an enum costs 0.6 µs, and there is one for each upload


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """What the hello tells clients about time; `busy_tick_ms` is the least time between two ticks when much moves."""

    tick_ms: int = 250
    busy_tick_ms: int = 50
    heartbeat_ms: int = 4000
    stale_s: int = 120
    offline_s: int = 900


@dataclass(frozen=True, kw_only=True, slots=True)
class Resume:
    """Where a client says that it was."""

    epoch: str
    seq: int


class Hub:
    """Sessions by audience over one board. `epoch` is a random word, new with every start of the program."""

    def __init__(
        self, *, wire: Wire, metrics: Metrics, now_ms: NowMs, epoch: str, rhythm: Rhythm | None = None
    ) -> None:
        self.board = Board()
        self.rhythm = rhythm or Rhythm()
        self._scribe = Scribe(self.board, wire)
        self._metrics = metrics
        self._now_ms = now_ms
        self._epoch = epoch
        self._groups: dict[str, Group] = {}
        self._sessions: set[Session] = set()
        self._per_account: Counter[int] = Counter()
        self._closing: set[Session] = set()
        self._events: list[tuple[str, Packet]] = []  # grid code, wire
        self._news: list[AreaEvent] = []
        self._asking: set[int] = set()  # workers whose call for help was told
        self._roster = 0
        self._next_tidy_ms = 0
        self._ticked_ms = -1_000_000
        self.on_empty: Callable[[], None] = lambda: None  # called when the last session has ended

    def load(
        self,
        *,
        workers: Iterable[tuple[int, str, bool]],
        latest: Iterable[Committed] = (),
        on_duty: AbstractSet[int] | None = None,
        version: int | None = None,
    ) -> None:
        """Take the whole roster as (worker id, 15-digit grid code, is leader), and positions and duty where given.

        Called at the start and whenever the register changes; `version` is what `GET /api/v1/roster` says.
        """
        now_ms = self._now_ms()
        self.board.load(Worker(*worker) for worker in workers)
        for fix in latest:
            self.board.apply(Batch(committed_at_ms=0, fixes=1, newest=[fix]))  # 0: not news, so no measure of delay
        if on_duty is not None:
            self.board.set_on_duty(on_duty, now_ms=now_ms)
        self.board.tick()
        self._roster = self._roster + 1 if version is None else version
        for group in self._groups.values():
            group.forget_snapshot()

    def read(self, message: Message) -> None:
        """The bus reader: returns at once; sessions hear of it with the next tick."""
        if isinstance(message, DutyChanged):
            self._read_duty(message)
            return
        if isinstance(message, AreaEvent):
            self._read_news(message)
            return
        self.board.apply(message)
        self._hear_help(message)
        if message.newest:
            oldest_ms = min(fix.received_at_ms for fix in message.newest)
            self._metrics.publish_lag.observe(max(self._now_ms() - oldest_ms, 0) / 1000)

    def check_room(self) -> None:
        """Raise Unavailable when no more sessions fit."""
        if self.count() >= MAX_SESSIONS:
            raise Unavailable(f"all {MAX_SESSIONS} live sessions are taken", retry_after_s=30)

    def count(self) -> int:
        """Open sessions."""
        return len(self._sessions)

    def is_empty(self) -> bool:
        """Whether every session has ended, those that were closed included."""
        return not self._sessions and not self._closing

    def join(self, *, account: Account, area: Area, sink: Sink, resume: Resume | None = None) -> Session:
        """Open a session: hello, then a snapshot, or a delta where `resume` is still good.

        An account with too many sessions gets the new one closed with 4429.
        """
        now_ms = self._now_ms()
        group = self._groups.get(area.prefix)
        if group is None:
            group = Group(area, seq=self.board.seq, roster=self._roster, now_ms=now_ms)
        session = Session(
            account_id=account.id,
            session_hash=account.session_hash,
            expires_at_ms=account.expires_at_ms,
            area=area,
            sink=sink,
            roster=self._roster,
        )
        if self._per_account[account.id] >= MAX_SESSIONS_PER_ACCOUNT:
            self.close(session, Close.TOO_MANY, f"more than {MAX_SESSIONS_PER_ACCOUNT} live sessions for this account")
            return session
        self._groups[area.prefix] = group
        self._sessions.add(session)
        self._per_account[account.id] += 1
        self._welcome(group, session, resume, now_ms)
        self._metrics.live_sessions.set(self.count())
        return session

    def leave(self, session: Session) -> None:
        """The sink has ended; safe to call twice."""
        self._closing.discard(session)
        self._remove(session)
        if self.is_empty():
            self.on_empty()

    def hear(self, session: Session, text: bytes) -> None:
        """Take one whole message of the client; one that breaks a rule closes the session."""
        try:
            wish = session.intake.message(text)
        except BrokeRule as error:
            self.close(session, Close.BROKE_RULE, str(error))
            return
        if wish.type == "resync" and session in self._sessions:
            session.seq = None
            self._groups[session.area.prefix].fall_behind(session, self._now_ms())

    def hear_part(self, session: Session) -> None:
        """Count one frame of the client, of whatever kind; too many close the session."""
        try:
            session.intake.part(self._now_ms())
        except BrokeRule as error:
            self.close(session, Close.BROKE_RULE, str(error))

    def close(self, session: Session, code: Close, reason: str) -> None:
        """Say goodbye and close; the session gets nothing any more."""
        if session in self._closing:
            return
        self._remove(session)
        self._closing.add(session)
        session.sink.write(self._scribe.text(control.bye(code, reason, number=len(self._closing))).plain)
        session.sink.close(code, reason)
        self._metrics.live_closed.labels(reason=code.name.lower()).inc()
        log.info("Live session closed: %s", reason, extra={"action": "live_closed", "code": int(code)})

    def end_session(self, session_hash: bytes) -> None:
        """Somebody signed out, or their session was ended: close its live sessions with 4401."""
        for session in tuple(self._sessions):
            if session.session_hash == session_hash:
                self.close(session, Close.SESSION_ENDED, "the session ended: sign in")

    def session_hashes(self) -> set[bytes]:
        """Sign-in sessions that have a live stream open: they are in use."""
        return {session.session_hash for session in self._sessions}

    def close_all(self) -> None:
        """The server stops: close every session with 1001."""
        for session in tuple(self._sessions):
            self.close(session, Close.STOPPING, "the server stops")

    def abort_all(self) -> None:
        """End what has not ended by itself."""
        for session in (*self._sessions, *self._closing):
            session.sink.abort()

    def is_due(self) -> bool:
        """Whether to tick now: `tick_ms` has passed, somebody has news, or a frame's worth of workers has moved.

        So a quiet county costs four small frames a second, and a busy one is `busy_tick_ms` behind.
        """
        if self._events or self._news or self.board.waiting >= FULL_FRAME:
            return True
        return not 0 <= self._now_ms() - self._ticked_ms < self.rhythm.tick_ms  # below 0: the clock was set back

    def tick(self) -> Iterator[None]:
        """Bring waiting changes to every session; yields where other work may have its turn."""
        now_ms = self._ticked_ms = self._now_ms()
        seq = self.board.tick()
        events, self._events = self._events, []
        news, self._news = self._news, []
        for group in tuple(self._groups.values()):
            yield from self._serve(group, seq, events, news, now_ms)
        self._metrics.live_behind.set(sum(len(group.behind) for group in self._groups.values()))
        if now_ms >= self._next_tidy_ms:
            self._next_tidy_ms = now_ms + self.rhythm.heartbeat_ms
            self._tidy(now_ms)

    def _serve(
        self, group: Group, seq: int, events: list[tuple[str, Packet]], news: list[AreaEvent], now_ms: int
    ) -> Iterator[None]:
        group.forget_snapshot()
        due_ms = self.rhythm.heartbeat_ms - self.rhythm.tick_ms
        made = group.news(self._scribe, seq=seq, now_ms=now_ms, heartbeat_ms=due_ms)
        told = [wire for code, wire in events if code.startswith(group.area.prefix)]
        told += [self._news_for(group.area.prefix, one) for one in news]
        texts = sum(told, start=self._roster_news(group.roster))
        in_step = tuple(group.in_step)
        yield from self._catch_up(group, now_ms)
        if made or texts:
            for taken, sent in group.offer(in_step, texts + (made.wire if made else NOTHING), now_ms):
                self._count_frames(made, taken, sent, texts=bool(texts))
                yield
            if made and made.oldest_commit_ms:
                self._metrics.deliver_lag.observe(max(self._now_ms() - made.oldest_commit_ms, 0) / 1000)
            group.roster = self._roster

    def _catch_up(self, group: Group, now_ms: int) -> Iterator[None]:
        made: dict[int | None, Made] = {}
        for number, session in enumerate(tuple(group.behind), 1):
            if session not in group.behind:
                continue
            if session.sink.writable:
                if session.seq not in made:
                    made[session.seq] = self._missing(group, session, now_ms)
                self._bring(group, session, made[session.seq], self._roster_news(session.roster))
            elif session.too_slow(now_ms, SLOW_LIMIT_MS):
                self.close(session, Close.TOO_SLOW, f"nothing taken for {SLOW_LIMIT_MS // 1000} s")
            if number % WRITES_PER_TURN == 0:
                yield

    def _missing(self, group: Group, session: Session, now_ms: int) -> Made:
        can_resume = session.seq is not None and self.board.can_resume(session.seq)
        return group.missing(session, self._scribe, can_resume=can_resume, now_ms=now_ms)

    def _bring(self, group: Group, session: Session, made: Made, before: Packet) -> None:
        sent = group.catch_up(session, made, before)
        self._count_frames(made, 1, sent, texts=bool(before))

    def _roster_news(self, told: int) -> Packet:
        return NOTHING if told == self._roster else self._scribe.text(control.roster(self._roster))

    def _count_frames(self, made: Made | None, taken: int, sent: int, *, texts: bool) -> None:
        metrics = self._metrics
        metrics.live_bytes.inc(sent)
        if texts:
            metrics.live_frames.labels(kind="text").inc(taken)
        if made:
            metrics.live_frames.labels(kind=made.kind.name.lower()).inc(taken)
            metrics.live_records.inc(taken * made.count)

    def _welcome(self, group: Group, session: Session, resume: Resume | None, now_ms: int) -> None:
        epoch = f"{self._epoch}.{session.area.prefix}"  # a number reached in another area is no use here
        if resume is not None and resume.epoch == epoch:
            session.seq = resume.seq
        rhythm = self.rhythm
        hello = control.Hello(
            epoch=epoch,
            seq=group.seq,
            server_time_ms=now_ms,
            tick_ms=rhythm.tick_ms,
            heartbeat_ms=rhythm.heartbeat_ms,
            area=session.area.code,
            workers=len(self.board.audience(session.area.prefix)),
            stale_s=rhythm.stale_s,
            offline_s=rhythm.offline_s,
            roster=self._roster,
        )
        made = self._missing(group, session, now_ms)
        self._bring(group, session, made, self._scribe.text(control.hello(hello)))

    def _read_duty(self, change: DutyChanged) -> None:
        self.board.apply_duty(change)
        grid_code = self.board.grid_of(change.worker_id)
        if grid_code and len(self._events) < MAX_EVENTS_PER_TICK:
            message = control.event("duty", {"worker_id": change.worker_id, "on": change.on})
            self._events.append((grid_code, self._scribe.text(message)))

    def _hear_help(self, batch: Batch) -> None:
        """A call for help is news once, when it begins; the record's state bit says it as long as it lasts."""
        for fix in batch.newest:
            asks = fix.flags & _HELP
            if asks and fix.worker_id not in self._asking:
                self._asking.add(fix.worker_id)
                data = {"worker_id": fix.worker_id, "at_ms": fix.recorded_at_ms}
                self._read_news(AreaEvent(kind="help", data=data, area_code=self.board.grid_of(fix.worker_id)))
            elif not asks:
                self._asking.discard(fix.worker_id)

    def _read_news(self, news: AreaEvent) -> None:
        if news.parts:
            if len(self._news) < MAX_NEWS_PER_TICK:
                self._news.append(news)
        elif len(self._events) < MAX_EVENTS_PER_TICK:
            self._events.append((news.area_code, self._scribe.text(control.event(news.kind, news.data))))

    def _news_for(self, prefix: str, news: AreaEvent) -> Packet:
        grids = [part for code, part in news.parts if code.startswith(prefix)]
        return self._scribe.text(control.event(news.kind, news.data | {"grids": grids})) if grids else NOTHING

    def _remove(self, session: Session) -> None:
        if session not in self._sessions:
            return
        self._sessions.discard(session)
        self._per_account[session.account_id] -= 1
        if not self._per_account[session.account_id]:
            del self._per_account[session.account_id]
        prefix = session.area.prefix
        self._groups[prefix].discard(session)
        if not len(self._groups[prefix]):
            del self._groups[prefix]
        self._metrics.live_sessions.set(self.count())

    def _tidy(self, now_ms: int) -> None:
        for session in tuple(self._sessions):
            if 0 < session.expires_at_ms <= now_ms:
                self.close(session, Close.SESSION_ENDED, "the session expired: sign in")
        self._metrics.workers_on_duty.set(self.board.count_on_duty())
        self._metrics.workers_seen.set(self.board.count_seen(now_ms - SEEN_WITHIN_MS))
