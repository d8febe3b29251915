"""Shapefile: a zip, or .shp with its neighbours; the .dbf in the encoding of its .cpg, or of the one that fits."""

from __future__ import annotations

import codecs
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

import shapefile
import shapely
from shapely.geometry.base import BaseGeometry

from tracker.county.imports.record import MAX_RECORDS, Record, text_of
from tracker.county.imports.tables import check_zip
from tracker.errors import BadValue, TooLarge

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_POLYGONS = {shapefile.POLYGON, shapefile.POLYGONZ, shapefile.POLYGONM}
_POINTS = {shapefile.POINT, shapefile.POINTZ, shapefile.POINTM}
_ENCODINGS = {"936": "gb18030", "cp936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "65001": "utf-8"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The files of one layer, by suffix."""

    name: str
    data: dict[str, bytes]


def read_shapefile(path: Path) -> tuple[list[Record], str | None]:
    """The features, and the WKT of the .prj; raises BadValue naming the part or feature."""
    parts = _from_zip(path) if path.suffix.lower() == ".zip" else _from_folder(path)
    for needed in (".shp", ".dbf"):
        if needed not in parts.data:
            raise BadValue(field="file", value=parts.name, allowed=f"a Shapefile with its {needed}")
    try:
        records = _records(parts)
    except (shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError, TypeError, EOFError) as error:
        raise BadValue(field="file", value=parts.name, allowed=f"an undamaged Shapefile ({error})") from None
    prj = parts.data.get(".prj", b"").decode("utf-8", "replace").strip()
    return records, prj or None


def _from_zip(path: Path) -> Parts:
    check_zip(path)
    with zipfile.ZipFile(path) as archive:
        inside = [PurePosixPath(name) for name in archive.namelist()]
        layers = [name for name in inside if name.suffix.lower() == ".shp" and not name.name.startswith("._")]
        if len(layers) != 1:
            shown = ", ".join(map(str, layers)) or "none"
            raise BadValue(field="file", value=shown, allowed="a zip with exactly one .shp")
        stem = layers[0].with_suffix("")
        found = {name.suffix.lower(): name for name in inside if name.with_suffix("") == stem}
        try:
            return Parts(name=path.name, data={one: archive.read(str(found[one])) for one in _PARTS if one in found})
        except (zipfile.BadZipFile, zlib.error, OSError, KeyError, EOFError, NotImplementedError) as error:
            raise BadValue(field="file", value=path.name, allowed=f"an undamaged zip archive ({error})") from None


def _from_folder(path: Path) -> Parts:
    beside = {one.suffix.lower(): one for one in path.parent.iterdir() if one.stem == path.stem}
    return Parts(name=path.name, data={one: beside[one].read_bytes() for one in _PARTS if one in beside})


def _records(parts: Parts) -> list[Record]:
    data = parts.data
    shx = BytesIO(data[".shx"]) if ".shx" in data else None
    encoding = encoding_of(data[".dbf"], data.get(".cpg"))
    with shapefile.Reader(
        shp=BytesIO(data[".shp"]), shx=shx, dbf=BytesIO(data[".dbf"]), encoding=encoding, encodingErrors="replace"
    ) as reader:
        if len(reader) > MAX_RECORDS:
            raise TooLarge(f"{parts.name} has more than {MAX_RECORDS} features")
        return [_record(parts.name, number, one) for number, one in enumerate(reader.iterShapeRecords(), 1)]


def _record(file: str, number: int, one: shapefile.ShapeRecord) -> Record:
    values = {str(key): text_of(value) for key, value in one.record.as_dict().items()}
    cut = tuple((key, value, "text in the encoding of the .dbf") for key, value in values.items() if "\ufffd" in value)
    return Record(file=file, line=number, values=values, geometry=_geometry(number, one.shape), notes=cut)


def _geometry(number: int, shape: shapefile.Shape) -> BaseGeometry | None:
    if shape.shapeType == shapefile.NULL:
        return None
    if shape.shapeType not in _POLYGONS | _POINTS:
        raise BadValue(field="geometry", value=shape.shapeTypeName, allowed="polygons or points", line=number)
    geometry: BaseGeometry = shapely.geometry.shape(shape.__geo_interface__)
    return geometry


def encoding_of(dbf: bytes, cpg: bytes | None) -> str:
    """The encoding of a .dbf: what the .cpg says if Python knows it, else UTF-8 where every text fits, else GB18030."""
    said = (cpg or b"").decode("ascii", "replace").strip().lower()
    if said:
        try:
            return _ENCODINGS.get(said) or codecs.lookup(said).name
        except LookupError:
            pass
    return "utf-8" if all(_fits_utf8(text) for text in _texts(dbf)) else "gb18030"


def _fits_utf8(text: bytes) -> bool:
    try:
        # Not final: a field of fixed width may end in the midst of a character.
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _texts(dbf: bytes) -> list[bytes]:
    count, header, width = struct.unpack("<IHH", dbf[4:12])
    fields: list[tuple[int, int]] = []
    names: list[bytes] = []
    offset = 1  # after the deletion mark
    for at in range(32, header - 1, 32):
        descriptor = dbf[at : at + 32]
        if len(descriptor) < 32 or descriptor[0] == 0x0D:
            break
        names.append(descriptor[:11].split(b"\0")[0])
        if descriptor[11:12] == b"C":
            fields.append((offset, offset + descriptor[16]))
        offset += descriptor[16]
    rows = (dbf[header + n * width : header + (n + 1) * width] for n in range(min(count, MAX_RECORDS)))
    return names + [row[start:end].rstrip(b" \0") for row in rows for start, end in fields]
