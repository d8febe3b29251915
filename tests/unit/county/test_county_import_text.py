"""Encodings, delimiters, column names and single cells of imported tables."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.county.imports import cells
from tracker.county.imports.aliases import fields_of
from tracker.county.imports.report import MAX_PROBLEMS, Kind, Problems
from tracker.county.imports.shapefiles import encoding_of
from tracker.county.imports.text import decode_text, sniff_delimiter
from tracker.errors import BadValue


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_chinese_is_read_in_every_usual_encoding(encoding: str) -> None:
    text, _ = decode_text("网格编码,名称\n1,方家营镇孙家寨村".encode(encoding))
    assert text == "网格编码,名称\n1,方家营镇孙家寨村"


def test_a_rare_letter_of_gb18030_is_read() -> None:
    assert decode_text("𠮷家庄村".encode("gb18030"))[0] == "𠮷家庄村"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_bad_value(data: bytes) -> None:
    try:
        text, encoding = decode_text(data)
    except BadValue:
        return  # documented
    assert encoding != "utf-8" or text.encode() == data


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_sniffed(sign: str) -> None:
    assert sniff_delimiter(f"\n编码{sign}名称{sign}颜色\n1,2;3") == sign


@pytest.mark.parametrize(
    "columns",
    [
        ["网格编码", "网格名称", "所属村", "颜色", "生效日期", "WKT边界"],
        ["code", "name", "village_code", "color", "valid_from", "WKT"],
        [" 编码 ", "名称*", "所属村编码（12位）", "Color", "启用日期", "边界(WKT)"],
    ],
)
def test_column_names_mean_the_same_in_both_languages(columns: list[str]) -> None:
    found = list(fields_of(Kind.GRIDS, columns).values())
    assert found == ["code", "name", "village_code", "color", "valid_from", "boundary"]


def test_of_two_columns_for_one_field_the_first_wins() -> None:
    assert fields_of(Kind.WORKERS, ["姓名", "name"]) == {"姓名": "name"}


@pytest.mark.parametrize(
    "text", ["2026-03-01", "2026/3/1", "2026.03.01", "20260301", "2026年3月1日", "2026-03-01 00:00:00"]
)
def test_dates_are_read_as_offices_write_them(text: str) -> None:
    assert cells.read_date("d", text) == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["2026-02-30", "3/1/2026", "昨天"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="2026-03-01"):
        cells.read_date("d", text)


def test_a_code_rounded_by_a_spreadsheet_is_recognised() -> None:
    with pytest.raises(BadValue, match="spreadsheet"):
        cells.read_code("code", "1.30533E+14")


def test_a_short_township_code_is_filled() -> None:
    assert cells.read_division_code("code", "130533106") == "130533106000"


@pytest.mark.parametrize("text", ["138 0000 1234", "138-0000-1234", "+86 13800001234"])
def test_phones_are_brought_to_eleven_digits(text: str) -> None:
    assert cells.read_phone("phone", text) == "13800001234"


def test_duties_are_parted_by_any_usual_sign() -> None:
    assert cells.read_duties("duties", "防火、环保；综治, 防火") == ("防火", "环保", "综治")


def test_problems_beyond_the_bound_are_counted() -> None:
    problems = Problems()
    for line in range(MAX_PROBLEMS + 7):
        problems.error("f", line, "code", "x", "y")
    assert (len(problems.shown), problems.more, problems.errors) == (MAX_PROBLEMS, 7, MAX_PROBLEMS + 7)


def test_an_unknown_cpg_falls_back_to_what_fits() -> None:
    empty_dbf = bytes([3, 126, 1, 1]) + (0).to_bytes(4, "little") + (33).to_bytes(2, "little") + bytes(22) + b"\r"
    assert encoding_of(empty_dbf, b"klingon") == "utf-8"
    assert encoding_of(empty_dbf, b"936") == "gb18030"
