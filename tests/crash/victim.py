"""The real program as a child that is killed and started again, as a service manager would."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

ROOT = Path(__file__).parents[2]
READY_TIMEOUT_S = 240.0  # a busy machine is no finding
ENVIRON = {"TRACKER_DUTY_REQUIRED": "false", "TRACKER_COMPACT_AFTER_MINUTES": "1"}


@dataclass(kw_only=True)
class Victim:
    """`command` starts the server in the foreground on `port` with `data`."""

    data: Path
    port: int
    command: Sequence[str] = (sys.executable, str(ROOT / "run.py"), "serve")
    more: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(11))

    def start(self) -> None:
        """Start the program; it may take a while until it answers."""
        words = [*self.command, "--data", str(self.data), "--port", str(self.port), *self.more]
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **ENVIRON}, stdout=log, stderr=log)
        self.starts += 1

    def keep_up(self) -> bool:
        """Start it again if it has ended; returns whether that was so."""
        if self.process is not None and self.process.poll() is None:
            return False
        self.start()
        return True

    async def ready(self) -> None:
        """Wait until the program is ready, starting it as often as it ends."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not await asyncio.to_thread(self.is_ready):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready after {READY_TIMEOUT_S:.0f} s: {self.said()[-2000:]}")
            self.keep_up()
            await asyncio.sleep(0.05)

    def is_ready(self) -> bool:
        """Whether /readyz answers 200 now."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, HTTPException):
            return False

    def said(self) -> str:
        """The server's log so far."""
        return (self.data.parent / "server.log").read_text(errors="replace")

    def stop(self) -> int:
        """End in order; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    # The ways to die. Each sends SIGKILL and returns what it hit, "" when there was nothing to hit.

    def kill_server(self) -> str:
        """The program alone; PostgreSQL is told by the kernel that its parent is gone."""
        return self._kill([self.process.pid] if self.process else [], "server")

    def kill_postmaster(self) -> str:
        """PostgreSQL's first process alone."""
        return self._kill(self._postmaster(), "postmaster")

    def kill_backend(self) -> str:
        """One of PostgreSQL's children: a session, the checkpointer, the writer of the log…"""
        children = [child for pid in self._postmaster() for child in children_of(pid)]
        return self._kill(self._random.sample(children, 1) if children else [], "backend")

    def kill_postgres(self) -> str:
        """All of PostgreSQL at once."""
        postmaster = self._postmaster()
        return self._kill(
            [*postmaster, *(child for pid in postmaster for child in children_of(pid))], "all of postgres"
        )

    def kill_both(self) -> str:
        """The program and all of PostgreSQL at once."""
        postmaster = self._postmaster()
        children = [child for pid in postmaster for child in children_of(pid)]
        return self._kill(
            [*([self.process.pid] if self.process else []), *postmaster, *children], "server and postgres"
        )

    def kill_nats(self) -> str:
        """NATS, where the program runs one as its child."""
        own = children_of(self.process.pid) if self.process else []
        return self._kill([pid for pid in own if "nats-server" in name_of(pid)], "nats")

    def kill_worker(self) -> str:
        """One of several processes of the program."""
        own = children_of(self.process.pid) if self.process else []
        pythons = [pid for pid in own if "python" in name_of(pid)]
        return self._kill(self._random.sample(pythons, 1) if pythons else [], "one process")

    def _postmaster(self) -> list[int]:
        try:
            pid = int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return []
        return [pid] if "postgres" in name_of(pid) else []  # the number may belong to somebody else by now

    def _kill(self, pids: Sequence[int], what: str) -> str:
        hit = 0
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                hit += 1
        if self.process is not None and self.process.pid in pids:
            self.process.wait()
        return what if hit else ""


def children_of(parent: int) -> list[int]:
    """Direct children of a process."""
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{parent}/task").iterdir()
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return []


def name_of(pid: int) -> str:
    """The command line of a process, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
