from __future__ import annotations

import re
from pathlib import Path

from tracker.cases.rules import NEEDS
from tracker.cases.states import STATES

ROOT = Path(__file__).resolve().parents[3]
WORDS = (ROOT / "static" / "i18n" / "case_errors.js").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tracker" / "cases").rglob("*.py")))
GIVEN = re.compile(r'(?:because\(\s*|reason=)"([a-z_]+\.[a-z_]+)"')
FIELDS = {name.removeprefix("media:") for name in NEEDS} - {"approve"}


def words(language: str) -> dict[str, str]:
    block = WORDS.split(f"  {language}: {{")[1].split("\n  },")[0]
    return dict(re.findall(r'"([a-z_]+\.[a-z_]+)":\s+"([^"]*)"', block))


def given() -> set[str]:
    """Every reason that the room gives: written out, or made of the field that is missing."""
    return set(GIVEN.findall(CODE)) | {f"needs.{name}" for name in FIELDS} | {"needs.leader"}


def test_there_are_reasons() -> None:
    assert len(given()) > 30


def test_every_reason_is_said_in_both_languages() -> None:
    assert set(words("zh")) == set(words("en")) == given()


def test_the_chinese_is_chinese() -> None:
    assert [text for text in words("zh").values() if not re.search(r"[\u4e00-\u9fff]", text)] == []


def test_the_same_values_stand_in_both() -> None:
    zh, en = words("zh"), words("en")
    in_zh, in_en = ({key: set(re.findall(r"\{(\w+)\}", text)) for key, text in one.items()} for one in (zh, en))
    assert in_zh == in_en


def test_states_are_named_as_in_the_table() -> None:
    names = re.findall(r'"case_state\.(\w+)": "([^"]+)"', WORDS)
    table = [(one.code.value, one.zh) for one in STATES.values()] + [
        (one.code.value, one.en) for one in STATES.values()
    ]
    assert names == table
