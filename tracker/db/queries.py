"""Named SQL statements read from `.sql` files that stand beside the code that uses them."""

from __future__ import annotations

import re
from pathlib import Path

from tracker.errors import SanxunError

_HEADER = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)(?: *: *(?P<about>.*))?$", re.MULTILINE)


class BadSqlFile(SanxunError):
    """A .sql file is not a list of `-- name: statement_name : purpose` headers, each followed by one statement."""


class Queries:
    """The statements of one file as attributes: `queries.lock_latest` is its text.

    Each statement begins with `-- name: <name> : <purpose>`; the purpose is required, and names are unique in the file.
    """

    def __init__(self, statements: dict[str, str]) -> None:
        self._statements = statements

    @classmethod
    def beside(cls, python_file: str, name: str = "store.sql") -> Queries:
        """Read the file called `name` in the folder of `python_file` (pass `__file__`)."""
        return cls(parse(Path(python_file).with_name(name)))

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"no statement {name!r}; there are {sorted(self._statements)}") from None

    def items(self) -> list[tuple[str, str]]:
        """Every (name, statement), for the test that prepares them all."""
        return sorted(self._statements.items())


def parse(path: Path) -> dict[str, str]:
    """Split a .sql file into its named statements; raises BadSqlFile."""
    text = path.read_text(encoding="utf-8")
    headers = list(_HEADER.finditer(text))
    statements: dict[str, str] = {}
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        name, about = header["name"], header["about"]
        if name in statements or not about:
            raise BadSqlFile(f"{path.name}: statement {name!r} is doubled or has no purpose")
        body = text[header.end() : following.start() if following else len(text)]
        statements[name] = body.strip().rstrip(";")
    if not statements:
        raise BadSqlFile(f"{path.name}: no statement found")
    return statements
