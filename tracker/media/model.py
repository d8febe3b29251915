"""Values of the media room: what is taken, what is kept, who sent it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

import msgspec

from tracker.errors import NotFound

MOST_BYTES = 8 * 1024 * 1024  # of one upload
MOST_PIXELS = 64_000_000  # a phone's camera; more is a bomb: 64 MP decode to about 200 MB
LONGEST_PX = 1600
THUMB_PX = 320
MOST_OF_A_REPORT = 9  # photos sent under one client id
_REF = re.compile(r"[0-9a-f]{32}")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to an upload; `ref` is what a report or a change names."""

    ref: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A photo made anew: JPEG without anything beside the picture, and its small form."""

    sha256: bytes
    width: int
    height: int
    full: bytes
    thumb: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who sent a photo; exactly one is set."""

    account_id: int | None = None
    worker_id: int | None = None
    client_id: UUID | None = None


def checked_ref(text: str) -> str:
    """The ref, or NotFound: one of another form cannot exist."""
    if not _REF.fullmatch(text):
        raise NotFound(kind="photo", key=text)
    return text
