from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.attributes import Attribute, DataType, Value, checked_answers, checked_questions
from tracker.cases.book import Book, Category, Channel
from tracker.cases.intake_rows import HEADINGS, MOST_ROWS, Table, client_id_of, decoded, read
from tracker.cases.worktime import Plan, Unit, WorkCalendar
from tracker.errors import BadValue
from tracker.geo.area import Area

COUNTY = Area("130523000000")
NOW_MS = 1_795_000_000_000
LAMP = Category(
    code="0202", group="公共设施", name="路灯故障", name_en="", icon="lamp", line="住建", department_name="住建",
    limit=2, unit=Unit.WORK_DAY, urgent=False, needs_check=True, in_public=True,
)  # fmt: skip
CHANNELS = {
    "hotline": Channel(code="hotline", name="热线", name_en="", kind="phone", verify=False, enabled=True),
}
BOOK = Book(
    categories={"0202": LAMP},
    known={"0202": LAMP},
    channels=CHANNELS,
    known_channels=CHANNELS,
    limits={},
    calendar=WorkCalendar(plans=(Plan(begins=date(2000, 1, 1), weekdays=frozenset({1}), hours=((480, 720),)),)),
)
LIST = Attribute(code="WHERE", datatype=DataType.SINGLE, description="", values=[Value(key="ROAD", name="路上")])


def table(data: bytes) -> Table:
    return read(data, "hotline", BOOK, lambda _lat, _lon: None, NOW_MS, own=COUNTY)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadValue):
        assert table(data).rows > 0


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=12), max_size=8))
def test_any_cells_are_good_or_named(rows: list[list[str]]) -> None:
    heading = ",".join(known[0] for known in HEADINGS.values())
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    try:
        found = table("\n".join([heading, *quoted]).encode("utf-8", "replace"))
    except BadValue:
        return
    assert len(found.good) + len(found.problems) == found.rows
    assert all(one.field and one.line > 1 for one in found.problems)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_chinese_is_read_in_every_encoding(encoding: str) -> None:
    assert decoded("编号,内容".encode(encoding)) == "编号,内容"


@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_tables_come_with_several_signs(sign: str) -> None:
    lines = [["编号", "内容", "类别", "村代码"], ["A-1", "路灯不亮", "202", "130523100201"]]
    (good,) = table("\r\n".join(sign.join(line) for line in lines).encode()).good
    assert (good.new.intake.category, good.new.area_code) == ("0202", "130523100201")  # a spreadsheet ate the zero


def test_a_cell_may_hold_lines() -> None:
    (good,) = table('编号,内容,村代码\nA-1,"第一行\n第二行",130523100201\n'.encode()).good
    assert good.new.intake.description == "第一行\n第二行"


def test_one_row_more_than_the_most_is_refused() -> None:
    rows = "\n".join(f"A-{n},路灯不亮,130523100201" for n in range(MOST_ROWS + 1))
    with pytest.raises(BadValue, match="at most"):
        table(f"编号,内容,村代码\n{rows}".encode())


def test_a_number_has_one_id_in_its_channel() -> None:
    assert client_id_of("hotline", "A-1") == client_id_of("hotline", "A-1")
    assert client_id_of("hotline", "A-1") != client_id_of("message", "A-1")


@given(st.dictionaries(st.text(max_size=10), st.lists(st.text(max_size=20), max_size=3), max_size=3))
def test_any_answers_are_kept_or_refused(given_answers: dict[str, list[str]]) -> None:
    with contextlib.suppress(BadValue):
        assert set(checked_answers([LIST], given_answers, asks=False)) <= {"WHERE"}


def test_required_questions_are_asked_only_where_they_are_shown() -> None:
    needed = Attribute(code="SIZE", datatype=DataType.NUMBER, description="", required=True)
    assert checked_answers([needed], {}, asks=False) == {}
    with pytest.raises(BadValue, match="required"):
        checked_answers([needed], {"SIZE": [" "]}, asks=True)


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute(code="A B", datatype=DataType.TEXT, description=""),
        Attribute(code="A", datatype=DataType.SINGLE, description=""),
        Attribute(code="A", datatype=DataType.TEXT, description="", values=[Value(key="x", name="x")]),
    ],
)
def test_questions_that_nobody_could_answer_are_refused(attribute: Attribute) -> None:
    with pytest.raises(BadValue):
        checked_questions([attribute])


def test_two_questions_have_two_codes() -> None:
    with pytest.raises(BadValue):
        checked_questions([LIST, LIST])
