"""Single cells of a table: codes, dates, roles, phones and duties, however offices write them."""

from __future__ import annotations

import re
from datetime import date

from tracker.county.model import WorkerRole
from tracker.errors import BadValue

FORMULA_SIGNS = frozenset("=+-@\t\r")  # what a cell that a spreadsheet runs as a formula may begin with
_DATE = re.compile(r"(?P<year>\d{4})[-/.年]?(?P<month>\d{1,2})[-/.月]?(?P<day>\d{1,2})日?(?:[T ].*)?")
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_ROLES = {
    "leader": WorkerRole.LEADER, "网格长": WorkerRole.LEADER, "组长": WorkerRole.LEADER,
    "worker": WorkerRole.WORKER, "网格员": WorkerRole.WORKER, "专职网格员": WorkerRole.WORKER,
    "兼职网格员": WorkerRole.WORKER, "成员": WorkerRole.WORKER,
}  # fmt: skip
_LEVELS = {"1": 1, "县": 1, "县级": 1, "区": 1, "2": 2, "乡": 2, "镇": 2, "乡镇": 2, "乡级": 2, "街道": 2}
_LEVELS |= {"3": 3, "村": 3, "村级": 3, "社区": 3, "county": 1, "township": 2, "village": 3}


def read_number(field: str, text: str) -> str:
    """A number or code as text; raises BadValue when a spreadsheet has rounded it away."""
    if _ROUNDED.fullmatch(text):
        allowed = "all digits: a spreadsheet has rounded the code, format the column as text"
        raise BadValue(field=field, value=text, allowed=allowed)
    return text.strip("'’` ")


def read_code(field: str, text: str) -> str:
    """A division's or grid's digits, without blanks and hyphens."""
    return re.sub(r"[\s-]", "", read_number(field, text))


def read_division_code(field: str, text: str) -> str:
    """A division's 12 digits; the 6 of a county or 9 of a township are filled with zeros."""
    code = read_code(field, text)
    return code.ljust(12, "0") if len(code) in (6, 9) else code


def read_date(field: str, text: str) -> date:
    """A day, as 2026-03-01, 2026/3/1, 20260301 or 2026年3月1日."""
    match = _DATE.fullmatch(text)
    try:
        if match:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        pass
    raise BadValue(field=field, value=text, allowed="a date such as 2026-03-01 or 2026年3月1日")


def read_whole(field: str, text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise BadValue(field=field, value=text, allowed="a whole number")
    return int(text)


def read_degrees(field: str, text: str) -> float:
    """A decimal number of degrees."""
    if not re.fullmatch(r"-?\d{1,9}(\.\d+)?", text):
        raise BadValue(field=field, value=text, allowed="decimal degrees")
    return float(text)


def read_role(field: str, text: str) -> WorkerRole:
    """Leader or worker."""
    role = _ROLES.get(text.lower())
    if role is None:
        raise BadValue(field=field, value=text, allowed=", ".join(_ROLES))
    return role


def read_level(field: str, text: str) -> int:
    """1 county, 2 township, 3 village."""
    level = _LEVELS.get(text.lower())
    if level is None:
        raise BadValue(field=field, value=text, allowed=", ".join(_LEVELS))
    return level


def read_phone(_field: str, text: str) -> str:
    """A phone number without blanks, +86, and the hyphens that mobile numbers are grouped with."""
    bare = re.sub(r"^(\+|00)86[- ]?|\s", "", text)
    joined = bare.replace("-", "")
    return joined if re.fullmatch(r"1\d{10}", joined) else bare


def read_duties(_field: str, text: str) -> tuple[str, ...]:
    """The business lines of a list parted by any usual sign, each once."""
    parts = (part.strip() for part in re.split(r"[;；、,，|/\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def read_text(_field: str, text: str) -> str:
    """The text as it stands, without the apostrophe that an export puts before what a spreadsheet would run."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_SIGNS else text
