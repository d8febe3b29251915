"""The server under load: the real program on a prepared county, its phones on duty, and the CPU it uses."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import aiohttp
import asyncpg
import orjson

from tests.bench.load.requests import Phone
from tests.crash.victim import children_of, name_of
from tracker.db.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[3]
HZ = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int, *, children: bool = False) -> float:
    """User and system time of a process; with `children` of those it waited for and of those that run."""
    values = stat(pid)
    used = sum(int(value) for value in values[11 : 15 if children else 13])
    total = used / HZ
    if children:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and (other := stat(int(folder.name))) and int(other[1]) == pid:
                total += cpu_s(int(folder.name))
    return total


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return []


ON_DUTY_MS = 600_000  # before the first upload, whose fixes reach back
SESSIONS = 20  # of one account, at the most
SETTLE_S = 3.0  # the first writing of the opened day


@dataclass(frozen=True, kw_only=True)
class House:
    """The server under test."""

    port: int
    pid: int
    postmaster: int
    phones: list[Phone]
    cookies: list[str]  # of viewers, each good for SESSIONS live sessions
    database: str

    def used_s(self) -> tuple[float, float]:
        """CPU seconds so far: server, PostgreSQL."""
        return sum(cpu_s(pid) for pid in self.pids()), self.database_s()

    def pids(self) -> list[int]:
        """The server's process, and where it is several those that serve."""
        return [self.pid, *(child for child in children_of(self.pid) if "tracker.cli.child" in name_of(child))]

    def database_s(self) -> float:
        """CPU seconds of PostgreSQL so far."""
        return cpu_s(self.postmaster, children=True)

    def settle(self, longest_s: float = 30.0) -> None:
        """Wait until the patrol has folded what was uploaded, so that the next phase does not pay for it."""
        end_s = time.monotonic() + longest_s
        while not patrol_is_open(self.port) and time.monotonic() < end_s:
            time.sleep(0.2)

    def rss_kb(self) -> int:
        """Resident memory of the server."""
        texts = [Path(f"/proc/{pid}/status").read_text(encoding="ascii") for pid in self.pids()]
        return sum(int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith("VmRSS"))

    async def ask(self, question: str) -> Any:
        """One value from the database."""
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()


@contextmanager
def house(data: Path, villages: int, connections: int, viewers: int, *, more: Sequence[str] = ()) -> Iterator[House]:
    """Start the program, with `more` words, put the phones on duty, stop it at the end."""
    data.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = ["demo", "--villages", str(villages), "--walkers", "0", "--data", str(data), "--port", str(port), *more]
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, str(ROOT / "run.py"), *words], cwd=ROOT, stdout=log, stderr=log)
    try:
        while not answers(f"http://127.0.0.1:{port}/readyz"):
            assert process.poll() is None, (data / "server.log").read_text()
            time.sleep(0.1)
        found = orjson.loads((data / "demo-credentials.json").read_bytes())
        accounts = {one["name"]: one for one in found["accounts"]}
        postmaster = next(child for child in children_of(process.pid) if "postgres" in name_of(child))
        cookie = sign_in(port, accounts["county"])
        cookies = [sign_in(port, one) for one in new_viewers(port, accounts["admin"], -(-viewers // SESSIONS))]
        devices = found["devices"][:: max(1, len(found["devices"]) // connections)][:connections]
        chosen = at_home(port, cookie, devices)
        asyncio.run(go_on_duty(port, [phone.token for phone in chosen]))
        while not patrol_is_open(port):  # opening the day takes seconds of CPU that are not the price of a ping
            time.sleep(0.2)
        time.sleep(SETTLE_S)
        yield House(
            port=port,
            pid=process.pid,
            postmaster=postmaster,
            phones=chosen,
            cookies=cookies,
            database=EmbeddedPostgres(data).running_url() or "",
        )
    finally:
        process.terminate()
        process.wait(60)


def patrol_is_open(port: int) -> bool:
    """Whether the patrol has opened its day and folded what was there."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = [line.split() for line in answer.read().decode().splitlines() if not line.startswith("#")]
    value = {name: float(number) for name, number in lines}
    rounds = sum(number for name, number in value.items() if name.startswith("sanxun_patrol_rounds"))
    return rounds > 0 and value["sanxun_coverage_stale_workers"] == 0 and value["sanxun_coverage_queue_segments"] == 0


def answers(url: str) -> bool:
    """Whether a GET gives 200."""
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def sign_in(port: int, account: dict[str, str]) -> str:
    """The cookie of a new session."""
    body = orjson.dumps({"name": account["name"], "password": account["password"]})
    request = Request(f"http://127.0.0.1:{port}/api/v1/session", body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        return str(answer.headers["Set-Cookie"]).split(";")[0]


def new_viewers(port: int, admin: dict[str, str], count: int) -> list[dict[str, str]]:
    """Accounts that see the whole county, made for this run."""
    headers = {"Authorization": f"Bearer {sign_in(port, admin).partition('=')[2]}", "Content-Type": "application/json"}
    made = []
    for _ in range(count):
        wanted = {"name": f"bench{secrets.token_hex(4)}", "display_name": "bench", "role": "viewer"}
        body = orjson.dumps(wanted | {"area": admin["area"]})
        with urlopen(Request(f"http://127.0.0.1:{port}/api/v1/accounts", body, headers)) as answer:
            made.append(orjson.loads(answer.read()))
    return made


def at_home(port: int, cookie: str, devices: list[dict[str, Any]]) -> list[Phone]:
    """The phones, each on its worker's grid."""

    def get(path: str) -> Any:
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie})) as answer:
            return orjson.loads(answer.read())

    workers = get("/api/v1/roster")["workers"]
    grid_of = dict(zip(workers["id"], workers["grid"], strict=True))
    grids = {one["properties"]["code"]: one["properties"] for one in get("/api/v1/grids")["features"]}
    homes = [(device["token"], grids[grid_of[device["worker"]]]) for device in devices]
    return [Phone(token=token, lat=grid["lat"], lon=grid["lon"]) for token, grid in homes]


async def go_on_duty(port: int, tokens: list[str]) -> None:
    """Everybody has pressed 上岗 some minutes ago."""
    body, limit = orjson.dumps({"at_ms": int(time.time() * 1000) - ON_DUTY_MS}), asyncio.Semaphore(32)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:

        async def press(token: str) -> None:
            headers = {"Authorization": f"Bearer {token}"}
            async with limit, session.post("/api/v1/duty/on", data=body, headers=headers) as answer:
                assert answer.status == 200, await answer.text()

        await asyncio.gather(*(press(token) for token in tokens))
