from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tracker.demo.county.build import build_county
from tracker.demo.county.cache import load, save


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    county = build_county(villages=3)
    save(county, tmp_path / "county.json.gz")
    assert load(tmp_path / "county.json.gz") == county


def test_the_same_county_is_the_same_file(tmp_path: Path) -> None:
    for name in "ab":
        save(build_county(5, villages=2), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_but_the_file_is_left(tmp_path: Path) -> None:
    save(build_county(villages=2), tmp_path / "county.json.gz")
    assert [p.name for p in tmp_path.iterdir()] == ["county.json.gz"]


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(gzip.compress(b'{"format":0}'))
    with pytest.raises(ValueError, match="format 0, expected 1"):
        load(path)
