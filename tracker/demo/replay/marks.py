"""Where each track point stands in a GPX file and what was written there, which gpxpy does not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.parsers import expat  # a file that its owner names; expat bounds entities itself

import msgspec

from tracker.demo.replay.problems import BrokenRecording, Problem


class Mark(msgspec.Struct, kw_only=True):
    """One <trkpt>: its line and the texts of its values, None where they are missing."""

    line: int
    lat: str | None
    lon: str | None
    time: str | None = None


def read_marks(file: Path, data: bytes) -> list[Mark]:
    """Every track point in order; raises BrokenRecording for what is not GPX."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)  # noqa: FBT003  # the module's own positional flag
    except expat.ExpatError as error:
        text = data[:40].decode(errors="replace")
        what = f"is not XML: {expat.ErrorString(error.code)} in column {error.offset + 1}"
        raise BrokenRecording(file, [Problem(field="file", value=text, what=what, line=error.lineno)]) from None
    except (LookupError, ValueError) as error:
        problem = Problem(field="encoding", value=str(error), what="save the file as UTF-8", line=1)
        raise BrokenRecording(file, [problem]) from None
    if reader.root != "gpx":
        what = "is not GPX, whose first element is <gpx>"
        raise BrokenRecording(file, [Problem(field="file", value=f"<{reader.root}>", what=what, line=1)])
    return reader.marks


def check_positions(file: Path, marks: list[Mark]) -> None:
    """Raises BrokenRecording that names every latitude and longitude that is none."""
    problems = []
    for number, mark in enumerate(marks, start=1):
        for field, text, largest in (("lat", mark.lat, 90), ("lon", mark.lon, 180)):
            if not _fits(text, largest):
                what = f"must be a number of degrees, -{largest} to {largest}"
                found = "missing" if text is None else text
                problems.append(Problem(field=field, value=found, what=what, line=mark.line, point=number))
    if problems:
        raise BrokenRecording(file, problems)


def _fits(text: str | None, largest: int) -> bool:
    try:
        return text is not None and abs(float(text)) <= largest
    except ValueError:
        return False


class _Reader:
    """Listens to expat; only elements of track points matter."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.root = ""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._path: list[str] = []

    def _start(self, name: str, values: dict[str, Any]) -> None:
        local = name.rpartition(":")[2]
        self.root = self.root or local
        self._path.append(local)
        if local == "trkpt":
            line = self.parser.CurrentLineNumber
            self.marks.append(Mark(line=line, lat=values.get("lat"), lon=values.get("lon")))
        elif self._in_time():
            self.marks[-1].time = ""

    def _text(self, text: str) -> None:
        if self._in_time():
            self.marks[-1].time = (self.marks[-1].time or "") + text

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _in_time(self) -> bool:
        return self._path[-2:] == ["trkpt", "time"]
