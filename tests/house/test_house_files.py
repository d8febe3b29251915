from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OTHERS = ("static/vendor/", "tests/js/package-lock.json", "tests/data/")  # made by others, byte for byte
# Folders of one person's machine, and hosts that serve packages: names alone are needed to install them.
MACHINE_PATH = re.compile(r"(?<![\w.~%:/-])/(?:root|work/\w+|home/\w+|tmp/\w+|Users/\w+)(?:/|\b)")
REGISTRY = re.compile(
    r"(?<![\w.-])(?:(?:registry|mirrors?)\.(?:[\w-]+\.)*|pypi\.|files\.pythonhosted\.|deb\.debian\.)(?:org|com|cn|io|net)\b"
)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:ghp|glpat|xox[bp])[-_]\w{16,}|\bAKIA[0-9A-Z]{16}\b")
SELF = Path(__file__).resolve()


def committed() -> list[Path]:
    """Every file of the tree that git keeps or would keep."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for name in names if not name.startswith(OTHERS) and (path := ROOT / name).is_file() and path != SELF]


def places_of(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in committed():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1) if pattern.search(line)]
    return found


def test_the_tree_is_seen() -> None:
    assert len(committed()) > 200


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATH, REGISTRY, SECRET], ids=["path of one machine", "package registry", "secret"]
)
def test_no_file_names_what_belongs_to_one_machine(pattern: re.Pattern[str]) -> None:
    assert places_of(pattern) == []


@pytest.mark.parametrize("line", ["cd /root/x", "see /tmp/abc", '"/home/ann/data"', "(/Users/x/y)"])
def test_a_path_of_a_machine_is_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize("line", ["https://sanxun.example/home/x", "GET /api/v1/workers/1", "and/or/work/life", "~/x"])
def test_an_address_is_not_taken_for_a_path(line: str) -> None:
    assert not MACHINE_PATH.search(line)


def test_every_local_link_of_a_page_leads_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
    pages = [path for path in committed() if path.suffix == ".md"]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_python_files_say_what_they_are_for() -> None:
    """The first statement of a module of the program is its sentence."""
    silent = [
        str(path.relative_to(ROOT))
        for path in committed()
        if path.suffix == ".py" and path.is_relative_to(ROOT / "tracker") and not path.read_text().startswith('"""')
    ]
    assert silent == []
