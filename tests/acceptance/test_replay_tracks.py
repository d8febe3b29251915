"""Recorded walks and drives go through `run.py replay` into the running server, and every point is accounted for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.program import Program, Worker, now_ms, run_program
from tracker.db.opened import open_database

TRACKS = Path(__file__).parents[1] / "data" / "tracks"
POINTS = {
    "Mojstrovka.gpx": 184,
    "around-visnjan-with-car.gpx": 104,
    "cerknicko-jezero.gpx": 296,
    "korita-zbevnica.gpx": 871,
}
COLUMNS = ["worker", "points", "sent", "stored", "duplicate", "off_duty", "quarantined"]


def replay(server: Program, *words: str | Path) -> tuple[int, dict[str, dict[str, str]], str]:
    """Exit status, the table by file, and everything that was said."""
    options = ["--credentials", str(server.data / "demo-credentials.json")]
    done = run_program("replay", *map(str, words), *options)
    rows = [line.split(maxsplit=7) for line in done.stdout.splitlines() if line.split(" ")[0].endswith(".gpx")]
    table = {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in rows}
    return done.returncode, table, done.stdout + done.stderr


def stored_fixes(server: Program, worker: Worker) -> list[tuple[int, float, float]]:
    """Rows of the view `fix`, as any SQL tool sees them."""

    async def ask() -> list[tuple[int, float, float]]:
        async with open_database("", server.data) as database:
            rows = await database.fetch(
                "select recorded_at, lat, lon from fix where worker_id = $1 order by recorded_at", worker.id
            )
        return [(round(row["recorded_at"].timestamp() * 1000), row["lat"], row["lon"]) for row in rows]

    return asyncio.run(ask())


def gpx(folder: Path, *times_ms: int) -> Path:
    """A walk to the north with a point at each time."""
    points = [
        f'<trkpt lat="{36.9753 + n / 10_000:.4f}" lon="115.2661"><time>{utc(at_ms)}</time></trkpt>'
        for n, at_ms in enumerate(times_ms)
    ]
    file = folder / "walk.gpx"
    file.write_text(
        f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{"".join(points)}</trkseg></trk></gpx>'
    )
    return file


def utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def test_all_recordings_are_stored_point_by_point(server: Program) -> None:
    workers = [server.worker() for _ in POINTS]
    who = ["--worker", *(str(worker.id) for worker in workers)]
    changes = ["--repair-times", "15", "--now", "--into-grid"]
    before_ms = now_ms()
    status, table, said = replay(server, *(TRACKS / name for name in POINTS), *who, *changes)
    assert status == 0, said
    assert {name: int(row["stored"]) for name, row in table.items()} == POINTS
    assert all(row["sent"] == row["points"] == row["stored"] for row in table.values())
    assert "183 of 184 points had no usable time" in said
    assert "358 of 871 points had no usable time" in said
    for worker, name in zip(workers, POINTS, strict=True):
        fixes = stored_fixes(server, worker)
        assert len(fixes) == POINTS[name]
        assert before_ms <= fixes[-1][0] <= now_ms()
        lat, lon = worker.home()
        assert min(fix[1] for fix in fixes) < lat < max(fix[1] for fix in fixes)
        assert min(fix[2] for fix in fixes) < lon < max(fix[2] for fix in fixes)


def test_a_replay_twice_stores_nothing_twice(server: Program, tmp_path: Path) -> None:
    worker, now = server.worker(), now_ms()
    file = gpx(tmp_path, *(now - (250 - n) * 1000 for n in range(250)))
    _, first, said = replay(server, file, "--worker", str(worker.id))
    _, second, _ = replay(server, file, "--worker", str(worker.id))
    assert first["walk.gpx"]["stored"] == "250", said
    assert (second["walk.gpx"]["stored"], second["walk.gpx"]["duplicate"]) == ("0", "250")
    assert len(stored_fixes(server, worker)) == 250


def test_points_from_before_any_press_of_duty_are_counted_as_off_duty(server: Program, tmp_path: Path) -> None:
    worker, long_ago = server.worker(), now_ms() - 20 * 86_400_000
    status, table, said = replay(server, gpx(tmp_path, long_ago, long_ago + 1000), "--worker", str(worker.id))
    assert (status, table["walk.gpx"]["off_duty"], table["walk.gpx"]["stored"]) == (0, "2", "0")
    assert "at most 8 days ago" in said


def test_points_older_than_the_retention_are_counted_with_the_servers_reason(server: Program) -> None:
    status, table, _ = replay(server, TRACKS / "around-visnjan-with-car.gpx", "--worker", str(server.worker().id))
    assert (status, table["around-visnjan-with-car.gpx"]["quarantined"]) == (0, "too_old 104")


def test_a_dry_run_sends_nothing(server: Program) -> None:
    worker = server.worker()
    status, table, said = replay(
        server, TRACKS / "cerknicko-jezero.gpx", "--worker", str(worker.id), "--now", "--dry-run"
    )
    assert (status, table["cerknicko-jezero.gpx"]["sent"]) == (0, "0")
    assert "7 segments" in said
    assert stored_fixes(server, worker) == []


def test_one_broken_file_keeps_all_from_being_sent(server: Program, tmp_path: Path) -> None:
    worker, torn = server.worker(), tmp_path / "torn.gpx"
    torn.write_text("<gpx>\n<trk>")
    good, timeless = gpx(tmp_path, now_ms()), TRACKS / "korita-zbevnica.gpx"
    status, table, said = replay(server, good, torn, timeless, "--worker", str(worker.id))
    assert (status, table) == (1, {})
    assert f"{torn}:2: file '<gpx>\\n<trk>': is not XML: no element found" in said
    assert f"{timeless}:33: point 1: time '': has no time" in said
    assert "358 of 871 points have no usable time" in said
    assert stored_fixes(server, worker) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--worker", "999999"], "worker: '999999' is not allowed"),
        (["--speed", "fast"], "speed: 'fast' is not allowed"),
        (["--server", "nonsense"], "server: 'nonsense' is not allowed; allowed: http://"),
        (["--server", "http://127.0.0.1:9"], "server: 'http://127.0.0.1:9' is not allowed; allowed: the address of a"),
        (["--repair-times", "0"], "repair-times: '0.0' is not allowed"),
    ],
)
def test_a_wrong_word_is_told(server: Program, tmp_path: Path, words: list[str], told: str) -> None:
    status, _, said = replay(server, gpx(tmp_path, now_ms()), *words)
    assert status == 1
    assert said.startswith(f"run.py: {told}")


def test_a_single_token_replays_at_the_pace_of_the_recording(server: Program, tmp_path: Path) -> None:
    worker, now = server.worker(), now_ms()
    file = gpx(tmp_path, *(now - (120 - n) * 1000 for n in range(120)))
    done = run_program("replay", str(file), "--token", worker.token, "--server", server.url, "--speed", "600")
    assert done.returncode == 0, done.stderr
    assert len(stored_fixes(server, worker)) == 120


def test_a_token_that_is_not_good_is_told(server: Program, tmp_path: Path) -> None:
    done = run_program("replay", str(gpx(tmp_path, now_ms())), "--token", "nonsense", "--server", server.url)
    assert done.returncode == 1
    assert "401" in done.stderr
    assert "not good" in done.stderr


def test_a_wrong_credentials_file_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "credentials.json"
    wrong.write_text("{}")
    done = run_program("replay", str(gpx(tmp_path, now_ms())), "--credentials", str(wrong))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.startswith(f"run.py: credentials: '{wrong}' is not allowed")
