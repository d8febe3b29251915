from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import Field
from pathlib import Path
from typing import Any

import pytest

from tracker.errors import WrongSetting
from tracker.settings import ENV_PREFIX, documented

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z_]+)` \|")


def row_of(one: Field[Any]) -> str:
    """The setting's line of docs/settings.md."""
    flag = f"`{one.metadata['flag']}`" if one.metadata["flag"] else "–"
    default = f"`{str(one.default).lower() if isinstance(one.default, bool) else one.default}`"
    shown = "empty" if one.default == "" else default
    cells = (f"`{one.name}`", shown, f"`{ENV_PREFIX}{one.name.upper()}`", flag, one.metadata["about"])
    return f"| {' | '.join(cells)} | {allowed_of(one.name, one.metadata['check'])} |"


def allowed_of(name: str, check: Callable[[str, Any], Any]) -> str:
    """What the setting's own check says when it refuses."""
    for wrong in ("\0", object()):
        try:
            check(name, wrong)
        except WrongSetting as error:
            return error.allowed
    raise AssertionError(f"nothing is wrong for {name}")


def rows_of(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {match[1]: line for line in lines if (match := ROW.match(line))}


@pytest.mark.parametrize("one", documented(), ids=lambda one: one.name)
def test_every_setting_has_its_line(one: Field[Any]) -> None:
    assert rows_of(ROOT / "docs" / "settings.md").get(one.name) == row_of(one)


def test_nothing_else_is_called_a_setting() -> None:
    assert list(rows_of(ROOT / "docs" / "settings.md")) == [one.name for one in documented()]


@pytest.mark.parametrize("one", documented(), ids=lambda one: one.name)
def test_every_setting_has_an_effect(one: Field[Any]) -> None:
    """A setting that nobody reads would be a promise that nobody keeps."""
    code = [path for path in (ROOT / "tracker").rglob("*.py") if path.name != "settings.py"]
    assert any(re.search(rf"(?:settings|chosen)\.{one.name}\b", path.read_text(encoding="utf-8")) for path in code)


@pytest.mark.parametrize("name", ["settings.md", "operations.md", "metrics.md", "storage.md"])
def test_documents_name_only_settings_that_exist(name: str) -> None:
    known = {f"{ENV_PREFIX}{one.name.upper()}" for one in documented()} | {f"{ENV_PREFIX}CONFIG"}
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert set(re.findall(rf"{ENV_PREFIX}[A-Z_]+\b", text)) <= known
