"""What is imported is declared, so that a fresh machine has it."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = {"tracker", "tests", "run"}
OF_AIOHTTP = {"multidict", "yarl"}  # parts of its own interface


def imported(*folders: str) -> set[str]:
    """Top names of all modules that files below these folders import, but the standard library's and our own."""
    names = set()
    for file in (file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))):
        if "node_modules" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.partition(".")[0])
    siblings = {file.stem for file in (ROOT / "tests").rglob("*.py") if "node_modules" not in file.parts}
    packages = {folder.name for folder in (ROOT / "tests").rglob("*") if folder.is_dir()}
    return names - sys.stdlib_module_names - OURS - siblings - packages - OF_AIOHTTP


def declared(*, with_tests: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["test"] if with_tests else []
    return {line.partition("==")[0] for line in [*project["dependencies"], *extra]}


def undeclared(names: set[str], known: set[str]) -> set[str]:
    found = packages_distributions()
    return {name for name in names if not known & {one.lower().replace("_", "-") for one in found.get(name, [])}}


def test_the_program_needs_nothing_that_is_not_declared() -> None:
    assert undeclared(imported("tracker"), declared(with_tests=False)) == set()


def test_the_tests_need_nothing_that_is_not_declared() -> None:
    assert undeclared(imported("tests", "scripts"), declared(with_tests=True)) == set()


def test_every_pin_is_exact() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert [pin for pin in pins if "==" not in pin] == []
