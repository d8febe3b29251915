"""What a person at the terminal meets: help, wrong settings, credentials, accounts, migrations."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.acceptance.program import ROOT, Program, environ, run_program, until
from tracker.cli.main import main

COMMANDS = ["serve", "demo", "migrate", "simulate", "replay", "import", "export", "user"]


def test_help_names_every_command() -> None:
    done = run_program("--help")
    assert done.returncode == 0
    assert all(re.search(rf"^    {command} +\w", done.stdout, re.MULTILINE) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"], {})
    told = capsys.readouterr()
    assert (ended.value.code, told.err) == (0, "")
    assert told.out.startswith(f"usage: run.py {command}")


@pytest.mark.parametrize(
    ("words", "environ", "told"),
    [
        (["serve", "--port", "99999"], {}, "setting port = '99999' is not allowed; allowed: a whole number from 0 to"),
        (["serve"], {"TRACKER_TICK_MS": "fast"}, "setting tick_ms = 'fast' is not allowed; allowed: a whole number"),
        (["serve"], {"TRACKER_TIKC_MS": "5"}, "setting TRACKER_TIKC_MS = '5' is not allowed; allowed: TRACKER_KEY"),
        (["demo", "--log-level", "loud"], {}, "setting log_level = 'loud' is not allowed; allowed: debug or info or"),
        (["--database", "mysql://x"], {}, "setting database = 'mysql://x' is not allowed; allowed: postgresql://"),
    ],
)
def test_a_wrong_setting_stops_the_start(words: list[str], environ: dict[str, str], told: str) -> None:
    done = run_program(*words, more_environ=environ)
    assert done.returncode == 1
    assert done.stderr.startswith(f"run.py: {told}")
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_in_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sanxun.toml"
    file.write_text('stale_s = "soon"\n')
    done = run_program("serve", "--config", str(file))
    assert done.returncode == 1
    assert "setting stale_s = 'soon' is not allowed" in done.stderr


def test_only_the_owner_reads_the_credentials(server: Program) -> None:
    assert stat.S_IMODE((server.data / "demo-credentials.json").stat().st_mode) == 0o600


def test_the_credentials_have_their_documented_shape(server: Program) -> None:
    found = orjson.loads((server.data / "demo-credentials.json").read_bytes())
    assert found.keys() == {"url", "accounts", "devices"}
    assert found["url"] == server.url
    assert {tuple(account) for account in found["accounts"]} == {("name", "password", "role", "area")}
    assert {tuple(device) for device in found["devices"]} == {("worker", "token")}
    assert len({device["token"] for device in found["devices"]}) == len(found["devices"]) > 0


def test_the_terminal_shows_every_account_but_no_token(server: Program) -> None:
    assert all(account.password in server.said for account in server.accounts.values())
    assert not any(device.token in server.said for device in server.devices)


def test_a_second_program_is_kept_out(server: Program) -> None:
    done = run_program("serve", "--data", str(server.data), "--port", "0")
    assert done.returncode == 1
    assert "is in use by another Sanxun" in done.stderr


def test_a_taken_port_is_told(server: Program, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    url = f"postgresql://sanxun@/sanxun?host={server.data}/postgres-socket"
    shutil.copy(server.data / "person-keys.json", tmp_path)  # as every machine of one county has them
    done = run_program("serve", "--database", url, "--data", str(tmp_path), "--port", str(server.port))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{server.port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_account_is_added_beside_the_running_server(server: Program) -> None:
    area = server.accounts["township"].area
    data = ["--data", str(server.data)]
    done = run_program("user", "add", "zhang", "--role", "supervisor", "--area", area, *data)
    assert done.returncode == 0, done.stderr
    password = re.search(r"^zhang: (\S+)$", done.stdout, re.MULTILINE)
    assert password
    answer = server.call("POST", "/api/v1/session", {"name": "zhang", "password": password[1]})
    assert (answer.status, answer.json["area"]["code"]) == (200, area)
    assert re.search(r"^zhang +supervisor", run_program("user", "list", *data).stdout, re.MULTILINE)


def test_a_name_that_is_taken_is_told(server: Program) -> None:
    county = server.accounts["county"].area
    done = run_program("user", "add", "county", "--role", "viewer", "--area", county, "--data", str(server.data))
    assert done.returncode == 1
    assert "county" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrating_twice_changes_nothing(server: Program) -> None:
    first, second = (run_program("migrate", "--data", str(server.data)) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout


def test_an_export_is_for_its_owner_alone(server: Program, tmp_path: Path) -> None:
    path = tmp_path / "workers.csv"
    done = run_program("export", "workers", str(path), "--data", str(server.data))
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mode & 0o077 == 0


def test_an_export_that_cannot_be_written_is_told(server: Program, tmp_path: Path) -> None:
    done = run_program("export", "grids", str(tmp_path / "none" / "grids.csv"), "--data", str(server.data))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "grids.csv" in done.stderr


def test_walkers_that_find_no_server_say_so(server: Program) -> None:
    done = run_program("simulate", "--data", str(server.data), "--server", "http://127.0.0.1:1")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "no server answers at http://127.0.0.1:1" in done.stderr


def test_walkers_do_not_walk_at_no_speed() -> None:
    assert run_program("simulate", "--speed", "0").returncode == 2


def test_walkers_end_with_the_process_that_started_them(server: Program, tmp_path: Path) -> None:
    starter = f"""
import os, subprocess, sys, time
words = ["simulate", "--data", {str(server.data)!r}, "--quiet", "--walkers", "1", "--parent", str(os.getpid())]
child = subprocess.Popen([sys.executable, {str(ROOT / "run.py")!r}, *words])
open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", starter], env=environ())
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), "the walkers are started")
    child = Path("/proc") / (tmp_path / "pid").read_text()
    until(lambda: b"simulate" in (child / "cmdline").read_bytes(), "the walkers run")
    parent.kill()
    parent.wait()
    until(lambda: not child.exists() or ") Z " in (child / "stat").read_text(), "the walkers end")
