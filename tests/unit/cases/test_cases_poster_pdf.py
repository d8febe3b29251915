"""Posters as PDF, read back."""

from __future__ import annotations

import io

import pypdfium2  # type: ignore[import-untyped]  # has no types
import zxingcpp
from pypdf import PdfReader

from tracker.cases.poster_pdf import Poster, _runs, posters_pdf


def poster(**more: str) -> Poster:
    values = {"village": "孙家寨村", "place": "村委会门口", "code": "8KX2PQ", "url": "https://sanxun.example/r/8KX2PQ"}
    return Poster(**(values | more))


def pages(*posters: Poster, hotline: str = "12345") -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(posters_pdf(posters, hotline=hotline))).pages]


def test_every_poster_has_its_page_and_its_words() -> None:
    first, second = pages(poster(), poster(village="西河口村", code="7NNN3A"))
    assert "孙家寨村" in first
    assert "村委会门口" in first
    assert "热线 12345" in first
    assert "https://sanxun.example/r/8KX2PQ" in first
    assert "西河口村" in second
    assert "7NNN3A" in second


def test_pages_are_a4() -> None:
    [page] = PdfReader(io.BytesIO(posters_pdf([poster()], hotline=""))).pages
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)


def test_another_hotline_or_none_is_named() -> None:
    [other] = pages(poster(), hotline="0319-6160000")
    [none] = pages(poster(), hotline="")
    assert "0319-6160000" in other
    assert ("热线" in none, "网格员" in none) == (False, True)


def test_the_font_is_inside_and_only_what_is_used_of_it() -> None:
    pdf = posters_pdf([poster()], hotline="12345")
    fonts = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    files = [one.get_object()["/FontDescriptor"]["/FontFile2"].get_data() for one in fonts.values()]
    assert files
    assert len(pdf) < 100_000


def test_a_name_with_a_letter_that_the_font_lacks_is_still_written() -> None:
    [page] = pages(poster(village="䶮家村"))
    assert "䶮家村" in page


def test_the_qr_code_is_read_from_the_printed_page() -> None:
    for url in ("https://sanxun.example/r/8KX2PQ", "http://192.168.100.200:18080/r/7NNN3ABCDEF"):
        page = pypdfium2.PdfDocument(posters_pdf([poster(url=url)], hotline=""))[0]
        [read] = zxingcpp.read_barcodes(page.render(scale=1).to_pil())
        assert read.text == url


def test_dark_modules_side_by_side_are_one_bar() -> None:
    assert list(_runs([1, 1, 0, 1, 0, 0, 1])) == [(0, 2), (3, 1), (6, 1)]
