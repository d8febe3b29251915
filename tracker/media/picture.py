"""Make a photo from outside harmless: known by its content, bounded, drawn anew without its metadata; pure."""

from __future__ import annotations

import hashlib
import io
import struct

from PIL import Image, ImageOps

from tracker.errors import BadValue
from tracker.media.model import LONGEST_PX, MOST_PIXELS, THUMB_PX, Picture

_FULL_QUALITY = 82
_THUMB_QUALITY = 75
# What Pillow's decoders raise on broken files; a bomb is refused by its header before anything is decoded.
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error,
    ZeroDivisionError, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


def sniff(data: bytes) -> str | None:
    """JPEG, PNG or WEBP by the first bytes; None for anything else, whatever its sender calls it."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def remake(data: bytes) -> Picture:
    """The photo turned upright, at most 1600 px long, with a thumbnail, as JPEG; raises BadValue (field `photo`).

    Takes some tens of milliseconds and up to 200 MB: call it in a thread, few at a time.
    """
    form = sniff(data)
    if form is None:
        raise BadValue(field="photo", value=data[:12].hex(), allowed="a JPEG, PNG or WebP picture")
    try:
        full = _upright(data, form)
    except _BROKEN as error:
        raise BadValue(field="photo", value=str(error), allowed="a whole picture that can be decoded") from None
    thumb = full.copy()
    thumb.thumbnail((THUMB_PX, THUMB_PX))
    body = _jpeg(full, _FULL_QUALITY)
    return Picture(
        sha256=hashlib.sha256(body).digest(),
        width=full.width,
        height=full.height,
        full=body,
        thumb=_jpeg(thumb, _THUMB_QUALITY),
    )


def _upright(data: bytes, form: str) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=[form]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise BadValue(
                field="photo", value=f"{image.width} x {image.height}", allowed=f"at most {MOST_PIXELS} pixels"
            )
        image.draft("RGB", (LONGEST_PX, LONGEST_PX))  # JPEG: decoded at an eighth .. whole of its size
        image.load()
        turned = ImageOps.exif_transpose(image)
        turned.thumbnail((LONGEST_PX, LONGEST_PX))
        return _on_white(turned)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        ground = Image.new("RGB", image.size, "white")
        clear = image.convert("RGBA")
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    clean = Image.new("RGB", image.size)  # only pixels: no EXIF, no comment, no profile
    clean.paste(image)
    clean.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()
