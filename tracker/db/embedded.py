"""PostgreSQL from a wheel: started as our child, stopped with us, adopted or recovered after a kill -9."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from tracker.db import cluster_home
from tracker.db.cluster_home import ClusterHome
from tracker.errors import DatabaseFailed, WrongSetting
from tracker.parent import end_with_parent

log = logging.getLogger(__name__)

START_TIMEOUT_S = 120.0  # recovery after a crash replays the log first
STOP_TIMEOUT_S = 30.0
CHECK_EVERY_S = 0.5
ROLE = "sanxun"

SETTINGS = {
    "listen_addresses": "''",  # unix socket only: nothing of the database is on the network
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",  # fewer checkpoints, so fewer full pages in the log
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_directory": "'log'",
    "log_filename": "'postgresql-%a.log'",  # one file a weekday, overwritten after a week
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


class EmbeddedPostgres:
    """One cluster under a data folder. `start()` blocks until it answers; `watch()` restarts it when it dies.

    A lock on the data folder keeps a second program out; the kernel releases it when the holder dies in any way. The
    server asks the kernel for SIGINT (fast shutdown) when this process dies, so a kill -9 leaves no orphan.
    """

    def __init__(self, data: Path, *, overrides: Mapping[str, str] | None = None) -> None:
        self._root = data
        self._settings = SETTINGS | dict(overrides or {})
        self._home: ClusterHome | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock_fd: int | None = None
        self._stopping = False

    @property
    def home(self) -> ClusterHome:
        """Folders and owner; only after `start()`."""
        if self._home is None:
            raise DatabaseFailed("the embedded database was not started")
        return self._home

    @property
    def url(self) -> str:
        """The address for asyncpg and psql, over the unix socket."""
        return f"postgresql://{ROLE}@/{ROLE}?host={quote(str(self.home.sockets))}"

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster, or None."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> str:
        """Create the cluster if missing, start it, await it; returns the URL. Raises DatabaseFailed, WrongSetting."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        except OSError as error:
            allowed = f"a folder that this user can make and write ({error.strerror})"
            raise WrongSetting(key="data", value=self._root, allowed=allowed) from None
        self._home = cluster_home.choose(self._root)
        if not (self.home.data / "PG_VERSION").exists():
            self._initialise()
        self._end_orphan()
        self._spawn()
        self._wait_ready()
        self._create_database()
        return self.url

    def running_url(self) -> str | None:
        """The URL of the cluster when another program of ours has it open, else None."""
        if not self._root.exists():
            return None
        try:
            self._take_lock()
        except DatabaseFailed:
            self._home = cluster_home.choose(self._root)
            return self.url
        self._release_lock()
        return None

    def stop(self) -> None:
        """Shut down fast (commits are kept), then let the data folder go."""
        self._stopping = True
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(STOP_TIMEOUT_S)
        self._release_lock()

    async def watch(self) -> None:
        """Restart the server whenever it ends without us asking; runs until cancelled."""
        while not self._stopping:
            await asyncio.sleep(CHECK_EVERY_S)
            if self._process and self._process.poll() is not None and not self._stopping:
                code = self._process.returncode
                log.error("PostgreSQL ended with %s; starting it again", code, extra={"action": "postgres_restart"})
                await asyncio.to_thread(self._end_orphan)
                self._spawn()

    def _take_lock(self) -> None:
        self._lock_fd = os.open(self._root / "sanxun.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock_fd)
            self._lock_fd = None
            raise DatabaseFailed(f"the data folder {self._root} is in use by another Sanxun") from None

    def _release_lock(self) -> None:
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def _initialise(self) -> None:
        command = ["--auth=trust", f"--username={ROLE}", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        done = self._run("initdb", *command, "-D", str(self.home.data))
        if done.returncode:
            raise DatabaseFailed(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")

    def _end_orphan(self) -> None:
        """A postmaster left by a killed parent still holds the files: let it finish, or stop it."""
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while (pid := self._orphan_pid()) is not None:
            if time.monotonic() > deadline:
                raise DatabaseFailed(f"another PostgreSQL (pid {pid}) holds {self.home.data} and does not end")
            self._run("pg_ctl", "stop", "-D", str(self.home.data), "-m", "fast", "-t", "10")
            time.sleep(0.05)

    def _orphan_pid(self) -> int | None:
        try:
            pid = int((self.home.data / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, ValueError, IndexError):
            return None
        ours = b"postgres" in command and os.fsencode(self.home.data) in command
        return pid if ours and state != "Z" else None

    def _spawn(self) -> None:
        options = [f"-c{key}={value.strip(chr(39))}" for key, value in self._settings.items()]
        where = [f"-cunix_socket_directories={self.home.sockets}", "-D", str(self.home.data)]
        with (self._root / "postgres-start.log").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own binary, no shell
                [str(self.home.binaries / "postgres"), *options, *where],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_child_of(self.home.become(), os.getpid()),  # noqa: PLW1509  # before any thread runs
                start_new_session=True,  # Ctrl-C in the terminal reaches us only; we stop it in order
                cwd="/",
            )

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if self._run("pg_isready", "-q", "-h", str(self.home.sockets)).returncode == 0:
                return
            time.sleep(0.02)
        said = (self._root / "postgres-start.log").read_text(errors="replace").strip()[-2000:]
        raise DatabaseFailed(f"the embedded PostgreSQL did not start: {said or 'see the log folder in its data'}")

    def _create_database(self) -> None:
        done = self._run("createdb", "-h", str(self.home.sockets), "-U", ROLE, ROLE)
        said = done.stderr.decode(errors="replace")
        if done.returncode and "already exists" not in said:
            raise DatabaseFailed(f"createdb failed: {said.strip()}")

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603  # our own binaries, no shell
            [str(self.home.binaries / program), *words],
            check=False,
            capture_output=True,
            preexec_fn=self.home.become(),  # only calls setuid
            cwd="/",
            timeout=START_TIMEOUT_S,
        )


def _child_of(become: Callable[[], None] | None, parent_pid: int) -> Callable[[], None]:
    def prepare() -> None:
        if become is not None:
            become()
        end_with_parent(parent_pid, signal.SIGINT)

    return prepare
