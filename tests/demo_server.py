"""The real program for tests: `run.py demo` with a small county, on a free port, in a process of its own."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracker.demo.credentials import FILE, Credentials, read_credentials

ROOT = Path(__file__).resolve().parents[1]
READY = "Sanxun is ready at "
START_TIMEOUT_S = 50.0  # PostgreSQL, migrations and six villages; a second on a quiet machine
STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A running server, and what signs in to it."""

    url: str
    credentials: Credentials
    output: list[str]

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.removeprefix("http://")


@contextlib.contextmanager
def running_demo(*, walkers: int) -> Iterator[Demo]:
    """Start the demo, wait until it says that it is ready, stop it in order at the end."""
    with tempfile.TemporaryDirectory(prefix="sanxun-demo-") as folder:
        Path(folder).chmod(0o755)  # the database runs under another user where tests run as root
        data = Path(folder) / "data"
        words = ["--villages", "6", "--walkers", str(walkers), "--port", "0", "--data", str(data)]
        command = [sys.executable, str(ROOT / "run.py"), "demo", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            output: list[str] = []
            ready = threading.Event()
            reader = threading.Thread(target=_read, args=(process, output, ready), name="output of the demo")
            reader.start()
            try:
                yield _wait(process, ready, output, data)
            finally:
                _stop(process)
                reader.join()


def _read(process: subprocess.Popen[str], output: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        output.append(line.rstrip())
        if line.startswith(READY):
            ready.set()
    ready.set()  # it ended: nobody need wait any longer


def _wait(process: subprocess.Popen[str], ready: threading.Event, output: list[str], data: Path) -> Demo:
    assert ready.wait(START_TIMEOUT_S), output
    urls = [line.removeprefix(READY).strip() for line in output if line.startswith(READY)]
    assert urls, (process.poll(), output)
    credentials = read_credentials(data / FILE)
    assert credentials is not None
    return Demo(url=urls[0], credentials=credentials, output=output)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
