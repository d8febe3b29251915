"""PostgreSQL or the program is killed under load: nothing acknowledged is lost, and all comes back by itself."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import threading
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import pytest

from tests.acceptance.program import Answer, Program, Worker, fix, now_ms, until
from tests.acceptance.several import under_load
from tracker.db.opened import open_database

PHONES = 4
BATCH = 10

STORED = """
select worker_id, (extract(epoch from recorded_at) * 1000)::bigint as at_ms,
       round(lat * 1e7)::integer as lat, round(lon * 1e7)::integer as lon
from fix where worker_id = any($1::integer[])"""
TERMINATE = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()"""

Key = tuple[int, int, int, int]  # worker, ms, lat_e7, lon_e7: what makes a fix one


@dataclass
class Phone:
    """Uploads batch after batch from a thread; keeps a batch until it is acknowledged, as docs/phones.md tells."""

    worker: Worker
    start_ms: int
    acknowledged: list[Key] = field(default_factory=list)
    refusals: list[Answer] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        for number in itertools.count():
            fixes = [fix(self.start_ms + number * BATCH + n, 36.9753 + n / 1e4) for n in range(BATCH)]
            while not self._upload(fixes):
                if stop.is_set():
                    return
            if stop.is_set():
                return

    def _upload(self, fixes: list[dict[str, object]]) -> bool:
        body = {"sent_at": now_ms(), "crs": "wgs84", "fixes": fixes}
        try:
            answer = self.worker.post("/api/v1/pings", body)
        except (OSError, HTTPException):  # no answer: the same again
            return False
        if answer.status == 200:
            self.acknowledged += [self._key(one) for one in fixes]
        elif answer.status == 503:
            self.refusals.append(answer)
        else:
            self.wrong.append(f"{answer.status} {answer.body!r}")
        return answer.status == 200

    def _key(self, one: dict[str, object]) -> Key:
        lat, lon = float(str(one["lat"])), float(str(one["lon"]))
        return self.worker.id, int(str(one["t"])), round(lat * 1e7), round(lon * 1e7)


@pytest.fixture
def phones(fragile_server: Program) -> list[Phone]:
    start_ms = now_ms() - 3_600_000
    return [Phone(fragile_server.worker().go_on_duty(start_ms), start_ms) for _ in range(PHONES)]


def postmaster(server: Program) -> int:
    return int((server.data / "postgres" / "postmaster.pid").read_text().split()[0])


def stored(server: Program, phones: list[Phone]) -> list[Key]:
    """Every fix of these workers, as often as it is stored."""
    rows = query(server, STORED, [phone.worker.id for phone in phones])
    return [(row["worker_id"], row["at_ms"], row["lat"], row["lon"]) for row in rows]


def query(server: Program, statement: str, *args: object) -> list[Any]:
    """Ask the program's database from outside."""

    async def ask() -> list[Any]:
        async with open_database("", server.data) as database:
            return await database.fetch(statement, *args)

    return asyncio.run(ask())


def assert_nothing_lost(server: Program, phones: list[Phone]) -> None:
    """What is acknowledged is stored, once; what was never answered may be."""
    rows = stored(server, phones)
    acknowledged = [key for phone in phones for key in phone.acknowledged]
    assert len(rows) == len(set(rows))
    assert set(acknowledged) <= set(rows)
    assert len(rows) - len(acknowledged) <= PHONES * BATCH
    assert not [wrong for phone in phones for wrong in phone.wrong]


def test_phones_are_told_to_come_later_and_nothing_is_lost(fragile_server: Program, phones: list[Phone]) -> None:
    killed = postmaster(fragile_server)

    def harm() -> None:
        os.kill(killed, signal.SIGKILL)
        until(lambda: any(phone.refusals for phone in phones), "a phone is refused")

    under_load(phones, harm)
    assert postmaster(fragile_server) != killed
    refusals = [answer for phone in phones for answer in phone.refusals]
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refusals)
    assert {answer.json["error"]["code"] for answer in refusals} == {"unavailable"}
    assert_nothing_lost(fragile_server, phones)


def test_the_server_says_that_it_is_not_ready_until_the_database_is_back(fragile_server: Program) -> None:
    os.kill(postmaster(fragile_server), signal.SIGKILL)
    away = until(lambda: _unless_ready(fragile_server), "not ready")
    assert away.json["ready"] is False
    assert away.json["parts"]["database"]
    assert fragile_server.call("GET", "/healthz").status == 200
    until(fragile_server.is_ready, "ready again")


def test_closed_connections_to_the_database_cost_nothing(fragile_server: Program, phones: list[Phone]) -> None:
    def harm() -> None:
        assert query(fragile_server, TERMINATE)

    under_load(phones, harm)
    assert_nothing_lost(fragile_server, phones)


def test_the_program_killed_under_load_keeps_what_it_acknowledged(fragile_server: Program, phones: list[Phone]) -> None:
    def harm() -> None:
        assert fragile_server.process is not None
        fragile_server.process.kill()
        fragile_server.process.wait()
        fragile_server.start()

    under_load(phones, harm)
    assert_nothing_lost(fragile_server, phones)


def _unless_ready(server: Program) -> Answer | None:
    answer = server.call("GET", "/readyz")
    return answer if answer.status == 503 else None
