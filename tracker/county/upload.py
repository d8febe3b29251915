"""Files of a request into a folder of their own: streamed, bounded, under harmless names."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from aiohttp import BodyPartReader, web

from tracker.errors import BadValue, SanxunError, TooLarge

MAX_UPLOAD = 64 * 1024 * 1024  # bytes of all files together
MAX_FILES = 8  # a Shapefile has five parts
RECEIVE_S = 300.0  # 64 MiB over two megabits a second
_CHUNK = 1024 * 1024
_MAIN = (".shp", ".zip", ".geojson", ".json", ".xlsx", ".csv", ".tsv", ".txt")
_SUFFIXES = {"geojson": ".geojson", "shp": ".zip", "csv": ".csv", "xlsx": ".xlsx"}


class TooSlow(SanxunError):
    """The file did not arrive in time; the connection is given back."""

    code = "slow_body"
    status = 408


async def receive(request: web.Request, folder: Path, form: str | None) -> Path:
    """Write the request's file, or the files of its form, to the folder; returns the one to read.

    The body must not have been read yet. Raises TooLarge beyond 64 MiB in all, TooSlow beyond five minutes,
    BadValue (field `file`) when there is no file or the form is cut off.
    """
    try:
        async with asyncio.timeout(RECEIVE_S):
            files = await _received(request, folder, form)
    except TimeoutError:
        raise TooSlow(f"the file did not arrive within {RECEIVE_S:.0f} s") from None
    if not files:
        raise BadValue(field="file", value="", allowed="a file, as the body or as a part of a form")
    return next((file for suffix in _MAIN for file in files if file.suffix.lower() == suffix), files[0])


async def _received(request: web.Request, folder: Path, form: str | None) -> list[Path]:
    if request.content_type == "multipart/form-data":
        try:
            return await _receive_form(request, folder)
        except ValueError as error:
            raise BadValue(field="file", value=error, allowed="a whole form of type multipart/form-data") from None
    target = folder / f"upload{_SUFFIXES.get(form or '', '')}"
    taken = await _write(request.content.iter_chunked(_CHUNK), target, MAX_UPLOAD)
    return [target] if taken else []


async def _receive_form(request: web.Request, folder: Path) -> list[Path]:
    files: list[Path] = []
    left = MAX_UPLOAD
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.filename:
            continue
        if len(files) == MAX_FILES:
            raise BadValue(field="file", value=part.filename, allowed=f"at most {MAX_FILES} files")
        target = folder / harmless(part.filename)
        left -= await _write(_chunks(part), target, left)
        files.append(target)
    return files


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield bytes(chunk)


async def _write(chunks: AsyncIterable[bytes], target: Path, left: int) -> int:
    taken = 0
    out = await asyncio.to_thread(target.open, "wb")
    try:
        async for chunk in chunks:
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
