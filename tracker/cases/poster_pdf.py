"""Posters of village codes as one PDF, an A4 page each; pure.

The Chinese font is one of the standard CID fonts, which every PDF reader and printer supplies: no font file is needed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
LATIN = "Helvetica-Bold"
GREEN, BLACK = HexColor("#0b6b4f"), HexColor("#17211c")
WIDTH, HEIGHT = A4
MARGIN = 18 * mm
QR_SIDE = 108 * mm
QUIET = 4  # modules of white around a QR code
STEPS = (
    "1. 打开微信“扫一扫”，或用手机相机扫码",
    "2. 说说是什么事，可以拍张照片",
    "3. 记下查询码，随时查进度、看答复",
)
HOTLINE = "不会扫码？请打热线 12345，或告诉网格员"
FOOT = "不用下载、不用注册。着火、有人受伤，请先打 119、120、110。"


@dataclass(frozen=True, kw_only=True, slots=True)
class Poster:
    """What one page says."""

    village: str
    place: str
    code: str
    url: str


def posters_pdf(posters: Sequence[Poster]) -> bytes:
    """One page for each, in their order."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1, lang="zh-CN")
    canvas.setTitle("民情码")
    for poster in posters:
        _draw(canvas, poster)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, poster: Poster) -> None:
    canvas.setFillColor(GREEN)
    canvas.roundRect(MARGIN, HEIGHT - 46 * mm, WIDTH - 2 * MARGIN, 28 * mm, 4 * mm, stroke=0, fill=1)
    _centred(canvas, "民 情 码", HEIGHT - 37 * mm, 46, HexColor("#ffffff"))
    _centred(canvas, poster.village, HEIGHT - 64 * mm, 36, BLACK)
    _centred(canvas, poster.place, HEIGHT - 75 * mm, 18, BLACK)
    _qr(canvas, poster.url, (WIDTH - QR_SIDE) / 2, HEIGHT - 187 * mm)
    _centred(canvas, "有事您说　件件有回音", HEIGHT - 201 * mm, 30, GREEN)
    for n, step in enumerate(STEPS):
        canvas.setFillColor(BLACK)
        canvas.setFont(FONT, 19)
        canvas.drawString(38 * mm, HEIGHT - (217 + 11 * n) * mm, step)
    _centred(canvas, HOTLINE, HEIGHT - 254 * mm, 19, GREEN)
    _centred(canvas, f"{poster.code}    {poster.url}", HEIGHT - 268 * mm, 12, BLACK, LATIN)
    _centred(canvas, FOOT, HEIGHT - 280 * mm, 13, BLACK)


def _centred(canvas: Canvas, text: str, y: float, size: float, colour: object, font: str = FONT) -> None:
    """On one line: a long name is set smaller."""
    width = pdfmetrics.stringWidth(text, font, size)
    fitting = min(size, size * (WIDTH - 2 * MARGIN) / width) if width else size
    canvas.setFillColor(colour)
    canvas.setFont(font, fitting)
    canvas.drawCentredString(WIDTH / 2, y, text)


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
