"""The files: two JPEGs for each content, under its hash, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tracker.errors import NotFound, Unavailable
from tracker.media.model import Picture

LEAST_FREE = 512 * 1024 * 1024  # bytes; photos must not take the database's last place


class Shelf:
    """One folder. Every method blocks on the disk: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, picture: Picture) -> None:
        """Write both files unless they are there; raises Unavailable when the disk is nearly full."""
        full, thumb = self._path(picture.sha256, "full"), self._path(picture.sha256, "thumb")
        if full.exists() and thumb.exists():
            return
        full.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._folder).free < LEAST_FREE:
            raise Unavailable("the disk for photos is full", retry_after_s=600)
        _write(thumb, picture.thumb)
        _write(full, picture.full)

    def get(self, sha256: bytes, size: str) -> bytes:
        """The JPEG; `size` is full or thumb; raises NotFound when the file is gone."""
        try:
            return self._path(sha256, size).read_bytes()
        except FileNotFoundError:
            raise NotFound(kind="photo", key=sha256.hex()) from None

    def drop(self, sha256: bytes) -> None:
        """Remove both files."""
        for size in ("full", "thumb"):
            self._path(sha256, size).unlink(missing_ok=True)

    def _path(self, sha256: bytes, size: str) -> Path:
        name = sha256.hex()
        return self._folder / name[:2] / f"{name}.{size}.jpg"


def _write(path: Path, body: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
