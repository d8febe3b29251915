"""The figures of all benchmarks in one place: a table on the screen, and build/bench.json for the next run to compare.

    figures = Figures("pings")
    figures.add("ack p99 at half load", 12.4, "ms")
    figures.add("CPU per ping", 4.1, "µs", floor=1.2)  # the floor is measured in the same run
    figures.write()

`python tests/bench/figures.py` prints what the last runs left.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

FILE = Path(__file__).resolve().parents[2] / "build" / "bench.json"
WIDTH = 66


class Figure(msgspec.Struct, frozen=True):
    """One measured value; `floor` is what the same work costs at least, `ratio` how many times that it took."""

    bench: str
    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None


class Book(msgspec.Struct):
    """The whole file; the load average is that of the newest run."""

    load_average: tuple[float, float, float] = (0.0, 0.0, 0.0)
    figures: list[Figure] = []


class Figures:
    """What one benchmark measured; each line is printed at once, beside its value in the file."""

    def __init__(self, bench: str, file: Path = FILE) -> None:
        self._bench = bench
        self._file = file
        self._before = {(one.bench, one.name): one.value for one in read(file).figures}
        self._figures: list[Figure] = []

    def add(self, name: str, value: float, unit: str, *, floor: float | None = None) -> float:
        """Note and print a figure; gives the value back."""
        ratio = None if not floor else round(value / floor, 3)
        figure = Figure(self._bench, name, round(value, 4), unit, None if floor is None else round(floor, 4), ratio)
        self._figures.append(figure)
        say(line(figure, self._before.get((self._bench, name))))
        return value

    def write(self) -> None:
        """Put the figures in the file, in place of those of the last run, and say how busy the machine is."""
        book = read(self._file)
        book.load_average = tuple(round(one, 2) for one in os.getloadavg())  # type: ignore[assignment]
        book.figures = [one for one in book.figures if one.bench != self._bench] + self._figures
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_bytes(msgspec.json.format(msgspec.json.encode(book)))
        say(f"load average after the run {os.getloadavg()[0]:.2f}; {os.cpu_count()} cores")


def read(file: Path) -> Book:
    """What the file holds; nothing where there is none, or one of another form."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Book)
    except (OSError, msgspec.DecodeError):
        return Book()


def line(figure: Figure, before: float | None) -> str:
    """A row of the table."""
    text = f"{figure.name:<{WIDTH}}{figure.value:>14,.2f} {figure.unit:<10}"
    if figure.ratio is not None:
        text += f"{figure.ratio:>7.2f} x the floor of {figure.floor:,.2f}"
    if before:
        text += f"   before {before:,.2f} ({100 * (figure.value / before - 1):+.0f} %)"
    return text


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text.rstrip() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the file."""
    book = read(FILE)
    for name in dict.fromkeys(one.bench for one in book.figures):
        say(f"\n{name}")
        for one in book.figures:
            if one.bench == name:
                say(line(one, None))
    say(f"\nload average of the newest run {book.load_average}")


if __name__ == "__main__":
    main()
