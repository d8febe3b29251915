"""Tables: CSV of any usual encoding and delimiter, and XLSX; the first line that is not blank names the columns."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from tracker.county.imports.record import MAX_RECORDS, Record, text_of
from tracker.county.imports.text import decode_text, sniff_delimiter
from tracker.errors import BadValue, TooLarge

MAX_COLUMNS = 200
MAX_UNPACKED = 512 * 1024 * 1024  # bytes; a zip that unpacks to more is an attack or the wrong file
csv.field_size_limit(16 * 1024 * 1024)  # characters: a township's boundary as WKT is long
# what openpyxl and the libraries below it raise on workbooks that are none
_DAMAGED = (
    InvalidFileException, KeyError, ValueError, IndexError, TypeError, AttributeError, SyntaxError, EOFError,
    zipfile.BadZipFile, zlib.error, NotImplementedError, OSError,
)  # fmt: skip


def read_csv(path: Path) -> list[Record]:
    """The records of a CSV file; raises BadValue naming the line."""
    text, _ = decode_text(path.read_bytes())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sniff_delimiter(text))
    return _records(path.name, _numbered(path.name, reader))


def _numbered(file: str, reader: object) -> Iterator[tuple[int, list[str]]]:
    lines = iter(reader)  # type: ignore[call-overload]  # csv keeps its reader's type to itself
    while True:
        before = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadValue(
                field=file, value=str(error), allowed="a table of one line per record", line=before
            ) from None
        yield before, [cell.strip() for cell in row]


def read_xlsx(path: Path) -> list[Record]:
    """The records of the first sheet of an XLSX workbook; formulas count by their last saved value."""
    check_zip(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations, which are not read
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                rows = book.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True)
                return _records(path.name, ((n, [text_of(cell) for cell in row]) for n, row in enumerate(rows, 1)))
            finally:
                book.close()
    except _DAMAGED as error:
        raise BadValue(field="file", value=f"{path.name}: {error}", allowed="an XLSX workbook with a sheet") from None


def check_zip(path: Path) -> None:
    """Raise BadValue unless the file is a zip, and TooLarge if it would unpack to more than the bound."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BadValue(field="file", value=path.name, allowed="an undamaged zip archive") from None
    if any(member.flag_bits & 1 for member in members):
        raise BadValue(field="file", value=path.name, allowed="an archive or workbook without a password")
    total = sum(member.file_size for member in members)
    if total > MAX_UNPACKED:
        raise TooLarge(f"{path.name} unpacks to {total} bytes; at most {MAX_UNPACKED} are allowed")


def _records(file: str, rows: Iterable[tuple[int, list[str]]]) -> list[Record]:
    full = ((line, row) for line, row in rows if any(row))
    try:
        _, header = next(full)
    except StopIteration:
        raise BadValue(field="file", value=file, allowed="a line of column names and records below it") from None
    names = [name.strip() for name in header][:MAX_COLUMNS]
    records = [
        Record(
            file=file,
            line=line,
            values={name: cell for name, cell in zip(names, row, strict=False) if name},
            notes=_surplus(names, row),
        )
        for line, row in islice(full, MAX_RECORDS + 1)
    ]
    if len(records) > MAX_RECORDS:
        raise TooLarge(f"{file} has more than {MAX_RECORDS} records")
    return records


def _surplus(names: list[str], row: list[str]) -> tuple[tuple[str, str, str], ...]:
    rest = [cell for cell in row[len(names) :] if cell]
    allowed = f"{len(names)} cells, as many as columns; quoted where they hold the delimiter"
    return (("row", ", ".join(rest), allowed),) if rest else ()
