"""Who sends which file, and with which times: decided before anything is sent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker.demo.credentials import Credentials, DemoAccount, DemoDevice
from tracker.demo.replay.recording import Point, Recording
from tracker.demo.replay.times import problems, repaired, require_times, shifted
from tracker.errors import BadValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """`now_ms` moves the last point there (None: times stay); `step_ms` repairs times (None: refuse)."""

    now_ms: int | None
    step_ms: int | None


def timed(recording: Recording, timing: Timing) -> tuple[Recording, list[str]]:
    """The recording with a time for every point, and what was done to it; raises BrokenRecording."""
    notes: list[str] = []
    points: Sequence[Point] = recording.points
    if timing.step_ms is None:
        require_times(recording)
    elif bad := len(problems(points)):
        if bad == len(points) and timing.now_ms is None:
            raise BadValue(
                field="now", value="missing", allowed=f"--now, because no point of {recording.file} has a time"
            )
        points = repaired(points, timing.step_ms, timing.now_ms or 0)
        notes.append(f"{bad} of {len(points)} points had no usable time and got evenly spaced ones")
    if timing.now_ms is not None:
        points = shifted(points, timing.now_ms)
    return replace(recording, points=tuple(points)), notes


def devices_for(files: int, credentials: Credentials, workers: Sequence[int]) -> list[DemoDevice]:
    """A phone for each file: of the workers named (one for all, or one each), else the first phones of the demo."""
    known = {device.worker: device for device in credentials.devices}
    if not workers:
        chosen = credentials.devices[:files]
        return [*chosen, *[chosen[-1]] * (files - len(chosen))] if chosen else _no_worker("none", known)
    if len(workers) not in {1, files}:
        raise BadValue(field="worker", value=len(workers), allowed=f"one worker for all files, or {files}, one each")
    missing = [worker for worker in workers if worker not in known]
    if missing:
        return _no_worker(str(missing[0]), known)
    every = [known[worker] for worker in workers]
    return every if len(every) == files else every * files


def supervisor(credentials: Credentials) -> DemoAccount:
    """The account that may ask where grids are; raises BadValue."""
    for account in credentials.accounts:
        if account.role == "supervisor":
            return account
    raise BadValue(field="credentials", value="no supervisor", allowed="a file with a supervisor's account")


def _no_worker(value: str, known: dict[int, DemoDevice]) -> list[DemoDevice]:
    allowed = f"a worker of the credentials file, {min(known)} to {max(known)}" if known else "a file with phones"
    raise BadValue(field="worker", value=value, allowed=allowed)
