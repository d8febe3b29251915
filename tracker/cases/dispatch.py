"""Which department is responsible, who serves where it is, and which category a text may be about; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracker.cases.book import Category
from tracker.cases.model import WORKER_MARK
from tracker.county.model import Department, Worker, WorkerRole

TOWNSHIP = "乡镇"  # in a category: the government of the township where it is


def responsible(
    category: Category | None, area_code: str, departments: Mapping[str, Department], complained_of: str | None = None
) -> str | None:
    """The code of the department that handles it, never the one complained of; None where nobody is named."""
    if category is None:
        return None
    for code in _candidates(category, area_code, departments):
        if code != complained_of:
            return code
    return None


def _candidates(category: Category, area_code: str, departments: Mapping[str, Department]) -> Iterable[str]:
    if category.department_code in departments:
        yield str(category.department_code)
    if category.department_name == TOWNSHIP:
        yield from (one.code for one in departments.values() if one.area_code == f"{area_code[:9]}000")
        return
    county = [one for one in departments.values() if one.area_code[:6] == area_code[:6]]
    yield from (one.code for one in county if category.department_name in one.name)


def serving(grid_code: str, workers: Iterable[Worker], complained_of: str | None) -> list[int]:
    """Ids of who answer for what is missed in a grid: its workers, or else its leaders; not whom the case is about."""
    able = [one for one in workers if one.grid_code == grid_code and complained_of != f"{WORKER_MARK}{one.id}"]
    chosen = [one for one in able if one.role is WorkerRole.WORKER] or able
    return [one.id for one in chosen if one.id is not None]


def suggest(text: str, categories: Iterable[Category]) -> list[tuple[Category, float]]:
    """Categories whose name and keywords stand in the text, best first; a longer word weighs more."""
    scored = [(one, _score(text, one)) for one in categories]
    return sorted(((one, score) for one, score in scored if score > 0), key=lambda pair: (-pair[1], pair[0].code))


def _score(text: str, category: Category) -> float:
    words: Sequence[str] = [category.name, *category.keywords]
    return float(sum(len(word) for word in words if word and word in text))
