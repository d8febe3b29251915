from __future__ import annotations

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.unit.media.photos import photo
from tracker.errors import BadValue
from tracker.media.picture import remake, sniff


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises more pixels than anybody can hold."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_three_kinds_are_known_by_their_content(form: str) -> None:
    assert sniff(photo(form=form)) == form
    assert opened(remake(photo(form=form)).full).format == "JPEG"


@pytest.mark.parametrize(
    "body", [b"", b"GIF89a", b"<svg/>", b"%PDF-1.7", b"RIFF0000WAVE", photo(form="GIF"), photo(form="TIFF")]
)
def test_other_content_is_refused(body: bytes) -> None:
    with pytest.raises(BadValue) as caught:
        remake(body)
    assert caught.value.field == "photo"


def test_a_large_photo_becomes_small() -> None:
    made = remake(photo((4000, 3000)))
    assert (made.width, made.height, opened(made.full).size) == (1600, 1200, (1600, 1200))
    assert opened(made.thumb).size == (320, 240)


def test_a_small_photo_is_not_blown_up() -> None:
    assert opened(remake(photo((40, 30))).full).size == (40, 30)


def test_metadata_does_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[2] = (36.0, 58.0, 31.0)  # GPS latitude
    body = photo(exif=exif, comment=b"secret")
    assert b"Maker" in body
    made = remake(body)
    for one in (made.full, made.thumb):
        assert not opened(one).getexif()
        assert b"Maker" not in one
        assert b"secret" not in one


def test_a_photo_held_upright_stays_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert opened(remake(photo((400, 300), exif=exif)).full).size == (300, 400)


def test_what_is_clear_becomes_white() -> None:
    assert opened(remake(photo(form="PNG", mode="RGBA")).full).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "I;16", "LA"])
def test_every_mode_is_taken(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(remake(photo(form=form, mode=mode)).full).mode == "RGB"


@pytest.mark.parametrize("shape", [(9000, 9000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_by_its_header(shape: tuple[int, int]) -> None:
    with pytest.raises(BadValue):
        remake(bomb(*shape))


def test_the_same_photo_has_the_same_content() -> None:
    assert remake(photo()).sha256 == remake(photo()).sha256 != remake(photo((30, 30))).sha256


WHOLE = [photo((64, 48), form) for form in ("JPEG", "PNG", "WEBP")]


@settings(max_examples=150)
@given(st.sampled_from(WHOLE), st.data())
def test_a_damaged_photo_is_a_photo_or_bad_value(whole: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(whole)))
    body = bytearray(whole[:cut] if data.draw(st.booleans()) else whole)
    for _ in range(data.draw(st.integers(0, 4))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadValue):
        assert opened(remake(bytes(body)).full).format == "JPEG"
