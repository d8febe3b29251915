"""Text of unknown encoding: UTF-8 with or without a mark, UTF-16 with one, else GB18030, which holds GBK and GB2312."""

from __future__ import annotations

import codecs

from tracker.errors import BadValue

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = ",\t;|，"


def decode_text(data: bytes) -> tuple[str, str]:
    """The text and the encoding's name; raises BadValue (field `encoding`) when it is none of the known ones."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decoded(data, "gb18030"), "gb18030"


def sniff_delimiter(text: str) -> str:
    """The sign that parts the columns, by the first line that is not blank; a comma when there is none."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda sign: (header.count(sign), -_DELIMITERS.index(sign)))


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        shown = data[max(error.start - 8, 0) : error.start + 8].hex(" ")
        raise BadValue(field="encoding", value=shown, allowed="UTF-8, UTF-16 with a mark, or GB18030") from None
