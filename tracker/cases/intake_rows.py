"""Reports of another channel as a table: headings in Chinese or English, UTF-8 or GBK, each cell checked; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from tracker.cases.book import Book
from tracker.cases.intake import GridAt, Intake, NewCase, ReporterBody, checked
from tracker.clock import LOCAL, to_ms
from tracker.errors import BadValue, SanxunError
from tracker.geo.area import Area

MOST_ROWS = 1000  # some seconds of work
MOST_PROBLEMS = 200  # in one answer
MOST_CELL = 5000
HEADINGS: dict[str, tuple[str, ...]] = {  # field: what a heading may say
    "external_number": ("编号", "工单号", "工单编号", "外部编号", "流水号", "number", "external_number"),
    "description": ("内容", "问题描述", "诉求内容", "反映内容", "描述", "description"),
    "category": ("类别", "小类", "问题类别", "类别代码", "category"),
    "area": ("区划代码", "村代码", "网格代码", "行政区划", "area"),
    "address": ("地址", "地点", "事发地址", "位置", "address"),
    "lat": ("纬度", "lat", "latitude"),
    "lon": ("经度", "lon", "lng", "longitude"),
    "name": ("姓名", "反映人", "诉求人", "联系人", "name"),
    "phone": ("电话", "联系电话", "手机", "手机号", "来电号码", "phone"),
    "reported_at": ("时间", "反映时间", "来电时间", "受理时间", "上报时间", "reported_at"),
    "urgent": ("紧急", "是否紧急", "urgent"),
    "secret": ("保密", "是否保密", "secret"),
}
NEEDED = ("external_number", "description")
_YES, _NO = frozenset({"是", "1", "true", "yes", "y"}), frozenset({"", "否", "0", "false", "no", "n"})


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one line of the file; the first line is the headings."""

    line: int
    field: str
    value: str
    allowed: str


class Good(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was found good."""

    line: int
    new: NewCase


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a file says: reports that are good, and what is wrong."""

    rows: int
    good: list[Good]
    problems: list[Problem]


def read(data: bytes, channel: str, book: Book, grid_at: GridAt, now_ms: int, *, own: Area) -> Table:
    """Check the whole file; raises BadValue where it is no table at all. `own` is where its sender may report from."""
    lines = _lines(decoded(data))
    fields = _fields(next(lines, (1, []))[1])
    good: list[Good] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    count = 0
    for line, cells in lines:
        count += 1
        if count > MOST_ROWS:
            raise BadValue(field="file", value=f"{count} rows", allowed=f"at most {MOST_ROWS} rows in one file")
        try:
            cell = _row(fields, cells)
            new = checked(_intake(cell, channel, book), book, grid_at, now_ms, fallback_area=None, old=True)
            _check_area(new, own)
            _check_once(new, seen, line)
            good.append(Good(line=line, new=new))
        except SanxunError as error:
            problems.append(_problem(error, line))
    if not count:
        raise BadValue(field="file", value="no rows", allowed="a line of headings and at least one report")
    return Table(rows=count, good=good, problems=problems)


def decoded(data: bytes) -> str:
    """The text of a file that Excel or another system wrote; raises BadValue."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadValue(field="file", value="unknown encoding", allowed="UTF-8 or GBK")


def client_id_of(channel: str, number: str) -> UUID:
    """The same report has the same id, however often its number comes."""
    return uuid5(NAMESPACE_URL, f"sanxun:{channel}:{number}")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with anything in them, by their number in the file."""
    sample = text[: text.find("\n")] if "\n" in text else text
    delimiter = max((",", "\t", ";", "，"), key=sample.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadValue(field="file", value=str(error), allowed="a table with commas", line=reader.line_num) from None


def _fields(headings: list[str]) -> list[str | None]:
    """The field of every column; None for columns that nobody asked for; raises BadValue."""
    by_heading = {heading: field for field, known in HEADINGS.items() for heading in known}
    fields = [by_heading.get(heading.lower().replace(" ", "")) for heading in headings]
    for field in NEEDED:
        if fields.count(field) != 1:
            allowed = f"one column headed {' or '.join(HEADINGS[field])}"
            raise BadValue(field=field, value=", ".join(headings), allowed=allowed, line=1)
    return fields


def _row(fields: list[str | None], cells: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, cell in zip(fields, cells, strict=False):
        if field is not None and cell:
            if len(cell) > MOST_CELL:
                raise BadValue(field=field, value=cell, allowed=f"at most {MOST_CELL} characters")
            found[field] = cell
    for field in NEEDED:
        if field not in found:
            raise BadValue(field=field, value="", allowed="a value: it is needed")
    return found


def _intake(cell: Mapping[str, str], channel: str, book: Book) -> Intake:
    return Intake(
        client_id=client_id_of(channel, cell["external_number"]),
        channel=channel,
        description=cell["description"],
        external_number=cell["external_number"],
        category=_category(cell.get("category"), book),
        lat=_read("lat", cell, float, "degrees"),
        lon=_read("lon", cell, float, "degrees"),
        area=_read("area", cell, lambda text: Area.parse(text).code, "a division or grid code"),
        address=cell.get("address", ""),
        reporter=ReporterBody(name=cell.get("name", ""), phone=cell.get("phone", "")),
        urgent=_yes("urgent", cell),
        secret=_yes("secret", cell),
        at_ms=_read("reported_at", cell, _moment, "a time such as 2026-11-24 08:00"),
    )


def _category(text: str | None, book: Book) -> str | None:
    """By its code or its name."""
    if text is None:
        return None
    names = {one.name: one.code for one in book.categories.values()}
    code = names.get(text, text.zfill(4) if text.isdigit() else text)  # a spreadsheet eats leading zeros
    return book.category(code).code


def _read(field: str, cell: Mapping[str, str], read: Callable[[str], Any], allowed: str) -> Any:
    if field not in cell:
        return None
    try:
        return read(cell[field])
    except (ValueError, SanxunError):
        raise BadValue(field=field, value=cell[field], allowed=allowed) from None


def _moment(text: str) -> int:
    """Local time unless it names its zone; also as spreadsheets write it: 2026/11/24 8:00."""
    for form in ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d %H:%M"):
        try:
            return to_ms(datetime.strptime(text, form).replace(tzinfo=LOCAL))
        except ValueError:
            continue
    found = datetime.fromisoformat(text)
    return to_ms(found if found.tzinfo else found.replace(tzinfo=LOCAL))


def _yes(field: str, cell: Mapping[str, str]) -> bool:
    text = cell.get(field, "").lower()
    if text not in _YES | _NO:
        raise BadValue(field=field, value=text, allowed="是 or 否")
    return text in _YES


def _check_area(new: NewCase, own: Area) -> None:
    if not own.contains(new.area_code):
        raise BadValue(field="area", value=new.area_code, allowed=f"an area inside {own.code}")


def _check_once(new: NewCase, seen: dict[str, int], line: int) -> None:
    number = new.intake.external_number
    if number in seen:
        raise BadValue(
            field="external_number", value=number, allowed=f"once in a file; it stands in line {seen[number]}"
        )
    seen[number] = line


def _problem(error: SanxunError, line: int) -> Problem:
    if isinstance(error, BadValue):
        return Problem(line=line, field=error.field, value=error.value, allowed=error.allowed)
    return Problem(line=line, field="", value="", allowed=str(error))
