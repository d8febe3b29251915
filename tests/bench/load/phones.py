"""Phones of the load: many connections of one process, on a schedule that waits for nobody, or as fast as answers come.

Open loop: every upload has its time of sending before the run begins, and its latency counts from then, though its
connection may still wait for the answer before. Raw sockets and epoll, for the sender shares the machine with the
server. Connections leave from several loopback addresses, so that ports do not run out.
"""

from __future__ import annotations

import resource
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import numpy as np
import numpy.typing as npt

from tests.bench.load.requests import Form, Phone, Request, request_of

PORTS = 5_000  # connections that leave from one loopback address; with more, finding a free port takes long
BIND_ADDRESS_NO_PORT = 24  # of Linux; Python does not name it
EVENTS = 1024
LEAST_WAIT_S = 0.0005
FEW = 50  # uploads at a time where memory is measured: many at once leave pages that the next connections use


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One measurement of one process; `rate` in uploads/s, 0 = each connection sends as soon as it is answered."""

    port: int
    phones: Sequence[Phone]
    connections: int
    form: Form
    rate: float
    warm_s: float  # load before the window
    seconds: float
    first: int = 0  # number of the first connection, for those of several processes together
    joins: bool = (
        False  # what became due while a connection waited goes with its next upload, and latency counts from sending
    )


@dataclass(kw_only=True)
class Result:
    """What was answered within the window; `accepted` per phone, and `stored` over the whole run."""

    acks_ms: npt.NDArray[np.float32]
    accepted: npt.NDArray[np.int64]
    fixes: int = 0
    refused: int = 0
    wrong: int = 0
    strange: bytes = b""  # the first wrong answer
    stored: int = 0
    reopened: int = 0
    cpu_s: float = 0.0


@dataclass(slots=True)
class Link:
    """One connection; `due` is what waits to be sent, `sent_for` the scheduled time of what is under way, or 0."""

    socket: socket.socket
    phone: int
    request: Request
    due: deque[float] = field(default_factory=deque)
    sent_for: float = 0.0
    newest_ms: int = 0
    got: bytes = b""


class Load:
    """All connections of one process."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._span_ms = plan.form.fixes * self._step_ms
        self._links: dict[int, Link] = {}
        self._acks: list[float] = []
        self._poll = select.epoll()
        self._start_s = self._end_s = 0.0  # of the window
        self.result = Result(acks_ms=np.zeros(0, np.float32), accepted=np.zeros(len(plan.phones), np.int64))

    @property
    def _step_ms(self) -> int:
        plan = self._plan
        return max(1, int(1000 * len(plan.phones) / plan.rate / plan.form.fixes)) if plan.rate else 1

    def open(self) -> None:
        """Connect every phone."""
        requests = [request_of(phone, self._plan.form, self._step_ms) for phone in self._plan.phones]
        for number in range(self._plan.connections):
            opened = connect(self._plan.port, self._plan.first + number)
            phone = number % len(requests)
            self._links[opened.fileno()] = Link(opened, phone, requests[phone])
            self._poll.register(opened, select.EPOLLIN)

    def run(self, start_s: float) -> Result:
        """Send until the window is over, which begins at `start_s`, then wait for the answers under way."""
        self._start_s, self._end_s = start_s, start_s + self._plan.seconds
        links, began_s = list(self._links.values()), time.time()
        every_s, number, measured = 1 / self._plan.rate if self._plan.rate else 0.0, 0, 0.0
        if not every_s:
            for link in links:
                self._send(link, time.time())
        while (now_s := time.time()) < self._end_s:
            if not measured and now_s >= start_s:
                measured = cpu_s()
            if every_s:
                while (due_s := began_s + number * every_s) <= now_s:
                    link = links[number % len(links)]
                    number += 1
                    if link.sent_for:
                        link.due.append(due_s)
                    else:
                        self._send(link, due_s)
                self._listen(max(LEAST_WAIT_S, due_s - now_s), go_on=True)
            else:
                self._listen(0.01, go_on=True)
        self.result.cpu_s = cpu_s() - measured
        self._finish(links)
        return self.result

    def close(self) -> None:
        """Drop every connection."""
        for link in self._links.values():
            link.socket.close()
        self._poll.close()

    def _finish(self, links: list[Link]) -> None:
        deadline_s = time.time() + 5
        while any(link.sent_for for link in links) and time.time() < deadline_s:
            self._listen(0.05, go_on=False)
        self.result.acks_ms = np.array(self._acks, np.float32)

    def _send(self, link: Link, due_s: float) -> None:
        link.sent_for = due_s
        link.newest_ms = max(int(due_s * 1000), link.newest_ms + self._span_ms)
        try:
            link.socket.send(link.request(link.newest_ms))
        except ConnectionError:
            self._reopen(link)
            link.sent_for = due_s
            link.socket.send(link.request(link.newest_ms))

    def _reopen(self, link: Link) -> None:
        """The server closed it: idle too long while the others connected, or it restarts."""
        del self._links[link.socket.fileno()]
        self._poll.unregister(link.socket)
        link.socket.close()
        link.socket, link.got, link.sent_for = connect(self._plan.port, self._plan.first + len(self._links)), b"", 0.0
        self._links[link.socket.fileno()] = link
        self._poll.register(link.socket, select.EPOLLIN)
        self.result.reopened += 1

    def _listen(self, wait_s: float, *, go_on: bool) -> None:
        links = self._links
        for descriptor, _ in self._poll.poll(wait_s, EVENTS):
            link = links[descriptor]
            try:
                data = link.socket.recv(8192)
            except ConnectionError:
                data = b""
            if not data:
                self._reopen(link)
                continue
            link.got += data
            if link.got.endswith(b"}") and link.sent_for:
                self._count(link, time.time())
                link.got, link.sent_for = b"", 0.0
                if go_on and (link.due or not self._plan.rate):
                    self._send(link, self._next(link))

    def _next(self, link: Link) -> float:
        """From when the latency of the next upload counts."""
        if link.due and not self._plan.joins:
            return link.due.popleft()
        link.due.clear()
        return time.time()

    def _count(self, link: Link, now_s: float) -> None:
        good = link.got.startswith(b"HTTP/1.1 200") and (b'"stored":%d,' % self._plan.form.fixes) in link.got
        self.result.stored += self._plan.form.fixes * good
        if not self._start_s <= now_s < self._end_s:
            return
        if good:
            self._acks.append((now_s - link.sent_for) * 1000)
            self.result.fixes += self._plan.form.fixes
            self.result.accepted[link.phone] += 1
        elif link.got.startswith(b"HTTP/1.1 503"):
            self.result.refused += 1
        else:
            self.result.wrong += 1
            self.result.strange = self.result.strange or link.got


def connect(port: int, number: int) -> socket.socket:
    """The connection of this number, from a loopback address that has ports left."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.IPPROTO_IP, BIND_ADDRESS_NO_PORT, 1)  # or the kernel looks for one for milliseconds
    opened.bind((f"127.0.0.{2 + number // PORTS}", 0))
    opened.connect(("127.0.0.1", port))
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def cpu_s() -> float:
    """User and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def phones_process(plan: Plan, report: Connection) -> None:
    """The child's whole life: connect, say so, hear when the window begins, run, report."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load = Load(plan)
    load.open()
    report.send("ready")
    start_s = report.recv()
    time.sleep(max(0.0, start_s - plan.warm_s - time.time()))
    report.send(load.run(start_s))
    load.close()


def idle_process(port: int, phones: Sequence[Phone], connections: int, report: Connection) -> None:
    """Connections that have uploaded once and then say nothing: as many twice, each time until told to go on."""
    links: list[socket.socket] = []
    for turn in range(2):
        while len(links) < (turn + 1) * connections:
            several = [connect(port, len(links) + number) for number in range(min(FEW, connections))]
            for number, link in enumerate(several, len(links)):
                link.sendall(request_of(phones[number % len(phones)], Form.SINGLE, 1)(int(time.time() * 1000)))
            for link in several:
                link.recv(8192)
            links += several
        report.send("ready")
        report.recv()
    for link in links:
        link.close()
