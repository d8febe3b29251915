"""A full disk, a disk that turns read-only, and a clock that jumps, under load: the second half of `make crash`.

The disks are small file systems of their own, so this needs the right to mount; without it a trial says so.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from tests.crash.trials import Trial, prepare
from tests.crash.victim import ROOT, Victim

DISK_MB = 1000
PHONES = 20
PATIENCE_S = 60.0
Trouble = Callable[[Trial, Path], Awaitable[None]]


class NotPermitted(Exception):
    """This user or machine may not mount a file system."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """An ext4 of its own behind a loop device."""
    image, mounted = folder / "disk.img", folder / "disk"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(DISK_MB << 20)
    _must("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
    _must("mount", "-o", "loop,errors=continue", str(image), str(mounted))
    try:
        mounted.chmod(0o755)
        yield mounted
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=False, capture_output=True)


async def disk_full(trial: Trial, disk: Path) -> None:
    """Take all the room, wait until phones are turned away, give it back."""
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with ballast.open("wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, free - (1 << 20))
        file.seek(0, os.SEEK_END)
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
    await until_turned_away(trial)
    ballast.unlink()


async def read_only(trial: Trial, disk: Path) -> None:
    """The file system gives up as it does on a failing disk; somebody mounts it anew and starts the service again."""
    _must("mount", "-o", "remount,abort", str(disk))
    await until_turned_away(trial)
    trial.victim.kill_both()
    await asyncio.to_thread(_mend, disk)


async def clock_steps(trial: Trial, disk: Path) -> None:
    """The server's clock jumps an hour forward, two back, and one forward again."""
    offset = disk.parent / "offset_ms"
    for hours in (1, -1, 0):
        offset.write_text(str(hours * 3_600_000))
        await trial.under_load()


async def until_turned_away(trial: Trial) -> None:
    """Until no phone was acknowledged for some seconds while they went on trying."""
    counts, still = trial.counts, 0
    for _ in range(int(PATIENCE_S / 0.5)):
        before, refused = counts.uploads, counts.later + counts.broken
        await asyncio.sleep(0.5)
        still = still + 1 if counts.uploads == before and counts.later + counts.broken > refused else 0
        if still >= 6:
            return
    raise TimeoutError("phones are still acknowledged")


def run(name: str, trouble: Trouble, port: int) -> bool:
    """One trouble from a new folder to the balance; returns whether the ledger balances."""
    with tempfile.TemporaryDirectory(prefix="sanxun-trouble-") as text:
        folder = Path(text)
        folder.chmod(0o755)
        with small_disk(folder) as disk:
            walkers = prepare(disk / "data", port, phones=PHONES, hours=20)
            (disk / "offset_ms").write_text("0")
            command = (sys.executable, str(ROOT / "tests" / "crash" / "stepped.py"), str(folder / "offset_ms"), "serve")
            victim = Victim(data=disk / "data", port=port, command=command)
            trial = Trial(victim, walkers, pause_s=0.1, seed=1)
            try:
                result = asyncio.run(trial.run_through(lambda: trouble(trial, disk)))
            finally:
                victim.stop()
    counts = trial.counts
    sys.stdout.write(
        f"{name}: {result}; server started {victim.starts} times; {counts.later} told to come later, "
        f"{counts.broken} broken connections, {len(counts.wrong)} wrong answers {counts.wrong[:2]}\n"
    )
    sys.stdout.flush()
    return result.is_good and not counts.wrong


def _mend(disk: Path) -> None:
    image = disk.with_name("disk.img")
    for _ in range(100):
        if subprocess.run(["umount", str(disk)], check=False, capture_output=True).returncode == 0:
            break
        time.sleep(0.1)  # the last process is still ending
    subprocess.run(["fsck.ext4", "-p", str(image)], check=False, capture_output=True)
    _must("mount", "-o", "loop", str(image), str(disk))


def _must(*words: str) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotPermitted(f"{' '.join(words)}: {done.stderr.strip()}")


def main() -> int:
    """All three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8599)
    parser.add_argument("--only", default="")
    words = parser.parse_args()
    good = True
    troubles: dict[str, Trouble] = {"disk full": disk_full, "disk read-only": read_only, "clock steps": clock_steps}
    for name, trouble in troubles.items():
        if words.only in name:
            try:
                good &= run(name, trouble, words.port)
            except NotPermitted as error:
                sys.stdout.write(f"{name}: left out: {error}\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
