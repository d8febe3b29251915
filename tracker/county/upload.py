"""Files of a request into a folder of their own: streamed, bounded, under harmless names."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from aiohttp import BodyPartReader, web

from tracker.errors import BadValue, TooLarge

MAX_UPLOAD = 64 * 1024 * 1024  # bytes of all files together
MAX_FILES = 8  # a Shapefile has five parts
_CHUNK = 1024 * 1024
_MAIN = (".shp", ".zip", ".geojson", ".json", ".xlsx", ".csv", ".tsv", ".txt")
_SUFFIXES = {"geojson": ".geojson", "shp": ".zip", "csv": ".csv", "xlsx": ".xlsx"}


async def receive(request: web.Request, folder: Path, form: str | None) -> Path:
    """Write the request's file, or the files of its form, to the folder; returns the one to read.

    Raises TooLarge beyond 64 MiB in all, BadValue (field `file`) when there is none.
    """
    if request.content_type == "multipart/form-data":
        files = await _receive_form(request, folder)
    else:
        target = folder / f"upload{_SUFFIXES.get(form or '', '')}"
        body = await request.read()  # the web room has bounded it
        await asyncio.to_thread(target.write_bytes, body)
        files = [target] if body else []
    if not files:
        raise BadValue(field="file", value="", allowed="a file, as the body or as a part of a form")
    return next((file for suffix in _MAIN for file in files if file.suffix.lower() == suffix), files[0])


async def _receive_form(request: web.Request, folder: Path) -> list[Path]:
    files: list[Path] = []
    left = MAX_UPLOAD
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.filename:
            continue
        if len(files) == MAX_FILES:
            raise BadValue(field="file", value=part.filename, allowed=f"at most {MAX_FILES} files")
        target = folder / harmless(part.filename)
        left -= await _receive_part(part, target, left)
        files.append(target)
    return files


async def _receive_part(part: BodyPartReader, target: Path, left: int) -> int:
    taken = 0
    out = await asyncio.to_thread(target.open, "wb")
    try:
        while chunk := await part.read_chunk(_CHUNK):
            taken += len(chunk)
            if taken > left:
                raise TooLarge(f"more than {MAX_UPLOAD} bytes")
            await asyncio.to_thread(out.write, chunk)
    finally:
        await asyncio.to_thread(out.close)
    return taken


def harmless(filename: str) -> str:
    """A file name without folders and without signs that a file system could mind."""
    last = re.split(r"[/\\]", filename)[-1]
    bare = re.sub(r"[^\w.()-]", "_", last).lstrip(".")
    return bare[-100:] or "upload"
