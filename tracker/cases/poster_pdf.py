"""Posters of village codes as one PDF, an A4 page each; their font is inside, so that they print alike everywhere."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import segno
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT, FILE = "WenQuanYi Micro Hei", Path(__file__).parent / "fonts" / "wqy-microhei.ttc"
RARE = "STSong-Light"  # what our font lacks is left to the reader's own, which every PDF reader has
BOLD = 0.025  # stroke around the letters of a heading, of their size
FILL, FILL_AND_STROKE = 0, 2  # PDF's words for how letters are painted
GREEN, BLACK, WHITE = HexColor("#0b6b4f"), HexColor("#17211c"), HexColor("#ffffff")
WIDTH, HEIGHT = A4
MARGIN = 18 * mm
QR_SIDE = 108 * mm
QUIET = 4  # modules of white around a QR code
STEPS = (
    "1. 打开微信“扫一扫”，或用手机相机扫码",
    "2. 说说是什么事，可以拍张照片",
    "3. 记下查询码，随时查进度、看答复",
)
BY_PHONE = "不会扫码？请打热线 {hotline}，或告诉网格员"
BY_WORKER = "不会扫码？请告诉网格员"
FOOT = "不用下载、不用注册。着火、有人受伤，请先打 119、120、110。"


@dataclass(frozen=True, kw_only=True, slots=True)
class Poster:
    """What one page says."""

    village: str
    place: str
    code: str
    url: str


def posters_pdf(posters: Sequence[Poster], *, hotline: str) -> bytes:
    """One page for each, in their order; without a hotline they name none."""
    _letters()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1, lang="zh-CN", initialFontName=FONT)
    canvas.setTitle("民情码")
    for poster in posters:
        _draw(canvas, poster, BY_PHONE.format(hotline=hotline) if hotline else BY_WORKER)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def _letters() -> frozenset[int]:
    """Both fonts made known, once; the letters that ours has."""
    pdfmetrics.registerFont(UnicodeCIDFont(RARE))
    font = TTFont(FONT, FILE)
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def _draw(canvas: Canvas, poster: Poster, other_way: str) -> None:
    canvas.setFillColor(GREEN)
    canvas.roundRect(MARGIN, HEIGHT - 46 * mm, WIDTH - 2 * MARGIN, 28 * mm, 4 * mm, stroke=0, fill=1)
    _centred(canvas, "民 情 码", HEIGHT - 37 * mm, 46, WHITE, bold=True)
    _centred(canvas, poster.village, HEIGHT - 64 * mm, 36, BLACK, bold=True)
    _centred(canvas, poster.place, HEIGHT - 75 * mm, 18, BLACK)
    _qr(canvas, poster.url, (WIDTH - QR_SIDE) / 2, HEIGHT - 187 * mm)
    _centred(canvas, "有事您说　件件有回音", HEIGHT - 201 * mm, 30, GREEN, bold=True)
    for n, step in enumerate(STEPS):
        canvas.setFillColor(BLACK)
        canvas.setFont(FONT, 19)
        canvas.drawString(38 * mm, HEIGHT - (217 + 11 * n) * mm, step)
    _centred(canvas, other_way, HEIGHT - 254 * mm, 19, GREEN)
    _centred(canvas, f"{poster.code}    {poster.url}", HEIGHT - 268 * mm, 12, BLACK)
    _centred(canvas, FOOT, HEIGHT - 280 * mm, 13, BLACK)


def _centred(canvas: Canvas, text: str, y: float, size: float, colour: Color, *, bold: bool = False) -> None:
    """On one line: a long name is set smaller."""
    font = FONT if _letters().issuperset(map(ord, text)) else RARE
    width = pdfmetrics.stringWidth(text, font, size)
    fitting = min(size, size * (WIDTH - 2 * MARGIN) / width) if width else size
    canvas.setFillColor(colour)
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(fitting * BOLD)
    canvas.setFont(font, fitting)
    canvas.drawCentredString(WIDTH / 2, y, text, mode=FILL_AND_STROKE if bold else FILL)


def _qr(canvas: Canvas, url: str, left: float, bottom: float) -> None:
    """One quarter of it may be dirty or torn."""
    matrix = segno.make(url, error="q", micro=False).matrix
    side = QR_SIDE / (len(matrix) + 2 * QUIET)
    canvas.setFillColor(HexColor("#000000"))
    path = canvas.beginPath()
    for n, row in enumerate(matrix):
        y = bottom + QR_SIDE - (n + QUIET + 1) * side
        for start, length in _runs(row):
            path.rect(left + (start + QUIET) * side, y, length * side, side)
    canvas.drawPath(path, stroke=0, fill=1)


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Dark modules side by side as one bar: start, length."""
    start = None
    for n, dark in enumerate((*row, 0)):
        if dark and start is None:
            start = n
        elif not dark and start is not None:
            yield start, n - start
            start = None
