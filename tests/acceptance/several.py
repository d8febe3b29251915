"""A machine with several processes, and phones that keep their connections and their ledgers."""

from __future__ import annotations

import http.client
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson

from tests.acceptance.program import PATIENCE_S, Program, Worker, fix, now_ms, until

BATCH = 5
EVERY_MS = 1000

Key = tuple[int, int]  # worker, ms: each phone sends every instant once


class Several(Program):
    """`run.py demo --processes 3`: a house and two that take uploads."""

    def pids(self, name: str) -> list[int]:
        """Processes of a place (house, ingest-1, nats) that this program started."""
        assert self.process is not None
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except (OSError, IndexError):
                continue
            if parent == self.process.pid and (name in words or words[0].endswith(name)):
                found.append(int(folder.name))
        return found

    def pid(self, name: str) -> int:
        """The one process of a place."""
        return until(lambda: self.pids(name), f"{name} runs")[0]

    def kill(self, name: str) -> None:
        """kill -9, and wait until somebody else has its place."""
        killed = self.pid(name)
        os.kill(killed, signal.SIGKILL)
        until(lambda: [pid for pid in self.pids(name) if pid != killed], f"{name} is started again")

    def renew(self) -> None:
        """SIGHUP, and wait until every place has a new process and no old one is left."""
        assert self.process is not None
        names = ("ingest-1", "ingest-2", "house")
        before = {self.pid(name) for name in names}
        done = self.said.count("All processes are new")
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.said.count("All processes are new") > done, "all processes are new", PATIENCE_S * 2)
        after = {pid for name in names for pid in self.pids(name)}
        assert len(after) == 3
        assert not after & before


@dataclass
class Phone:
    """Uploads over one kept connection from a thread; keeps a batch until it is acknowledged."""

    worker: Worker
    start_ms: int
    home: tuple[float, float]
    acknowledged: list[Key] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)  # status of answers that were not 200
    broken: list[str] = field(default_factory=list)  # connections that ended without an answer
    slowest_s: float = 0.0

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        at_ms = self.start_ms
        connection: http.client.HTTPConnection | None = None
        while not stop.is_set():
            if at_ms > now_ms():
                time.sleep(0.01)
                continue
            fixes = [self._fix(at_ms + n * EVERY_MS) for n in range(BATCH)]
            body = orjson.dumps({"sent_at": now_ms(), "crs": "wgs84", "fixes": fixes})
            started = time.monotonic()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.worker.program.port, timeout=PATIENCE_S)
                headers = {"Authorization": f"Bearer {self.worker.token}", "Content-Type": "application/json"}
                connection.request("POST", "/api/v1/pings", body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.broken.append(repr(error))
                connection = None
                continue
            self.slowest_s = max(self.slowest_s, time.monotonic() - started)
            if answer.status == 200:
                self.acknowledged += [(self.worker.id, at_ms + n * EVERY_MS) for n in range(BATCH)]
                at_ms += BATCH * EVERY_MS
            else:
                self.refused.append(answer.status)
        if connection is not None:
            connection.close()

    def _fix(self, at_ms: int) -> dict[str, object]:
        """A stroll around the middle of the worker's grid."""
        (lat, lon), at_s = self.home, at_ms / 1000
        return fix(at_ms, round(lat + 8e-4 * math.sin(at_s / 200), 7), round(lon + 1e-3 * math.sin(at_s / 130), 7))


def phones_of(program: Program, count: int) -> list[Phone]:
    """Phones of workers that nobody else has, on duty for the last hour."""
    start_ms = now_ms() - 3_600_000
    workers = [program.worker().go_on_duty(start_ms) for _ in range(count)]
    return [Phone(worker, start_ms, worker.home()) for worker in workers]


class Sender(Protocol):
    """A phone with a ledger, whatever it notes down of a fix."""

    worker: Worker
    acknowledged: list[Any]

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""


def under_load(phones: Sequence[Sender], harm: Callable[[], None]) -> None:
    """Do harm while all phones upload; they go on until each was acknowledged again afterwards."""
    stop = threading.Event()
    threads = [threading.Thread(target=phone.run, args=(stop,), name=f"phone {phone.worker.id}") for phone in phones]
    for thread in threads:
        thread.start()
    try:
        _more(phones, 10)
        harm()
        _more(phones, 5)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _more(phones: Sequence[Sender], batches: int) -> None:
    before = [len(phone.acknowledged) for phone in phones]
    until(
        lambda: all(len(p.acknowledged) >= n + batches * BATCH for p, n in zip(phones, before, strict=True)),
        "every phone is acknowledged",
    )
