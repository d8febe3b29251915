"""The real program as a child process, and what a test asks of it over HTTP."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from tracker.demo.credentials import FILE, Credentials, DemoAccount, DemoDevice, read_credentials

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0  # scales every wait of this folder
VILLAGES = "12"  # about a hundred workers: most tests take one of their own
T = TypeVar("T")


def until(condition: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """Ask until the answer is true, and give it back; fails with `what` when that takes too long."""
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"after {patience_s:.0f} s still not: {what}"
        time.sleep(0.01)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def run_program(*words: str, more_environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One command of run.py to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**environ(), **(more_environ or {})},
        timeout=PATIENCE_S * 2,
    )


def environ() -> dict[str, str]:
    """This process's environment without settings that somebody exported; webhooks may go to a test's own receiver."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return kept | {"TRACKER_WEBHOOK_PRIVATE": "true"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Program:
    """`run.py demo` on a data folder of its own; `start` waits until it is ready, `stop` gives the exit status."""

    data: Path
    port: int = field(default_factory=free_port)
    more: tuple[str, ...] = ()  # words of the command line
    address: str = "127.0.0.1"
    process: subprocess.Popen[bytes] | None = None
    _cookies: dict[str, str] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    @property
    def credentials(self) -> Credentials:
        found = read_credentials(self.data / FILE)
        assert found is not None
        return found

    @property
    def accounts(self) -> dict[str, DemoAccount]:
        return {account.name: account for account in self.credentials.accounts}

    @property
    def devices(self) -> list[DemoDevice]:
        return self.credentials.devices

    @property
    def said(self) -> str:
        return (self.data.parent / "program.log").read_text()

    def start(self) -> None:
        words = ["demo", "--villages", VILLAGES, "--walkers", "0", "--data", str(self.data), "--port", str(self.port)]
        with (self.data.parent / "program.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "run.py"), *words, *self.more],
                cwd=ROOT,
                env=environ(),
                stdout=log,
                stderr=log,
            )
        until(self.is_ready, "the program is ready", PATIENCE_S * 2)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said
        try:
            return self.call("GET", "/readyz").status == 200
        except OSError:
            return False

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = "",
        as_account: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; `body` is bytes as they are, or sent as JSON."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = orjson.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        if as_account:
            sent["Cookie"] = f"sanxun_session={self.cookie(as_account)}"
        return self._request(method, path, body, sent)

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, dict(headers))
            got = connection.getresponse()
            return Answer(status=got.status, headers=dict(got.headers), body=got.read())
        finally:
            connection.close()

    def cookie(self, name: str) -> str:
        """The session of an account, signed in once."""
        if name not in self._cookies:
            account = self.accounts[name]
            answer = self.call("POST", "/api/v1/session", {"name": name, "password": account.password})
            assert answer.status == 200, answer.body
            self._cookies[name] = answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]
        return self._cookies[name]

    def worker(self, inside: str = "", outside: str = "none") -> Worker:
        """A worker that no other test has, on a grid inside one area and outside of another, by their codes."""
        roster = self.call("GET", "/api/v1/roster", as_account="county").json["workers"]
        grid_of = dict(zip(roster["id"], roster["grid"], strict=True))
        for device in self.devices:
            grid = grid_of[device.worker]
            if device.worker in self._taken or not in_area(grid, inside) or in_area(grid, outside):
                continue
            self._taken.add(device.worker)
            return Worker(program=self, id=device.worker, token=device.token, grid=grid)
        raise AssertionError(f"no worker is left inside {inside!r} and outside {outside!r}")


def in_area(grid: str, area: str) -> bool:
    """Whether a grid lies in a division; trailing zeros of a 12-digit code stand for everything below."""
    return grid.startswith(area.rstrip("0")) if area else True


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One worker with their phone."""

    program: Program
    id: int
    token: str
    grid: str

    def post(self, path: str, body: object = None, **more: Any) -> Answer:
        return self.program.call("POST", path, body, token=self.token, **more)

    def go_on_duty(self, since_ms: int | None = None) -> Worker:
        answer = self.post("/api/v1/duty/on", {} if since_ms is None else {"at_ms": since_ms})
        assert answer.status == 200, answer.body
        return self

    def send(self, *fixes: Mapping[str, object]) -> Any:
        """Upload in the native form; gives the answer's JSON."""
        answer = self.post("/api/v1/pings", {"sent_at": now_ms(), "crs": "wgs84", "app": "test", "fixes": fixes})
        assert answer.status == 200, answer.body
        return answer.json

    def urgings(self) -> list[Any]:
        """What the office told this worker to do; alarms and reminders come by the hour of the day and are left out."""
        notices = self.program.call("GET", "/api/v1/my/round", token=self.token).json["notices"]
        return [one for one in notices if one["kind"] == "urge"]

    def home(self) -> tuple[float, float]:
        """(lat, lon) of the grid's label point."""
        grids = self.program.call("GET", f"/api/v1/grids?area={self.grid}", as_account="county").json
        place = grids["features"][0]["properties"]
        return place["lat"], place["lon"]


def now_ms() -> int:
    return int(time.time() * 1000)


def fix(at_ms: int, lat: float = 36.9753, lon: float = 115.2661, **more: object) -> dict[str, object]:
    return {"t": at_ms, "lat": lat, "lon": lon, "acc": 8, **more}
