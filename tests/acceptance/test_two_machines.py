"""Two machines through one NATS and one PostgreSQL: phones at the second, people at the first, and a stand-by."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.namespaces import FIRST, SECOND, Hosts, inside
from tests.acceptance.program import ROOT, VILLAGES, Answer, Program, Worker, environ, fix, now_ms, until
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.pool import Database

pytestmark = pytest.mark.timeout(180)

DATABASE = f"postgresql://sanxun@{FIRST}/sanxun"
BUS = f"nats://secret@{FIRST}:4222"
OUTSIDE = ("--database", DATABASE, "--bus", BUS)
STORED = "select (extract(epoch from recorded_at) * 1000)::bigint as at_ms from fix where worker_id = $1 order by 1"


@dataclass
class Machine(Program):
    """A program on one of the hosts."""

    host: str = ""

    def serve(self, *words: str) -> None:
        command = [sys.executable, str(ROOT / "run.py"), *words, "--host", self.address, "--port", str(self.port)]
        with inside(self.host), (self.data.parent / f"{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--data", str(self.data), *OUTSIDE], cwd=ROOT, env=environ(), stdout=log, stderr=log
            )

    @property
    def said(self) -> str:
        return (self.data.parent / f"{self.port}.log").read_text()

    def call(self, *words: Any, **more: Any) -> Answer:
        with inside(self.host):
            return super().call(*words, **more)

    def reachable(self, at: str = "/healthz") -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said
        try:
            return self.call("GET", at).status == 200
        except OSError:
            return False


@dataclass
class Site:
    """Two hosts, with database and bus on the first."""

    hosts: Hosts
    folder: Path
    people: Machine
    phones: Machine
    standby: Machine
    nats: subprocess.Popen[bytes]

    def stored(self, worker: Worker) -> list[int]:
        async def ask() -> list[int]:
            with inside(self.hosts.first):
                database = Database(DATABASE, max_connections=1)
                rows = await database.fetch(STORED, worker.id)
                await database.close()
            return [row["at_ms"] for row in rows]

        return asyncio.run(ask())

    def worker_at(self, machine: Machine) -> Worker:
        """A worker on duty whose phone calls this machine."""
        found = self.people.worker().go_on_duty(now_ms() - 3_600_000)
        return Worker(program=machine, id=found.id, token=found.token, grid=found.grid)

    def shown_ms(self, machine: Machine, worker: Worker) -> int:
        """The time of the position on the live board."""
        rows = machine.call("GET", "/api/v1/latest?limit=1000", as_account="county").json["rows"]
        return max((int(row["recorded_at_ms"]) for row in rows if row["worker_id"] == worker.id), default=0)


def start_nats(hosts: Hosts) -> subprocess.Popen[bytes]:
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    with inside(hosts.first):
        return subprocess.Popen([str(program), "-a", FIRST, "--auth", "secret"], stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    hosts = Hosts()
    if reason := hosts.make():
        hosts.remove()
        pytest.skip(f"network namespaces cannot be made here: {reason}")
    with tempfile.TemporaryDirectory(prefix="sanxun-site-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs under another user when tests run as root
        postgres = EmbeddedPostgres(folder / "database", overrides={"listen_addresses": FIRST, "fsync": "off"})
        with inside(hosts.first):
            postgres.start()
        nats = start_nats(hosts)
        try:
            with (postgres.home.data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all 10.77.0.0/24 trust\n")
            postgres._run("pg_ctl", "reload", "-D", str(postgres.home.data))
            yield from _running(hosts, folder, nats)
        finally:
            nats.kill()
            nats.wait()
            postgres.stop()
            hosts.remove()


def _running(hosts: Hosts, folder: Path, nats: subprocess.Popen[bytes]) -> Iterator[Site]:
    people = Machine(folder / "people", port=9390, host=hosts.first, address=FIRST)
    phones = Machine(folder / "phones", port=9391, host=hosts.second, address=SECOND)
    standby = Machine(folder / "people", port=9392, host=hosts.second, address=SECOND)
    site = Site(hosts, folder, people, phones, standby, nats)
    try:
        people.serve("demo", "--villages", VILLAGES, "--walkers", "0")
        until(lambda: people.reachable("/readyz"), "the first machine serves", 90)
        phones.serve("serve", "--machine-role", "ingest", "--processes", "2")
        until(phones.reachable, "the second machine serves", 60)
        standby.serve("serve")
        until(lambda: "standing by" in standby.said, "the stand-by stands by", 60)
        yield site
    finally:
        started = [machine.process for machine in (phones, standby, people) if machine.process]
        for process in started:
            process.send_signal(signal.SIGTERM)
        statuses = [process.wait(60) for process in started]
        site.nats.kill()  # a test may have put another one in the place of the first
        site.nats.wait()
    assert statuses[:2] == [0, 0], (phones.said, standby.said)


def test_a_phone_at_the_second_machine_is_seen_at_the_first(site: Site) -> None:
    worker = site.worker_at(site.phones)
    at_ms = now_ms() - 1000
    worker.send(fix(at_ms))
    until(lambda: site.shown_ms(site.people, worker) == at_ms, "it is on the live board", 5)


def test_the_second_machine_knows_no_pages(site: Site) -> None:
    assert site.phones.call("GET", "/api/v1/roster").status == 404


def test_a_phone_is_refused_at_both_machines_once_it_is_revoked(site: Site) -> None:
    worker = site.worker_at(site.phones)
    worker.send(fix(now_ms()))
    devices = site.people.call("GET", f"/api/v1/workers/{worker.id}/devices", as_account="county").json["devices"]
    own = {"Origin": site.people.url}
    site.people.call("DELETE", f"/api/v1/devices/{devices[0]['id']}", as_account="county", headers=own)
    refused = lambda: {worker.post("/api/v1/pings", {"crs": "wgs84", "fixes": []}).status for _ in range(10)} == {401}  # noqa: E731
    until(refused, "both processes refuse it", 2.0)


def test_without_nats_uploads_go_on_and_the_board_follows(site: Site) -> None:
    worker = site.worker_at(site.phones)
    site.nats.kill()
    site.nats.wait()
    begin_ms = now_ms() - 60_000
    for n in range(10):
        assert worker.send(fix(begin_ms + n * 1000))["stored"] == 1
    until(lambda: site.shown_ms(site.people, worker) == begin_ms + 9000, "the board follows without NATS", 5)
    site.nats = start_nats(site.hosts)
    worker.send(fix(begin_ms + 20_000))
    until(lambda: site.shown_ms(site.people, worker) == begin_ms + 20_000, "and with it", 5)


def test_a_pulled_cable_loses_nothing_that_was_acknowledged(site: Site) -> None:
    worker = site.worker_at(site.phones)
    begin_ms = now_ms() - 60_000
    acknowledged = []
    for n in range(30):
        if n == 10:
            site.hosts.cable("down")
            threading.Timer(2.0, site.hosts.cable, ("up",)).start()  # the upload under way waits for it
        body = {"sent_at": now_ms(), "crs": "wgs84", "fixes": [fix(begin_ms + n * 1000)]}
        answer = worker.post("/api/v1/pings", body)
        if answer.status == 200:
            acknowledged.append(begin_ms + n * 1000)
        else:
            assert answer.status == 503, answer.body
    stored = site.stored(worker)
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert begin_ms + 29_000 in acknowledged
    until(lambda: site.shown_ms(site.people, worker) == begin_ms + 29_000, "the board has caught up", 10)


def test_the_stand_by_follows_when_the_first_house_is_killed(site: Site) -> None:
    worker = site.worker_at(site.phones)
    worker.send(fix(now_ms() - 5000))
    assert not site.standby.reachable("/readyz")
    assert site.people.process is not None
    os.kill(site.people.process.pid, signal.SIGKILL)
    site.people.process.wait()
    at_ms = now_ms() - 1000
    assert worker.send(fix(at_ms))["stored"] == 1
    until(lambda: site.standby.reachable("/readyz"), "the stand-by is the house", 20)
    until(lambda: site.shown_ms(site.standby, worker) == at_ms, "and shows what came in between", 10)
