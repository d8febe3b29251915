"""The vendored browser libraries are the recorded ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"


def packages() -> list[dict[str, object]]:
    return list(orjson.loads((VENDOR / "VENDOR.json").read_bytes())["packages"])


def recorded() -> dict[str, str]:
    files: dict[str, str] = {}
    for package in packages():
        listed = package["files"]
        assert isinstance(listed, list)
        files |= {entry["path"]: entry["sha256"] for entry in listed}
    return files


def test_every_checksum_matches() -> None:
    actual = {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in recorded()}
    assert actual == recorded()


def test_nothing_unrecorded_lies_there() -> None:
    present = {path.name for path in VENDOR.iterdir() if path.suffix not in {".mts", ".json"}}
    assert present == set(recorded())


def test_versions_are_the_pinned_ones() -> None:
    pins = orjson.loads((ROOT / "tests/js/package.json").read_bytes())["devDependencies"]
    vendored = {package["name"]: package["version"] for package in packages()}
    assert {name: vendored[name] for name in vendored.keys() & pins.keys()} == {
        name: pins[name] for name in vendored.keys() & pins.keys()
    }
    assert {"maplibre-gl", "pmtiles"} <= vendored.keys() & pins.keys()
