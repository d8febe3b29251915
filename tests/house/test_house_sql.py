from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracker.db.pool import Database
from tracker.db.queries import parse

TRACKER = Path(__file__).resolve().parents[2] / "tracker"
FILES = sorted(TRACKER.rglob("*.sql"))
STATEMENTS = [(path, name, text) for path in FILES for name, text in sorted(parse(path).items())]


def test_there_are_statements() -> None:
    assert len(STATEMENTS) > 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TRACKER).as_posix())
async def test_every_statement_is_prepared_against_the_schema(database: Database, path: Path) -> None:
    async with database.connection() as connection:
        for name, text in sorted(parse(path).items()):
            prepared = await connection.prepare(text)
            used = {int(number) for number in re.findall(r"\$(\d+)", text)}
            kinds = [kind.name for kind in prepared.get_parameters()]
            assert used == set(range(1, len(kinds) + 1)), f"{name} leaves out a parameter"
            assert "unknown" not in kinds, f"{name} has a parameter without a type"


@pytest.mark.parametrize(
    ("path", "name", "text"), STATEMENTS, ids=[f"{path.parent.name}/{path.stem}:{name}" for path, name, _ in STATEMENTS]
)
def test_every_statement_is_used_beside_its_file(path: Path, name: str, text: str) -> None:
    code = "\n".join(one.read_text(encoding="utf-8") for one in path.parent.rglob("*.py"))
    assert re.search(rf"\.{name}\b|\"{name}\"", code), f"nobody runs {name}: {text[:60]}"
