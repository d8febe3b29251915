"""What a draft changes: joined with the registered row it becomes a new value, and the old row gets its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, TypeVar

import shapely

from tracker.county.imports.aliases import REQUIRED
from tracker.county.imports.drafts import Draft
from tracker.county.imports.report import Kind, Problems
from tracker.county.model import Department, Division, Grid, Worker, label_point
from tracker.errors import BadValue

Value = Division | Grid | Department | Worker
V = TypeVar("V", Division, Grid, Department, Worker)
MODELS: dict[Kind, type[Any]] = {
    Kind.DIVISIONS: Division,
    Kind.GRIDS: Grid,
    Kind.DEPARTMENTS: Department,
    Kind.WORKERS: Worker,
}
_VALIDITY = {"valid_from", "valid_to"}
_DERIVED = {"level", "parent_code", "village_code"}  # they follow from the code; a file may state them, not change them
_SAME_DEG = 5e-9  # half a millimetre: what writing and reading a number may lose
_SAME_LABEL_DEG = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One value to put, where it came from, and the row that ends because of it."""

    draft: Draft
    value: Any  # Division, Grid, Department or Worker
    closes: tuple[str, date, date] | None = None  # code, new valid_to, valid_from of the row


@dataclass(slots=True)
class Changes:
    """All that an import would do."""

    added: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0

    def all(self) -> list[Change]:
        """Additions and changes."""
        return [*self.added, *self.changed]


def merge(kind: Kind, drafts: list[Draft], present: Mapping[str, Any], valid_from: date, problems: Problems) -> Changes:
    """Compare each draft with the registered value of the same key; what does not fit becomes a problem."""
    changes = Changes()
    seen: dict[str, int] = {}
    for draft in drafts:
        if draft.key in seen:
            problems.error(draft.file, draft.line, "code", draft.key, f"each code once; line {seen[draft.key]} has it")
            continue
        seen[draft.key] = draft.line
        try:
            _check_derived(draft)
            _merge_one(kind, draft, present.get(draft.key), valid_from, changes)
        except BadValue as error:
            problems.refused(draft.file, draft.line, error)
    return changes


def _merge_one(kind: Kind, draft: Draft, old: Any, valid_from: date, changes: Changes) -> None:
    given = {name: value for name, value in draft.fields.items() if name not in _DERIVED}
    if old is None:
        new = _new(kind, given, valid_from)
        changes.added.append(Change(draft=draft, value=new))
        return
    new = _joined(old, given)
    if not same(old, new):
        changes.changed.append(_dated_change(draft, old, new, given, valid_from))
    elif getattr(new, "valid_to", None) != getattr(old, "valid_to", None):
        changes.changed.append(Change(draft=draft, value=new))  # only its end is new: the row stays
    else:
        changes.unchanged += 1


def _new(kind: Kind, given: dict[str, Any], valid_from: date) -> Any:
    for name in REQUIRED[kind]:
        if name not in given:
            raise BadValue(field=name, value="", allowed="not empty")
    if kind is Kind.GRIDS:
        if "boundary" not in given:
            raise BadValue(field="boundary", value="", allowed="a polygon: a new grid needs its boundary")
        given.setdefault("color", 0)  # until colours are assigned
    if given.get("boundary") is not None and "lon" not in given:
        given["lon"], given["lat"] = label_point(given["boundary"])
    if kind is not Kind.DEPARTMENTS:
        given.setdefault("valid_from", valid_from)
    return MODELS[kind](**{name: value for name, value in given.items() if name in _names(MODELS[kind])})


def _joined(old: Any, given: dict[str, Any]) -> Any:
    own = {name: value for name, value in given.items() if name in _names(type(old)) and name != "valid_from"}
    moved = "boundary" in own and (old.boundary is None or not _same_shape(old.boundary, own["boundary"]))
    if moved and "lon" not in own:
        own["lon"], own["lat"] = label_point(own["boundary"])
    return replace(old, **own)


def _dated_change(draft: Draft, old: Any, new: Any, given: dict[str, Any], valid_from: date) -> Change:
    if not isinstance(old, (Division, Grid)):
        return Change(draft=draft, value=new)
    stated: date = given.get("valid_from", valid_from)
    start = stated if stated > old.valid_from else valid_from  # an exported file repeats the old row's date
    if start < old.valid_from:
        raise BadValue(field="valid_from", value=start, allowed=f"{old.valid_from} or later: the present row is newer")
    end = given.get("valid_to") if given.get("valid_to") != old.valid_to else None
    value = replace(new, valid_from=start, valid_to=end)
    ended = start == old.valid_from or (old.valid_to is not None and old.valid_to <= start)
    return Change(draft=draft, value=value, closes=None if ended else (old.code, start, old.valid_from))


def same(one: V, other: V) -> bool:
    """Whether two values say the same, apart from their dates of validity and their ids."""
    for name in _names(type(one)) - _VALIDITY - {"id"}:
        left, right = getattr(one, name), getattr(other, name)
        if name == "boundary":
            equal = _same_shape(left, right)
        elif name in ("lon", "lat") and left is not None and right is not None:
            equal = abs(left - right) < _SAME_LABEL_DEG
        else:
            equal = left == right
        if not equal:
            return False
    return True


def _same_shape(one: Any, other: Any) -> bool:
    if one is None or other is None or one is other:
        return one is other
    first, second = (_single(shape).normalize() for shape in (one, other))
    return bool(shapely.equals_exact(first, second, _SAME_DEG))


def _single(shape: Any) -> Any:
    return shape.geoms[0] if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 else shape


def _check_derived(draft: Draft) -> None:
    code, stated = draft.key, draft.fields
    if ("lon" in stated) != ("lat" in stated):
        raise BadValue(field="lon", value=stated.get("lon", ""), allowed="longitude and latitude both, or neither")
    if "village_code" in stated and stated["village_code"] != code[:12]:
        raise BadValue(field="village_code", value=stated["village_code"], allowed=f"{code[:12]}, as the code begins")
    if not {"level", "parent_code"} & stated.keys():
        return
    division = Division(code=code, name="x", valid_from=date.min)
    if "level" in stated and stated["level"] != division.level:
        raise BadValue(field="level", value=stated["level"], allowed=f"{int(division.level)}, as the code says")
    if "parent_code" in stated and stated["parent_code"] != division.parent_code:
        raise BadValue(field="parent_code", value=stated["parent_code"], allowed=f"{division.parent_code}")


def _names(model: type[Any]) -> set[str]:
    return {one.name for one in fields(model)}
