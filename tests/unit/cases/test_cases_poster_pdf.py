"""Posters as PDF, read back."""

from __future__ import annotations

import io

from pypdf import PdfReader

from tracker.cases.poster_pdf import HOTLINE, Poster, _runs, posters_pdf


def poster(**more: str) -> Poster:
    values = {"village": "孙家寨村", "place": "村委会门口", "code": "8KX2PQ", "url": "https://sanxun.example/r/8KX2PQ"}
    return Poster(**(values | more))


def pages(*posters: Poster) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(posters_pdf(posters))).pages]


def test_every_poster_has_its_page_and_its_words() -> None:
    first, second = pages(poster(), poster(village="西河口村", code="7NNN3A"))
    assert "孙家寨村" in first
    assert "村委会门口" in first
    assert HOTLINE in first
    assert "https://sanxun.example/r/8KX2PQ" in first
    assert "西河口村" in second
    assert "7NNN3A" in second


def test_pages_are_a4() -> None:
    [page] = PdfReader(io.BytesIO(posters_pdf([poster()]))).pages
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)


def test_another_address_is_another_qr_code() -> None:
    def drawn(code: str) -> int:
        url = f"https://sanxun.example/r/{code}"
        [page] = PdfReader(io.BytesIO(posters_pdf([poster(url=url)]))).pages
        content = page.get_contents()
        assert content is not None
        return content.get_data().count(b" re")

    assert drawn("8KX2PQ") > 200
    assert drawn("8KX2PQ") != drawn("7NNN3ABCDEF")


def test_dark_modules_side_by_side_are_one_bar() -> None:
    assert list(_runs([1, 1, 0, 1, 0, 0, 1])) == [(0, 2), (3, 1), (6, 1)]
