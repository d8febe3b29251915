"""Photos for tests, made on the spot."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def photo(size: tuple[int, int] = (400, 300), form: str = "JPEG", mode: str = "RGB", **save: Any) -> bytes:
    """A picture of one colour as a file."""
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **save)
    return out.getvalue()
