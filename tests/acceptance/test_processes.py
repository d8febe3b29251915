"""Several processes on one machine agree with one, and none of them is missed: killed, restarted, without NATS."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.acceptance.program import PATIENCE_S, ROOT, Program, Worker, environ, fix, free_port, now_ms, until
from tests.acceptance.several import Phone, Several, phones_of, under_load
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.opened import open_database

pytestmark = pytest.mark.timeout(180)

PHONES = 4
STORED = """
select worker_id, (extract(epoch from recorded_at) * 1000)::bigint as at_ms, flags
from fix where worker_id = any($1::integer[]) order by 1, 2"""


@pytest.fixture(scope="module")
def several() -> Iterator[Several]:
    with tempfile.TemporaryDirectory(prefix="sanxun-several-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs under another user when tests run as root
        program = Several(Path(folder) / "data", more=("--processes", "3"))
        program.start()
        try:
            yield program
        finally:
            status = program.stop()
        assert status == 0, program.said


@pytest.fixture
def phones(several: Several) -> list[Phone]:
    return phones_of(several, PHONES)


def rows_of(program: Program, workers: list[int]) -> list[tuple[int, int, int]]:
    async def ask() -> list[Any]:
        async with open_database("", program.data) as database:
            return await database.fetch(STORED, workers)

    return [tuple(row) for row in asyncio.run(ask())]


def assert_nothing_lost(program: Program, phones: list[Phone]) -> None:
    """What is acknowledged is stored, once; what was never answered may be."""
    stored = [(worker, at_ms) for worker, at_ms, _ in rows_of(program, [phone.worker.id for phone in phones])]
    acknowledged = [key for phone in phones for key in phone.acknowledged]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)


def assert_live(program: Program, phones: list[Phone]) -> None:
    """The live board shows the newest stored fix of each."""
    newest = {phone.worker.id: max(at_ms for _, at_ms in phone.acknowledged) for phone in phones}

    def behind() -> dict[int, int]:
        page = program.call("GET", "/api/v1/latest?limit=1000", as_account="county").json
        shown = {row["worker_id"]: row["recorded_at_ms"] for row in page["rows"]}
        return {worker: at_ms for worker, at_ms in newest.items() if shown.get(worker, 0) < at_ms}

    until(lambda: not behind(), f"the live board has caught up with {newest}")


def settled(program: Program) -> bool:
    """Whether the day was opened and everything stored has been folded."""
    said = program.call("GET", "/metrics").body.decode()
    rounds = sum(float(count) for count in re.findall(r"^sanxun_patrol_rounds\{.*\} (.*)$", said, re.MULTILINE))
    behind = re.findall(r"^sanxun_coverage_(?:stale_workers|queue_segments) (.*)$", said, re.MULTILINE)
    return rounds > 0 and behind == ["0.0", "0.0"]


def rounds_of(program: Program) -> dict[str, Any]:
    """What each grid's present round came to."""
    until(lambda: settled(program), "the patrol is settled")
    answer = program.call("GET", "/api/v1/patrol/rounds", as_account="county").json
    return {name: answer["grids"][name] for name in ("code", "cells", "covered", "minutes", "visited")}


def test_uploads_and_pages_take_turns_on_one_connection(several: Several) -> None:
    worker = several.worker().go_on_duty(now_ms() - 60_000)
    connection = http.client.HTTPConnection("127.0.0.1", several.port, timeout=PATIENCE_S)
    headers = {"Authorization": f"Bearer {worker.token}", "Content-Type": "application/json"}
    statuses, ports = [], set()
    for turn in range(5):
        body = orjson.dumps({"crs": "wgs84", "fixes": [fix(now_ms() - 5000 + turn)]})
        for method, path, sent in (("POST", "/api/v1/pings", body), ("GET", "/api/v1/my/round", None)):
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            ports.add(connection.sock.getsockname()[1])
    assert statuses == [200] * 10
    assert len(ports) == 1  # never reconnected
    connection.close()


def test_a_large_body_goes_over_whole(several: Several) -> None:
    answer = several.call("POST", "/api/v1/session", {"name": "x" * 40_000, "password": "y"})
    assert answer.status in {400, 401, 413}


def test_what_one_process_stores_the_other_shows(several: Several) -> None:
    worker = several.worker().go_on_duty(now_ms() - 60_000)
    at_ms = now_ms() - 1000
    worker.send(fix(at_ms, *worker.home()))
    phone = Phone(worker, at_ms, (0, 0), acknowledged=[(worker.id, at_ms)])
    assert_live(several, [phone])


def test_duty_counts_everywhere_at_once(several: Several) -> None:
    """No fix may be dropped because the process that takes it has not heard of the press yet."""
    for _ in range(10):
        worker = several.worker().go_on_duty(now_ms() - 60_000)
        assert worker.send(fix(now_ms()))["off_duty"] == 0


def test_a_revoked_phone_is_refused_everywhere_soon(several: Several) -> None:
    worker = several.worker().go_on_duty()
    devices = several.call("GET", f"/api/v1/workers/{worker.id}/devices", as_account="county").json["devices"]
    own = {"Origin": several.url}
    gone = several.call("DELETE", f"/api/v1/devices/{devices[0]['id']}", as_account="county", headers=own)
    assert gone.status in {200, 204}, gone.body

    def answers() -> set[int]:
        """Over many new connections, so that every process is met."""
        return {worker.post("/api/v1/pings", {"crs": "wgs84", "fixes": []}).status for _ in range(20)}

    until(lambda: answers() == {401}, "every process refuses it", 2.0)


def test_several_processes_store_and_judge_as_one_does(server: Program, several: Several) -> None:
    worker = next(one for one in iter(several.worker, None) if one.id not in server._taken)
    alone = _same_worker(server, worker.id)
    begin_ms = now_ms() - 600_000
    lat, lon = worker.home()
    uploads = [
        [fix(begin_ms + 10_000 * (3 * n + k), lat + 1e-4 * n, lon + 1e-4 * k) for k in range(3)] for n in range(10)
    ]
    uploads[4][1] = fix(begin_ms + 10_000 * 13, lat + 0.2, lon)  # a jump in the middle
    uploads[5] = [fix(begin_ms + 10_000 * (15 + k), lat, lon + 0.3) for k in range(3)]  # and one between two uploads
    for one in (worker, alone):
        one.go_on_duty(begin_ms - 1000)
        for upload in itertools.chain(uploads, reversed(uploads)):  # all of it twice
            one.send(*upload)
            until(lambda one=one, at_ms=upload[-1]["t"]: _seen_ms(one) >= at_ms, "the house knows of it")  # type: ignore[misc]
    assert [row[1:] for row in rows_of(several, [worker.id])] == [row[1:] for row in rows_of(server, [worker.id])]
    lines = until(lambda: _same_lines(several, server, worker.grid), "both have folded all, and agree")
    assert lines["covered"] > 0


def test_a_killed_upload_process_loses_nothing(several: Several, phones: list[Phone]) -> None:
    under_load(phones, lambda: several.kill("ingest-1"))
    assert_nothing_lost(several, phones)
    assert_live(several, phones)


def test_uploads_do_not_notice_that_the_house_was_killed(several: Several, phones: list[Phone]) -> None:
    under_load(phones, lambda: several.kill("house"))
    assert [phone.broken + phone.refused for phone in phones] == [[]] * PHONES
    assert_nothing_lost(several, phones)
    assert_live(several, phones)


def test_uploads_do_not_notice_that_nats_was_killed(several: Several, phones: list[Phone]) -> None:
    under_load(phones, lambda: several.kill("nats-server"))
    assert [phone.broken + phone.refused for phone in phones] == [[]] * PHONES
    assert_nothing_lost(several, phones)
    assert_live(several, phones)


def test_a_rolling_restart_breaks_and_refuses_nothing(several: Several, phones: list[Phone]) -> None:
    under_load(phones, several.renew)
    assert [phone.broken + phone.refused for phone in phones] == [[]] * PHONES
    assert_nothing_lost(several, phones)
    assert_live(several, phones)


def test_a_stand_by_tells_callers_of_pages_to_come_later(several: Several, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    port, database = free_port(), EmbeddedPostgres(several.data).running_url()
    words = ["serve", "--data", str(tmp_path), "--port", str(port), "--processes", "2", "--database", str(database)]
    stand_by = subprocess.Popen([sys.executable, str(ROOT / "run.py"), *words], cwd=ROOT, env=environ())

    def told() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    try:
        until(lambda: told() == 503, "callers are told to come later")
    finally:
        stand_by.terminate()
        assert stand_by.wait(PATIENCE_S) == 0


def test_coverage_is_what_one_process_makes_of_the_same_history(several: Several) -> None:
    """After all that happened above; the last test, for `several` is one process then."""
    before = rounds_of(several)
    assert several.stop() == 0, several.said
    several.more = ()
    several.start()
    assert rounds_of(several) == before


def _seen_ms(worker: Worker) -> int:
    """Time of the newest position that the house's map shows; flags follow what other processes are known to have."""
    rows = worker.program.call("GET", "/api/v1/latest?limit=1000", as_account="county").json["rows"]
    return max((int(row["recorded_at_ms"]) for row in rows if row["worker_id"] == worker.id), default=0)


def _same_worker(server: Program, worker_id: int) -> Worker:
    (device,) = [device for device in server.devices if device.worker == worker_id]
    server._taken.add(worker_id)
    return Worker(program=server, id=worker_id, token=device.token, grid="")


def _same_lines(several: Program, server: Program, grid: str) -> dict[str, Any] | None:
    first, second = (_line(rounds_of(program), grid) for program in (several, server))
    return first if first == second else None


def _line(rounds: dict[str, Any], grid: str) -> dict[str, Any]:
    place = rounds["code"].index(grid)
    return {name: column[place] for name, column in rounds.items()}
